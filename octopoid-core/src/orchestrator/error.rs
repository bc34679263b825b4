//! Errors of building and running an orchestrator.

use super::disk::lock::LockError;
use crate::git::GitError;
use crate::store::{ErrorKind, StoreError};
use std::path::PathBuf;

/// Error returned when an orchestrator cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Required part was not given.
    #[error("the orchestrator needs {0}")]
    Missing(&'static str),
    /// Configuration of an agent is invalid.
    #[error("agent `{agent}`: {problem}")]
    Agent {
        /// Name of the agent.
        agent: String,
        /// What is wrong, and what would be valid.
        problem: String,
    },
    /// Tasks could never be completed: no agent serves a required role, or none reviews.
    #[error(
        "{problem}; see `Builder::agent`, or `Builder::allow_unserved` where people or other programs do that"
    )]
    Unserved {
        /// What is missing, and what it is needed for.
        problem: String,
    },
    /// Flow names a step that is not registered.
    #[error("the flow `{flow}` has the step `{step}`, which is not registered; see `Builder::step`")]
    Step {
        /// Name of the flow.
        flow: String,
        /// Name of the step.
        step: String,
    },
    /// Repository cannot be used.
    #[error("the repository cannot be used: {0}")]
    Repository(#[from] GitError),
    /// Folder cannot be used.
    #[error("the folder {} cannot be used", path.display())]
    Folder {
        /// Path of the folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// Error returned when an orchestrator ends without having been drained or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Lock of the orchestrator's folder cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another installation holds this machine's id and sent a heartbeat within its lease.
    #[error("another installation holds this machine's id")]
    MachineIdTaken(#[source] StoreError),
    /// Store failed with an error that is not temporary.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Journal cannot be read or written.
    #[error("the run journal failed")]
    Journal(#[source] std::io::Error),
}

impl RunError {
    /// Converts a refused registration or heartbeat: a conflict means that another installation holds the machine's id.
    pub(crate) fn from_heartbeat(error: StoreError) -> Self {
        match error.kind() {
            ErrorKind::Conflict => Self::MachineIdTaken(error),
            _ => Self::Store(error),
        }
    }
}
