//! Position of a base branch, in the repository and on its remote.

use super::{GitError, Repository};
use crate::model::CommitId;

/// Position of a base branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseBranch {
    /// The newest commit that both the repository's and the remote's branch can move on from.
    pub(crate) tip: CommitId,
    /// Whether the two have diverged, so that only a person can join them.
    pub(crate) diverged: bool,
}

impl Repository {
    /// Reads the position of a base branch here and, as last fetched, on its remote.
    pub(crate) fn base_branch(&self, remote: Option<&str>, branch: &str) -> Result<BaseBranch, GitError> {
        let here = self.tip(branch)?;
        let there = match remote {
            Some(remote) => self.remote_tip(remote, branch)?,
            None => None,
        };
        let Some(there) = there.filter(|there| *there != here) else {
            return Ok(BaseBranch { tip: here, diverged: false });
        };
        if self.is_ancestor(&here, &there)? {
            Ok(BaseBranch { tip: there, diverged: false })
        } else {
            let diverged = !self.is_ancestor(&there, &here)?;
            Ok(BaseBranch { tip: here, diverged })
        }
    }
}
