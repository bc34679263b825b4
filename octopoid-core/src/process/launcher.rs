//! The seam for sandboxes.

use super::Command;
use std::fmt::Debug;
use std::io;
use std::path::PathBuf;

/// Decides how programs are started: as they are, or inside a sandbox.
///
/// A sandbox is a program of its own that confines itself and then executes its arguments, such as `bwrap` or a container
/// engine. Nothing can be run between fork and exec: only a wrapper program can be put inside another one, and starting a
/// program by `posix_spawn` does not copy this process's address space.
///
/// ```
/// use octopoid_core::process::{Command, LaunchPolicy, Launcher};
/// use std::io;
///
/// /// Starts every program at the lowest priority.
/// #[derive(Debug)]
/// struct Nice;
///
/// impl Launcher for Nice {
///     fn wrap(&self, command: Command, _policy: &LaunchPolicy) -> io::Result<Command> {
///         let mut wrapped = Command::new("/usr/bin/nice").args(["-n", "19"]).arg(&command.program);
///         wrapped.arguments.extend(command.arguments);
///         wrapped.directory = command.directory;
///         wrapped.environment = command.environment;
///         Ok(wrapped)
///     }
/// }
/// ```
pub trait Launcher: Send + Sync + Debug {
    /// Returns the command to start in place of `command`.
    ///
    /// # Behavior
    /// - Called once for each start, immediately before it, and returns at once.
    /// - Keeps every variable of the environment, and passes all of them on to the program: one of them is the
    ///   [`Marker`](super::Marker) by which its processes are found and stopped.
    /// - The wrapper stays in the process group that it is started in, forwards its standard streams, and ends with the
    ///   exit status of the program.
    ///
    /// # Errors
    /// Any error keeps the program from being started: a sandbox that cannot be set up is never left out.
    fn wrap(&self, command: Command, policy: &LaunchPolicy) -> io::Result<Command>;
}

/// A launcher that starts programs as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectLauncher;

impl Launcher for DirectLauncher {
    fn wrap(&self, command: Command, _policy: &LaunchPolicy) -> io::Result<Command> {
        Ok(command)
    }
}

/// What a program is started for, and what it needs to do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaunchPolicy {
    /// The kind of program.
    pub kind: ProgramKind,
    /// Files and folders that it must be able to write, besides the folder that it starts in.
    pub writable: Vec<PathBuf>,
}

impl LaunchPolicy {
    /// Creates a policy for a program that writes to no place but the folder that it starts in.
    pub fn new(kind: ProgramKind) -> Self {
        Self { kind, writable: Vec::new() }
    }

    /// Adds a file or folder that the program must be able to write.
    #[must_use]
    pub fn with_writable(mut self, path: impl Into<PathBuf>) -> Self {
        self.writable.push(path.into());
        self
    }
}

/// A kind of program, by whose code runs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProgramKind {
    /// An agent program, with everything that it starts.
    Agent,
    /// A configured command that runs on the work: the tests, a script of a flow, the preparation of a worktree.
    Script,
    /// The host of a plugin in a child process.
    Plugin,
    /// Git, with arguments and a configuration that the orchestrator chose.
    Git,
    /// A tool of the user's that the orchestrator itself asks, such as `gh`.
    Tool,
}
