//! Reasons for which a run does not come to its own end.

use crate::git::GitError;
use crate::store::StoreError;

/// Reason for which a run does not come to its own end.
#[derive(Debug)]
pub(super) enum RunAbort {
    /// The claim is gone: nothing may be written any more, and the work is kept where it is.
    Lost(String),
    /// The orchestrator stops.
    Stopping,
    /// The machine, git or the network is at fault.
    Fault(String),
    /// The branch that the task names does not exist.
    NoBranch(String),
    /// The submitted work exists nowhere any more.
    WorkGone(String),
    /// A person has to look first.
    Held(String),
}

impl From<GitError> for RunAbort {
    fn from(error: GitError) -> Self {
        if error.is_branch_missing() {
            RunAbort::NoBranch(error.to_string())
        } else {
            RunAbort::Fault(error.to_string())
        }
    }
}

impl From<std::io::Error> for RunAbort {
    fn from(error: std::io::Error) -> Self {
        RunAbort::Fault(error.to_string())
    }
}

impl From<StoreError> for RunAbort {
    /// An error that decides nothing is left after the retries only if the orchestrator stops.
    fn from(error: StoreError) -> Self {
        if error.is_undecided() { RunAbort::Stopping } else { RunAbort::Fault(error.to_string()) }
    }
}
