//! State that the scheduler and all runs of one orchestrator share.

use super::disk::holds::Holds;
use super::disk::journal::Journal;
use super::disk::layout::Layout;
use super::failpoint::Observer;
use super::forge::Forge;
use super::listener::Listener;
use super::notice::Notice;
use super::settings::{AgentSettings, Settings};
use super::step::Step;
use crate::clock::Clock;
use crate::git::{Guard, Repository};
use crate::model::{AgentName, ClaimToken, Heartbeat, InstallationId, RoleName, RunId, Timestamp};
use crate::process::Launcher;
use crate::role::Role;
use crate::runner::Runner;
use crate::store::{ArtifactStore, Store, StoreError};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::broadcast;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    /// Where the artifacts of runs are sent.
    pub(crate) artifacts: Option<Arc<dyn ArtifactStore>>,
    pub(crate) repository: Repository,
    pub(crate) layout: Layout,
    pub(crate) journal: Journal,
    pub(crate) settings: Settings,
    pub(crate) agents: Vec<AgentSettings>,
    /// Account that each agent uses.
    pub(crate) accounts: BTreeMap<AgentName, String>,
    pub(crate) roles: BTreeMap<RoleName, Arc<dyn Role>>,
    pub(crate) runners: BTreeMap<String, Arc<dyn Runner>>,
    pub(crate) steps: BTreeMap<String, Arc<dyn Step>>,
    pub(crate) forge: Arc<dyn Forge>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Starts every program.
    pub(crate) launcher: Arc<dyn Launcher>,
    pub(crate) random: Mutex<StdRng>,
    /// Id of the installation; set once its folder is locked, if the machine is registered.
    pub(crate) installation: OnceLock<InstallationId>,
    /// Sender of notices, weak so that a holder which outlives the orchestrator does not keep its streams from ending.
    pub(crate) notices: broadcast::WeakSender<Notice>,
    /// Receiver of every notice.
    pub(crate) listener: Option<Arc<dyn Listener>>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) guard: tokio::sync::Mutex<FileGuard>,
    pub(crate) holds: Holds,
    /// Lock that is held while a worktree is added, opened for a run or removed: git keeps their list in shared files, and a clean-up
    /// must not remove one that a run has just opened.
    pub(crate) worktrees: tokio::sync::Mutex<()>,
}

/// Configuration and hooks of the repository, which agents must not change.
#[derive(Debug, Default)]
pub(crate) struct FileGuard {
    /// Runs that are at work.
    pub(crate) runs: Vec<RunId>,
    /// Runs that have been at work since the files were read.
    pub(crate) seen: Vec<RunId>,
    /// Files as they were before the first of those runs began.
    pub(crate) files: Option<Arc<Guard>>,
}

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns a fresh claim token: 128 random bits.
    pub(crate) fn token(&self) -> ClaimToken {
        match ClaimToken::new(self.random_digits()) {
            Ok(token) => token,
            Err(_) => unreachable!("hexadecimal digits are a valid token"),
        }
    }

    /// Returns a fresh installation id: 128 random bits.
    pub(crate) fn installation_id(&self) -> InstallationId {
        match InstallationId::new(self.random_digits()) {
            Ok(id) => id,
            Err(_) => unreachable!("hexadecimal digits are a valid id"),
        }
    }

    fn random_digits(&self) -> String {
        let bits: u128 = self.random.lock().unwrap_or_else(PoisonError::into_inner).random();
        format!("{bits:032x}")
    }

    pub(crate) fn tell(&self, notice: Notice) {
        if let Some(listener) = &self.listener {
            let heard = std::panic::catch_unwind(AssertUnwindSafe(|| listener.hear(&notice)));
            if heard.is_err() {
                tracing::error!(?notice, "the listener panicked");
            }
        }
        if let Some(notices) = self.notices.upgrade() {
            // It is fine if there are no receivers.
            let _ = notices.send(notice);
        }
    }

    pub(crate) fn warn(&self, message: impl Into<String>) {
        let message = message.into();
        tracing::warn!("{message}");
        self.tell(Notice::Warning { message });
    }

    pub(crate) fn agent(&self, name: &AgentName) -> Option<&AgentSettings> {
        self.agents.iter().find(|agent| &agent.name == name)
    }

    /// Returns the account that an agent uses; an agent that is no longer configured has an account named after itself.
    pub(crate) fn account<'a>(&'a self, agent: &'a AgentName) -> &'a str {
        self.accounts.get(agent).map_or(agent.as_str(), String::as_str)
    }

    /// Checks that no other installation has taken over this machine's id, before a request that relies on that id alone.
    pub(crate) async fn confirm_identity(&self) -> Result<(), StoreError> {
        let Some(installation) = self.installation.get().cloned() else { return Ok(()) };
        let heartbeat = Heartbeat { agents: None, installation: Some(installation) };
        match self.store.heartbeat(&self.settings.scope, &self.settings.orchestrator, heartbeat).await {
            // The machine is no longer registered: the next tick registers it again.
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }

    pub(crate) fn reached(&self, point: super::failpoint::Point, run: &RunId) {
        if let Some(observer) = &self.observer {
            observer.reached(point, run);
        }
    }
}

/// Runs blocking work, such as calls of git, off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => unreachable!("blocking work is never aborted: {error}"),
        },
    }
}
