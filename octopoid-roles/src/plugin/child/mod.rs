//! Runs in a child process, which loads the very same file and speaks the very same messages over its stdin and stdout.
//! An abort, a crash or an endless loop costs one child.

mod frame;
mod host;
mod process;

pub use host::host_process;
pub(super) use process::{inspect, run};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The program that hosts a plugin in a child process: one that calls [`host_process`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostProgram {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment: what is not here a plugin does not see (I28).
    pub environment: BTreeMap<String, String>,
}

impl HostProgram {
    /// A program without arguments and without an environment.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: Vec::new(), environment: BTreeMap::new() }
    }

    /// With one more argument.
    #[must_use]
    pub fn with_argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With an environment.
    #[must_use]
    pub fn with_environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }
}
