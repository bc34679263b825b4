//! How a database is opened.

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

/// How a database is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// What a commit waits for. [`Synchronous::Full`].
    pub synchronous: Synchronous,
    /// How many reads go on at once, at least 1. 2. To fold the log into the file now and then counts as one.
    pub readers: usize,
    /// How long a write waits for another process's before it is `Unavailable`. 5 seconds.
    pub busy_timeout: Duration,
    /// The most requests that are committed together, at least 1. 256.
    pub group: usize,
    /// Where a copy is saved when the file and its folder are removed while they are in use; none loses what was in it.
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
    /// The usual options.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another durability.
    #[must_use]
    pub fn with_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// With another number of readers.
    #[must_use]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// With another patience for other processes' writes.
    #[must_use]
    pub fn with_busy_timeout(mut self, patience: Duration) -> Self {
        self.busy_timeout = patience;
        self
    }

    /// With another bound on what is committed together.
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
