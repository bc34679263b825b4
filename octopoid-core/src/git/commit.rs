//! Commit summaries, object ids and names of agents' branches.

use crate::model::{CommitId, Timestamp, TreeId};
use git2::Oid;

use super::GitError;

/// Summary of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitInfo {
    /// Id of the commit.
    pub id: CommitId,
    /// First line of the message.
    pub summary: String,
    /// Name of the author.
    pub author: String,
}

pub(super) fn oid(commit: &CommitId) -> Result<Oid, GitError> {
    Ok(Oid::from_str(commit.as_str())?)
}

pub(super) fn commit_id(oid: Oid) -> CommitId {
    match CommitId::new(oid.to_string()) {
        Ok(id) => id,
        Err(_) => unreachable!("libgit2 prints full hashes"),
    }
}

pub(super) fn tree_id(oid: Oid) -> TreeId {
    match TreeId::new(oid.to_string()) {
        Ok(id) => id,
        Err(_) => unreachable!("libgit2 prints full hashes"),
    }
}

/// Returns the name of the branch for a task's work: `agent/<task>-<time>`.
pub(crate) fn agent_branch(task: &str, at: Timestamp) -> String {
    let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("agent/{task}-{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_named_after_the_task_and_the_second() {
        assert_eq!(
            agent_branch("task-7", Timestamp::from_millis(1_700_000_000_007)),
            "agent/task-7-20231114221320"
        );
    }
}
