//! Items of a clean-up plan, and the reasons for removing or keeping them.

use crate::model::{CommitId, Queue, TaskId};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Item on this machine that clean-up may remove.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Item {
    /// Worktree of the repository.
    Worktree {
        /// Path of the worktree.
        path: PathBuf,
        /// Newest commit of the worktree.
        head: CommitId,
    },
    /// File or folder among the worktrees that is not a worktree.
    Folder {
        /// Path of the file or folder.
        path: PathBuf,
    },
    /// Remainder of a removal that was cut off.
    Trash {
        /// Path of the file or folder.
        path: PathBuf,
    },
    /// Entry in git's list of worktrees whose worktree is gone.
    Registration {
        /// Path of the entry's folder in the repository.
        entry: PathBuf,
        /// Path that the worktree had.
        path: PathBuf,
        /// Newest commit of the worktree; `None` if a branch was checked out.
        head: Option<CommitId>,
    },
    /// Branch of an agent, local or as last fetched.
    Branch {
        /// Full name, such as `refs/heads/agent/task-1-20250101000000`.
        name: String,
        /// Newest commit of the branch.
        tip: CommitId,
    },
    /// Ref that keeps earlier work.
    KeptCommit {
        /// Full name of the ref.
        name: String,
        /// Commit that the ref points to.
        commit: CommitId,
    },
    /// Files of a run that is not in the journal.
    RunFiles {
        /// Path of the files.
        path: PathBuf,
    },
}

impl Item {
    /// Returns the location of the item: a path, or the full name of a ref.
    pub fn place(&self) -> String {
        match self {
            Item::Worktree { path, .. }
            | Item::Folder { path }
            | Item::Trash { path }
            | Item::RunFiles { path } => path.display().to_string(),
            Item::Registration { entry, .. } => entry.display().to_string(),
            Item::Branch { name, .. } | Item::KeptCommit { name, .. } => name.clone(),
        }
    }

    /// Returns the kind of the item in a word or two.
    pub const fn word(&self) -> &'static str {
        match self {
            Item::Worktree { .. } => "worktree",
            Item::Folder { .. } => "folder",
            Item::Trash { .. } => "trash",
            Item::Registration { .. } => "stale registration",
            Item::Branch { .. } => "branch",
            Item::KeptCommit { .. } => "reference",
            Item::RunFiles { .. } => "files of a run",
        }
    }
}

/// Reason why removing an item loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// Commits of the item are in a permanent branch.
    InBranch {
        /// Name of the branch.
        branch: String,
    },
    /// Item is work that landed.
    Landed {
        /// Commit that brought the work into the base branch.
        commit: CommitId,
    },
    /// Task has ended, and an agent's branch contains the item's commits; that branch is decided on separately.
    OnAgentBranch,
    /// Task has ended, and content that exists nowhere else is kept under `refs/octopoid/kept/` first.
    KeptFirst,
    /// Item has no files, or every file in it is in a commit.
    NothingOfItsOwn,
    /// Item is left from a removal or a run that was cut off.
    CutOff,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proof::InBranch { branch } => write!(f, "its commits are in `{branch}`"),
            Proof::Landed { commit } => write!(f, "its work landed as {}", commit.short()),
            Proof::OnAgentBranch => f.write_str("its task is over, and its branch has its commits"),
            Proof::KeptFirst => {
                f.write_str("its task is over; what it holds is kept under refs/octopoid/kept/ first")
            }
            Proof::NothingOfItsOwn => f.write_str("it holds nothing that is not in a commit"),
            Proof::CutOff => f.write_str("it was being removed already"),
        }
    }
}

/// Reason why an item is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptBecause {
    /// Item is in use by a run on this machine.
    InUse,
    /// Task has not ended.
    Unfinished {
        /// Queue of the task.
        queue: Queue,
    },
    /// Task has stopped, and can be continued with the item.
    CanGoOn {
        /// Queue of the task.
        queue: Queue,
    },
    /// Task landed, but the local copy of the base branch does not contain that commit yet.
    NotSeenYet {
        /// Commit that brought the work into the base branch.
        commit: CommitId,
    },
    /// Task is unknown to the store, which has no record of deleting it.
    UnknownTask,
    /// Item was not created by Octopoid.
    Foreign,
    /// Item was in the way of a worktree and was moved aside; only a person can judge its value.
    MovedAside,
    /// Item contains a repository that a commit cannot hold.
    Repository {
        /// Path of that repository.
        path: PathBuf,
    },
    /// Item contains a file that is in no commit.
    OnlyCopy {
        /// Path of that file.
        path: PathBuf,
    },
    /// Branch is checked out.
    CheckedOut {
        /// Path of the worktree that has it checked out.
        path: PathBuf,
    },
    /// Commit is on no branch.
    OnNoBranch,
    /// Item could not be examined.
    Unreadable {
        /// Error message.
        error: String,
    },
}

impl fmt::Display for KeptBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeptBecause::InUse => f.write_str("a run on this machine uses it"),
            KeptBecause::Unfinished { queue } => write!(f, "its task is in `{queue}` and will go on in it"),
            KeptBecause::CanGoOn { queue } => write!(f, "its task is in `{queue}` and can go on in it"),
            KeptBecause::NotSeenYet { commit } => {
                write!(
                    f,
                    "its work landed as {}, which the base branch here does not have yet",
                    commit.short()
                )
            }
            KeptBecause::UnknownTask => f.write_str("the queue does not know its task"),
            KeptBecause::Foreign => f.write_str("it was not made by Octopoid"),
            KeptBecause::MovedAside => f.write_str("it was in the way of a worktree and was moved aside"),
            KeptBecause::Repository { path } => {
                write!(f, "it holds the repository {}, which no commit has", path.display())
            }
            KeptBecause::OnlyCopy { path } => write!(f, "it holds {}, which no commit has", path.display()),
            KeptBecause::CheckedOut { path } => write!(f, "it is checked out in {}", path.display()),
            KeptBecause::OnNoBranch => f.write_str("no branch has its commit"),
            KeptBecause::Unreadable { error } => write!(f, "it could not be examined: {error}"),
        }
    }
}

/// Item that clean-up removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Removal {
    /// Item to remove.
    #[serde(flatten)]
    pub item: Item,
    /// Task that the item belongs to.
    pub task: Option<TaskId>,
    /// Reason why removing it loses nothing.
    pub why: Proof,
}

/// Item that clean-up keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// Item that is kept.
    #[serde(flatten)]
    pub item: Item,
    /// Task that the item belongs to.
    pub task: Option<TaskId>,
    /// Reason why it is kept.
    pub why: KeptBecause,
}

/// Items that a clean-up removes and items that it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CleanupPlan {
    /// Items to remove, in this order.
    pub removals: Vec<Removal>,
    /// Items to keep.
    pub kept: Vec<Kept>,
}
