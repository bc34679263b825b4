//! The environment of the process: the one place that reads it.

use octopoid_core::process::{Command, DirectLauncher, LaunchPolicy, ProgramKind, Start};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

/// The environment of this process.
#[derive(Clone)]
pub(crate) struct Environment {
    /// The variables that are valid text; others cannot be passed on by name.
    pub(crate) variables: BTreeMap<String, String>,
    /// The current folder.
    pub(crate) directory: PathBuf,
    /// This program.
    pub(crate) program: PathBuf,
}

/// Runs a program to its end, and returns what it printed.
pub(crate) fn output(command: Command, kind: ProgramKind) -> io::Result<Output> {
    Start::new(command, LaunchPolicy::new(kind), Arc::new(DirectLauncher)).output()
}

impl std::fmt::Debug for Environment {
    /// Writes the names without values: some of them are secrets (I28).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("names", &self.variables.keys().collect::<Vec<_>>())
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// Reads the environment.
    pub(crate) fn read() -> std::io::Result<Self> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self { variables, directory: std::env::current_dir()?, program: std::env::current_exe()? })
    }

    /// Returns an empty environment, for settings by the files alone.
    pub(crate) fn empty() -> Self {
        Self { variables: BTreeMap::new(), directory: PathBuf::new(), program: PathBuf::new() }
    }

    /// Returns a variable that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns every variable, by name.
    #[cfg(feature = "object-store")]
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        self.variables.clone()
    }

    /// Returns a command with this environment.
    pub(crate) fn command(&self, program: impl Into<PathBuf>) -> Command {
        Command::new(program).envs(&self.variables)
    }

    /// Returns the name of this machine.
    pub(crate) fn host_name(&self) -> Option<String> {
        let told = self.get("HOSTNAME").map(str::to_owned);
        let name = told.or_else(|| std::fs::read_to_string("/etc/hostname").ok())?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// Finds a program on `PATH`.
    pub(crate) fn find_program(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(self.get("PATH")?)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|path| is_executable(path))
    }
}

/// Returns whether a path is an executable file.
pub(crate) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
