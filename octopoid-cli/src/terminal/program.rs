//! A program in the foreground.

use crate::environment::Environment;
use crate::error::{CliError, Result};
use octopoid_core::process::{Command, DirectLauncher, LaunchPolicy, ProgramKind, Start};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A program that has the terminal, with the person's own environment.
#[derive(Debug)]
pub(crate) struct Foreground {
    command: Command,
    stdin: Stdio,
}

impl Foreground {
    /// A command line of the shell's, with arguments behind it.
    pub(crate) fn shell<'a>(
        line: &str,
        arguments: impl IntoIterator<Item = &'a Path>,
        environment: &Environment,
    ) -> Self {
        let command = environment.command("sh").arg("-c").arg(format!("{line} \"$@\"")).arg(line);
        Self { command: command.args(arguments), stdin: Stdio::inherit() }
    }

    /// A program with arguments.
    pub(crate) fn program<S: AsRef<str>>(words: &[S], environment: &Environment) -> Self {
        let mut words = words.iter().map(AsRef::as_ref);
        let command = environment.command(words.next().unwrap_or_default()).args(words);
        Self { command, stdin: Stdio::inherit() }
    }

    /// Sets the folder that it starts in.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command = self.command.current_dir(folder);
        self
    }

    /// Adds a variable to its environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command = self.command.env(name, value);
        self
    }

    /// Gives it a text on its standard input.
    pub(super) fn with_input(mut self) -> Self {
        self.stdin = Stdio::piped();
        self
    }

    /// Starts it.
    pub(super) fn start(self) -> std::io::Result<Running> {
        let patience = Patience::begin()?;
        let start = Start::new(self.command, LaunchPolicy::new(ProgramKind::Tool), Arc::new(DirectLauncher));
        let start = start.stdin(self.stdin).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        Ok(Running { child: start.foreground()?, _patience: patience })
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Result<ExitStatus> {
        let name = self.command.program.display().to_string();
        self.start().and_then(Running::wait).map_err(|error| {
            CliError::unavailable(format!("cannot start `{name}`: {error}"))
                .hint("install it, or name another program")
        })
    }
}

/// A program that has the terminal.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) child: std::process::Child,
    _patience: Patience,
}

impl Running {
    pub(super) fn wait(mut self) -> std::io::Result<ExitStatus> {
        drop(self.child.stdin.take());
        self.child.wait()
    }
}

/// While it is held, Ctrl-C and Ctrl-\ are for the program in the foreground alone.
#[derive(Debug)]
struct Patience(#[expect(dead_code, reason = "held, so that the signals have a handler")] [Signal; 2]);

impl Patience {
    fn begin() -> std::io::Result<Self> {
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::quit())?]))
    }
}
