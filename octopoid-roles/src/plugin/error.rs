//! Errors of loading a plugin.

use std::path::{Path, PathBuf};

/// Error returned when a plugin cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
#[non_exhaustive]
pub struct PluginError {
    /// The path of the plugin's file.
    pub path: PathBuf,
    /// The reason, as a continuation of the path: `is not a regular file`.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl PluginError {
    pub(crate) fn new(path: &Path, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into(), remedy: remedy.into() }
    }
}
