//! Loading plugins: the files in `.octopoid/plugins`, and those that config.yaml names.

use crate::config::{Problem, Step, line_of};
use crate::environment::Environment;
use crate::installation::Entries;
use crate::installation::Installation;
use octopoid_core::orchestrator::{Layout, Settings};
use octopoid_core::process::Command;
use octopoid_roles::plugin::{Isolation, Plugin, PluginFile, PluginOptions};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The hidden command that hosts a plugin in a child process; see [`crate::args::Command::PluginHost`].
const HOST: &str = "plugin-host";

/// The plugins that could be loaded, and the problems with the others.
#[derive(Debug, Default)]
pub(crate) struct Plugins {
    pub(crate) all: Vec<Plugin>,
    pub(crate) problems: Vec<Problem>,
}

/// Why plugins are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To run, in this process unless they are isolated.
    Run,
    /// To list their roles, without running their code in this process.
    Describe,
}

/// A file to load.
#[derive(Debug)]
struct Named {
    file: PluginFile,
    /// Its index in the list of config.yaml.
    entry: Option<usize>,
}

impl Plugins {
    /// Loads the plugins of an installation.
    pub(crate) async fn load(
        installation: &Installation,
        environment: &Environment,
        purpose: Purpose,
    ) -> Self {
        let options = PluginOptions::new(installation.layout.runtime().join("plugins"))
            .with_host(host_program(environment));
        let (named, problems) = files(installation);
        let mut plugins = Self { all: Vec::new(), problems };
        for Named { file, entry } in named {
            let loaded = match purpose {
                Purpose::Run => Plugin::load(&file, &options).await,
                Purpose::Describe => Plugin::describe(&file, &options).await,
            };
            match loaded {
                Ok(plugin) => plugins.all.push(plugin),
                Err(error) => {
                    let at = entry.map(|number| {
                        line_of(&installation.config.text, &[Step::Key("plugins"), Step::Item(number)])
                    });
                    plugins.problems.push(match at {
                        Some(line) => Problem {
                            file: installation.config.path.clone(),
                            line,
                            problem: format!("the plugin {error}"),
                            fix: error.remedy,
                        },
                        None => Problem {
                            file: error.path,
                            line: None,
                            problem: format!("the plugin {}", error.reason),
                            fix: error.remedy,
                        },
                    });
                }
            }
        }
        plugins
    }
}

/// Returns the folder whose plugins are loaded without being named.
pub(crate) fn folder(layout: &Layout) -> PathBuf {
    layout.root().join("plugins")
}

/// Returns this program as the host of a plugin, with as little of the environment as an agent gets (I28).
pub(crate) fn host_program(environment: &Environment) -> Command {
    let passed_on =
        Settings::PASSED_ON.into_iter().filter_map(|name| Some((name, environment.variables.get(name)?)));
    Command::new(&environment.program).arg(HOST).envs(passed_on)
}

/// Returns the files that config.yaml names, and the others in the folder.
fn files(installation: &Installation) -> (Vec<Named>, Vec<Problem>) {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut named = Vec::new();
    let mut known = BTreeSet::new();
    for (number, entry) in installation.config.value.plugins.iter().enumerate() {
        let path = installation.root.join(&entry.path);
        known.insert(real(&path));
        let mut file = PluginFile::new(path).with_isolation(entry.isolation.unwrap_or_default());
        file.sha256.clone_from(&entry.sha256);
        named.push(Named { file, entry: Some(number) });
    }
    let is_library =
        |path: &Path| path.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION);
    let found = Entries::of(&folder(&installation.layout), is_library);
    let others = found.paths.into_iter().filter(|path| !known.contains(&real(path)));
    named.extend(
        others
            .map(|path| Named { file: PluginFile::new(path).with_isolation(Isolation::Thread), entry: None }),
    );
    (named, found.problems)
}
