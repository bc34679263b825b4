//! The work of a run.

use crate::model::{CommitId, TreeId};
use crate::orchestrator::disk::journal::Entry;

/// Work as it stands, on its way through the steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Work {
    /// The commit of the base branch that it stands on.
    pub(super) base: CommitId,
    /// Its newest commit.
    pub(super) head: CommitId,
    /// The number of its commits.
    pub(super) commits: u32,
    /// Set if the base branch has its every change already.
    pub(super) in_base: bool,
    /// The commit that people are shown at the moment.
    pub(super) shown: Option<CommitId>,
}

impl Work {
    /// Returns the work that the journal knows of; `None` before there is any.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let (base, head) = (entry.base.clone()?, entry.run.head.clone()?);
        Some(Self { base, head, commits: entry.run.commits, in_base: false, shown: None })
    }
}

/// Proof that a content has passed something, so that it does not have to pass again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// The configured tests.
    Tests(TreeId),
    /// A script or a custom step, by its key.
    Step { key: String, tree: TreeId },
}
