//! A command, as plain data.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// A program with its arguments, folder and environment.
///
/// The environment is complete: a program inherits no variable of this process (I28).
#[derive(Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Command {
    /// The program: a path, or a name that is looked up in the `PATH` of [`environment`](Self::environment).
    pub program: PathBuf,
    /// The arguments, without the program's own name.
    pub arguments: Vec<OsString>,
    /// The folder to start in; `None` starts in the folder of this process.
    pub directory: Option<PathBuf>,
    /// The whole environment.
    pub environment: BTreeMap<OsString, OsString>,
}

impl Command {
    /// Creates a command without arguments and with an empty environment.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: Vec::new(), directory: None, environment: BTreeMap::new() }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Sets environment variables.
    pub fn envs<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.environment.extend(variables);
        self
    }

    /// Sets the folder to start in.
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }
}

/// Shows the names of variables only: their values may be secrets (I28).
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("directory", &self.directory)
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i28_values_of_variables_are_not_shown() {
        let command = Command::new("agent").arg("--print").env("API_KEY", "sekret");
        let shown = format!("{command:?}");
        assert!(
            shown.contains("API_KEY") && shown.contains("--print") && !shown.contains("sekret"),
            "{shown}"
        );
    }
}
