//! Errors of building and running an orchestrator.

use super::disk::lock::LockError;
use crate::git::GitError;
use crate::store::{ErrorKind, StoreError};
use std::path::PathBuf;

/// Error returned when an orchestrator cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Something it cannot do without was not given.
    #[error("the orchestrator needs {0}")]
    Missing(&'static str),
    /// An agent's configuration does not fit.
    #[error("agent `{agent}`: {problem}")]
    Agent {
        /// The agent.
        agent: String,
        /// What is wrong and what would fit.
        problem: String,
    },
    /// Tasks would never be done: no agent serves a role, or reviews.
    #[error(
        "{problem}; see `Builder::agent`, or `Builder::allow_unserved` where people or other programs do that"
    )]
    Unserved {
        /// Who is missing, and for what.
        problem: String,
    },
    /// A flow names a step that nobody has registered.
    #[error("the flow `{flow}` has the step `{step}`, which is not registered; see `Builder::step`")]
    Step {
        /// The flow.
        flow: String,
        /// The step.
        step: String,
    },
    /// The repository cannot be used.
    #[error("the repository cannot be used: {0}")]
    Repository(#[from] GitError),
    /// The folder cannot be used.
    #[error("the folder {} cannot be used", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Error with which an orchestrator ends other than as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder is not ours.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Another installation holds this machine's id, and was heard from within its lease.
    #[error("another installation holds this machine's id")]
    MachineIdTaken(#[source] StoreError),
    /// The store refuses, other than for a while.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The journal cannot be read or written.
    #[error("the run journal failed")]
    Journal(#[source] std::io::Error),
}

impl RunError {
    /// Returns the error for a refused registration or heartbeat: a conflict means that another installation holds the machine's id.
    pub(crate) fn from_heartbeat(error: StoreError) -> Self {
        match error.kind() {
            ErrorKind::Conflict => Self::MachineIdTaken(error),
            _ => Self::Store(error),
        }
    }
}
