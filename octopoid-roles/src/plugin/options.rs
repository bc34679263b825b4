//! What is needed to load a plugin.

use octopoid_core::process::{Command, DirectLauncher, Launcher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The place in which a plugin's code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Isolation {
    /// In this process, on a thread for each run: for plugins that are trusted like this program itself.
    #[default]
    Thread,
    /// In a child process for each run.
    Process,
}

impl Isolation {
    /// Returns the name used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Isolation::Thread => "thread",
            Isolation::Process => "process",
        }
    }
}

/// The file of a plugin, and how it is to be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginFile {
    /// The library.
    pub path: PathBuf,
    /// The SHA-256 digest that the file must have, in hexadecimal; `None` accepts any.
    pub sha256: Option<String>,
    /// The place in which its code runs.
    pub isolation: Isolation,
}

impl PluginFile {
    /// Creates a library of any digest, which runs in this process.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), sha256: None, isolation: Isolation::Thread }
    }

    /// Requires the file to match this SHA-256 digest, in hexadecimal.
    #[must_use]
    pub fn with_sha256(mut self, sha256: impl Into<String>) -> Self {
        self.sha256 = Some(sha256.into());
        self
    }

    /// Sets the place in which its code runs.
    #[must_use]
    pub fn with_isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }
}

/// Options for loading plugins.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PluginOptions {
    /// The folder for private copies of libraries; it is created with mode 700.
    pub copies: PathBuf,
    /// The program that hosts a plugin in a child process; [`Isolation::Process`] is refused without one.
    pub host: Option<Command>,
    /// How the host is started to look at a plugin; the runs of a role use [`RoleContext::launcher`].
    ///
    /// [`RoleContext::launcher`]: octopoid_core::role::RoleContext::launcher
    pub launcher: Arc<dyn Launcher>,
    /// How long a run may take to stop before it is abandoned. Ten seconds by default.
    pub grace: Duration,
}

impl PluginOptions {
    /// Creates options with a folder for private copies.
    pub fn new(copies: impl Into<PathBuf>) -> Self {
        Self {
            copies: copies.into(),
            host: None,
            launcher: Arc::new(DirectLauncher),
            grace: Duration::from_secs(10),
        }
    }

    /// Sets the host program: one that calls [`host_process`](super::host_process). A plugin sees the environment of that
    /// command, and nothing else (I28).
    #[must_use]
    pub fn with_host(mut self, host: Command) -> Self {
        self.host = Some(host);
        self
    }

    /// Sets how the host is started to look at a plugin.
    #[must_use]
    pub fn with_launcher(mut self, launcher: Arc<dyn Launcher>) -> Self {
        self.launcher = launcher;
        self
    }

    /// Sets how long a run may take to stop before it is abandoned.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}
