//! An installation: the `.octopoid` folder that a command works on, with what its files say.

mod connection;
mod database;
mod entries;
mod folder;
mod orphans;
mod pause;
mod problems;
mod repository;
mod status;
mod write;

pub(crate) use connection::{ADMIN, Connection, KEY, key_file};
pub(crate) use database::{Database, DatabaseName, DatabaseStore, PASSWORD, open_database};
pub(crate) use entries::Entries;
pub(crate) use folder::{FOLDER, folder_above};
pub(crate) use orphans::{Orphan, TAKEN_UP};
pub(crate) use problems::wrong;
pub(crate) use repository::NAME_A_REPOSITORY;
pub(crate) use status::running_status;
pub(crate) use write::{Plan, Written, keep, write};

use crate::config::{self, AgentsFile, ConfigFile, Document, Problem};
use crate::environment::Environment;
use crate::error::{CliError, Result};
use octopoid_core::model::Scope;
use octopoid_core::orchestrator::{AgentSettings, Layout, Settings, running_pid};
use octopoid_core::store::Store;
use octopoid_store::HttpStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An installation with its files read.
#[derive(Debug)]
pub(crate) struct Installation {
    /// The folder that contains `.octopoid`.
    pub(crate) root: PathBuf,
    pub(crate) layout: Layout,
    pub(crate) config: Document<ConfigFile>,
    pub(crate) agents: Document<AgentsFile>,
}

/// A store that was opened.
#[derive(Debug)]
pub(crate) struct OpenStore {
    pub(crate) store: Arc<dyn Store>,
    /// The server that the store is on, which also keeps artifacts; none for a local queue.
    pub(crate) server: Option<Arc<HttpStore>>,
}

impl Installation {
    /// Reads `config.yaml` and `agents.yaml` under a folder.
    pub(crate) fn read(root: &Path) -> Result<Self, Vec<Problem>> {
        let folder = root.join(FOLDER);
        let config = config::read::<ConfigFile>(&folder.join("config.yaml"));
        let agents = config::read::<AgentsFile>(&folder.join("agents.yaml"));
        match (config, agents) {
            (Ok(config), Ok(agents)) => {
                Ok(Self { root: root.to_owned(), layout: Layout::new(folder), config, agents })
            }
            (config, agents) => Err([config.err(), agents.err()].into_iter().flatten().collect()),
        }
    }

    /// Returns the path of the repository.
    pub(crate) fn repository(&self) -> PathBuf {
        self.config.value.repo.path.as_ref().map_or_else(|| self.root.clone(), |path| self.root.join(path))
    }

    /// Returns where the database is.
    ///
    /// # Errors
    /// Configuration, where the address of a database is wrong.
    pub(crate) fn database(&self, environment: &Environment) -> Result<DatabaseName> {
        match &self.config.value.database {
            Some(name) => DatabaseName::read(name, &self.root, environment),
            None => Ok(DatabaseName::File(self.layout.root().join("octopoid.db"))),
        }
    }

    pub(crate) fn scope(&self) -> Scope {
        let named = self.config.value.server.as_ref().map(config::Server::scope);
        // A cluster whose name cannot be a scope is refused where the files are checked.
        named.and_then(Result::ok).unwrap_or_else(Scope::single)
    }

    /// Returns the path of the marker that `octopoid pause` writes.
    pub(crate) fn pause_marker(&self) -> PathBuf {
        self.layout.runtime().join("paused")
    }

    /// Returns whether the queue is on a server.
    pub(crate) fn is_remote(&self) -> bool {
        self.config.value.server.as_ref().is_some_and(config::Server::is_remote)
    }

    /// Returns the orchestrator's settings, without flows.
    pub(crate) fn settings(&self, environment: &Environment) -> Result<Settings> {
        let mut variables = environment.variables.clone();
        // The keys of the queue are not for agents, whatever agents.yaml says (I28).
        for secret in [KEY, ADMIN] {
            variables.remove(secret);
        }
        if self.database(environment).is_ok_and(|name| name.file().is_none()) {
            variables.remove(PASSWORD);
        }
        config::settings(&self.config.value, variables)
            .map_err(|error| CliError::configuration(error.to_string()).hint("fix `server` in config.yaml"))
    }

    /// Returns the agents, one for each instance, as the file has them.
    pub(crate) fn agent_settings(&self) -> Vec<AgentSettings> {
        config::agent_settings(&self.agents.value)
    }

    /// Opens the store: the server, or else the database.
    pub(crate) async fn store(&self, environment: &Environment) -> Result<Arc<dyn Store>> {
        Ok(self.open(environment).await?.store)
    }

    /// Like `store`, with the server itself where the queue is on one.
    pub(crate) async fn open(&self, environment: &Environment) -> Result<OpenStore> {
        match self.connection(environment)? {
            Some(connection) => {
                let server = Arc::new(connection.open().await?);
                Ok(OpenStore { store: server.clone(), server: Some(server) })
            }
            None => Ok(OpenStore { store: self.open_database(environment).await?.store(), server: None }),
        }
    }

    /// Returns the connection to the server; none for a local queue.
    pub(crate) fn connection(&self, environment: &Environment) -> Result<Option<Connection>> {
        let server = self.config.value.server.as_ref().filter(|server| server.is_remote());
        server.map(|server| Connection::new(server, &self.root, self.layout.root(), environment)).transpose()
    }

    /// Opens the database.
    pub(crate) async fn open_database(&self, environment: &Environment) -> Result<Database> {
        let name = self.database(environment)?;
        let is_gone = name.file().is_some_and(|path| !path.exists());
        if let Some(pid) = running_pid(&self.layout).filter(|pid| *pid != std::process::id() && is_gone) {
            return Err(CliError::unavailable(format!(
                "the database {name} was removed while an orchestrator (process {pid}) runs"
            ))
            .hint("`octopoid status` follows what it does: it saves what was in it beside, and ends"));
        }
        open_database(&name, config::policy(&self.config.value), Some(&self.root)).await
    }
}
