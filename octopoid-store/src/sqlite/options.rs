//! Options for opening a database.

use std::path::PathBuf;
use std::time::Duration;

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// The disk: what was answered survives a loss of power.
    #[default]
    Full,
    /// The operating system: what was answered survives the program, but maybe not a loss of power.
    Normal,
}

impl Synchronous {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        }
    }
}

/// Options for opening a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// What a commit waits for. Default: [`Synchronous::Full`].
    pub synchronous: Synchronous,
    /// Number of concurrent reads, at least 1; a checkpoint counts as one. Default: 2.
    pub readers: usize,
    /// Time that a write waits for another process's before it is `Unavailable`. Default: 5 seconds.
    pub busy_timeout: Duration,
    /// Largest number of requests that are committed together, at least 1. Default: 256.
    pub group: usize,
    /// Folder for a copy of a file that is removed together with its folder while they are in use. Default: none, which loses
    /// what was in it.
    pub rescue_folder: Option<PathBuf>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Full,
            readers: 2,
            busy_timeout: Duration::from_secs(5),
            group: 256,
            rescue_folder: None,
        }
    }
}

impl SqliteOptions {
    /// Returns the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what a commit waits for.
    #[must_use]
    pub fn with_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Sets the number of concurrent reads.
    #[must_use]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// Sets how long a write waits for those of other processes.
    #[must_use]
    pub fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Sets how many requests are committed together at most.
    #[must_use]
    pub fn with_group(mut self, most: usize) -> Self {
        self.group = most;
        self
    }

    /// Sets the folder for a copy of a file that is removed together with its folder while they are in use.
    #[must_use]
    pub fn with_rescue_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.rescue_folder = Some(folder.into());
        self
    }
}
