//! Errors of a role's folder.

use octopoid_core::schema::Mismatch;
use std::path::{Path, PathBuf};

/// What is wrong with a role's folder, with the file and, where it is known, the line (I24).
#[derive(Debug, thiserror::Error)]
#[error("{}: {message}", place(.path, *.line))]
#[non_exhaustive]
pub struct FolderRoleError {
    /// The file.
    pub path: PathBuf,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl FolderRoleError {
    pub(crate) fn new(path: impl Into<PathBuf>, line: Option<usize>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

fn place(path: &Path, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{}:{line}", path.display()),
        None => path.display().to_string(),
    }
}

/// Why a role cannot work with the settings of an agent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoleProblem {
    /// Its prompt cannot be rendered.
    #[error(transparent)]
    Prompt(FolderRoleError),
    /// The settings do not fit its `settings_schema`.
    #[error("the settings do not fit: {0}")]
    Settings(Mismatch),
}
