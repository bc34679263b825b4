//! Loading roles: the built-in ones, the folders under `.octopoid/roles`, and those of plugins.

use super::plugins::{self, Plugins};
use crate::config::runners;
use crate::config::{Problem, closest};
use crate::environment::Environment;
use crate::error::{CliError, Result};
use crate::installation::Entries;
use crate::installation::{Installation, wrong};
use octopoid_core::model::RoleName;
use octopoid_core::role::{Role, RoleSpec};
use octopoid_core::transition::Purpose;
use octopoid_roles::folder::{FolderRole, builtin_folder_roles};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a role comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    BuiltIn,
    Folder(PathBuf),
    /// A plugin's library.
    Plugin(PathBuf),
}

/// A role that could be loaded.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) role: Arc<dyn Role>,
    pub(crate) source: Source,
    /// The role with its files; none for a plugin's.
    pub(crate) folder: Option<Arc<FolderRole>>,
}

impl Loaded {
    fn folder(role: FolderRole, source: Source) -> Self {
        let role = Arc::new(role);
        Self { role: role.clone(), source, folder: Some(role) }
    }

    pub(crate) fn spec(&self) -> &RoleSpec {
        self.role.spec()
    }
}

/// The roles that could be loaded, one of each name, and the problems with the others.
#[derive(Debug)]
pub(crate) struct Roles {
    pub(crate) all: Vec<Loaded>,
    pub(crate) problems: Vec<Problem>,
    /// The plugins, with their own problems.
    pub(crate) plugins: Plugins,
}

impl Roles {
    /// Loads all roles to describe them, without running a plugin's code in this process.
    pub(crate) async fn load(installation: &Installation, environment: &Environment) -> Self {
        Self::load_for(installation, environment, plugins::Purpose::Describe).await
    }

    /// Loads all roles to run them.
    pub(crate) async fn load_to_run(installation: &Installation, environment: &Environment) -> Self {
        Self::load_for(installation, environment, plugins::Purpose::Run).await
    }

    async fn load_for(
        installation: &Installation,
        environment: &Environment,
        purpose: plugins::Purpose,
    ) -> Self {
        let mut roles = Self::without_plugins(installation.layout.root());
        let mut plugins = Plugins::load(installation, environment, purpose).await;
        for plugin in &plugins.all {
            for role in plugin.roles() {
                plugins.problems.extend(roles.add_of_plugin(role, plugin.path()));
            }
        }
        roles.problems.extend(plugins.problems.iter().cloned());
        roles.plugins = plugins;
        roles
    }

    /// Loads the built-in roles and those in `.octopoid/roles`. A folder with a built-in role's name replaces it.
    pub(crate) fn without_plugins(folder: &Path) -> Self {
        let builtin = builtin_folder_roles().into_iter();
        let all = builtin.map(|role| Loaded::folder(role, Source::BuiltIn)).collect();
        let mut roles = Self { all, problems: Vec::new(), plugins: Plugins::default() };
        let entries = Entries::of(&folder.join("roles"), Path::is_dir);
        roles.problems.extend(entries.problems);
        for path in entries.paths {
            match FolderRole::load(&path) {
                Ok(role) => {
                    roles.problems.extend(wrong_runner(&role, &path));
                    roles.add(Loaded::folder(role, Source::Folder(path)));
                }
                Err(error) => roles.problems.push(Problem {
                    file: error.path,
                    line: error.line,
                    problem: error.message,
                    fix: "fix the role's files, or remove its folder".to_owned(),
                }),
            }
        }
        roles
    }

    /// Adds a role, in place of one with the same name.
    fn add(&mut self, loaded: Loaded) {
        self.all.retain(|known| known.spec().name != loaded.spec().name);
        self.all.push(loaded);
    }

    /// Adds a plugin's role. A name that is taken is a problem: a plugin must not take over another role's tasks.
    fn add_of_plugin(&mut self, role: Arc<dyn Role>, library: &Path) -> Option<Problem> {
        let name = &role.spec().name;
        let Some(known) = self.get(name) else {
            self.all.push(Loaded { role, source: Source::Plugin(library.to_owned()), folder: None });
            return None;
        };
        let place = match &known.source {
            Source::BuiltIn => "built in".to_owned(),
            Source::Folder(path) | Source::Plugin(path) => format!("from {}", path.display()),
        };
        Some(Problem {
            file: library.to_owned(),
            line: None,
            problem: format!("the role `{name}` is there already, {place}"),
            fix: "remove one of the two".to_owned(),
        })
    }

    pub(crate) fn names(&self) -> BTreeSet<RoleName> {
        self.all.iter().map(|loaded| loaded.spec().name.clone()).collect()
    }

    /// Returns the purpose of each role's claims.
    pub(crate) fn purposes(&self) -> BTreeMap<RoleName, Purpose> {
        self.all.iter().map(|loaded| (loaded.spec().name.clone(), loaded.spec().claims)).collect()
    }

    /// Returns the roles that take tasks, in the order in which they are listed.
    pub(crate) fn workers(&self) -> impl Iterator<Item = &RoleName> {
        let workers = self.all.iter().filter(|loaded| loaded.spec().claims == Purpose::Work);
        workers.map(|loaded| &loaded.spec().name)
    }

    /// Checks that tasks can be created for a role.
    pub(crate) fn check_worker(&self, name: &RoleName) -> Result<()> {
        let known: Vec<_> = self.workers().map(RoleName::as_str).collect();
        match self.get(name).map(|loaded| loaded.spec().claims) {
            Some(Purpose::Work) => return Ok(()),
            Some(_) => {
                let message = format!("the role `{name}` takes submitted work, not tasks of its own");
                let hint = format!("use one of {}; `octopoid role list` shows them all", known.join(", "));
                return Err(CliError::usage(message).hint(hint));
            }
            None => {}
        }
        let hint = match closest(name.as_str(), known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                format!("there are {}; a role of your own is a folder in .octopoid/roles", known.join(", "))
            }
        };
        Err(CliError::usage(format!("there is no role `{name}`")).hint(hint))
    }

    pub(crate) fn get(&self, name: &RoleName) -> Option<&Loaded> {
        self.all.iter().find(|loaded| loaded.spec().name == *name)
    }

    /// Returns the JSON schema of a role's settings.
    pub(crate) fn settings_schema(&self, name: &RoleName) -> Option<&Value> {
        let loaded = self.get(name)?;
        if let Some(role) = &loaded.folder {
            return role.settings_schema();
        }
        let manifests = self.plugins.all.iter().map(|plugin| plugin.manifest());
        let role = manifests.flat_map(|manifest| &manifest.roles).find(|role| role.name == name.as_str())?;
        role.settings.as_ref()
    }

    /// Returns whether a role has a setting: its schema names it, or it has no schema that would say so.
    pub(crate) fn take_setting(&self, role: &RoleName, setting: &str) -> bool {
        let Some(schema) = self.settings_schema(role) else { return self.get(role).is_some() };
        match schema.get("properties").and_then(Value::as_object) {
            Some(known) => known.contains_key(setting),
            None => schema.get("additionalProperties") != Some(&Value::Bool(false)),
        }
    }

    /// Returns a role by its name.
    pub(crate) fn named(&self, name: &RoleName) -> Result<&Loaded> {
        let own = |problem: &&Problem| {
            let folder = problem.file.parent().and_then(Path::file_name);
            folder.is_some_and(|folder| folder == name.as_str())
        };
        let problems: Vec<_> = self.problems.iter().filter(own).cloned().collect();
        if !problems.is_empty() {
            return Err(wrong(&problems));
        }
        self.get(name).ok_or_else(|| {
            let names = self.names();
            let hint = match closest(name.as_str(), names.iter().map(RoleName::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!(
                    "`octopoid role list` shows the roles there are; `octopoid role new {name}` makes it"
                ),
            };
            CliError::usage(format!("there is no role `{name}`")).hint(hint)
        })
    }
}

/// Returns a problem if the role names an unknown runner.
fn wrong_runner(role: &FolderRole, folder: &Path) -> Option<Problem> {
    let runner = role.spec().defaults.runner.as_deref().filter(|name| !runners::NAMES.contains(name))?;
    let [(file, text), _] = role.files();
    Some(Problem {
        file: folder.join(file),
        line: text.lines().position(|line| line.starts_with("runner")).map(|line| line + 1),
        problem: format!("there is no runner `{runner}`"),
        fix: match closest(runner, runners::NAMES) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("use one of {}", runners::NAMES.join(", ")),
        },
    })
}
