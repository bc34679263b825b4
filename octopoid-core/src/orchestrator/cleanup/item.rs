//! What a plan consists of.

use crate::model::{CommitId, Queue, TaskId};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// One thing on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Item {
    /// A worktree of the repository.
    Worktree {
        /// Its folder.
        path: PathBuf,
        /// Its newest commit.
        head: CommitId,
    },
    /// A file or folder among the worktrees that is none.
    Folder {
        /// Where it is.
        path: PathBuf,
    },
    /// A part of a removal that was cut off.
    Trash {
        /// Where it is.
        path: PathBuf,
    },
    /// An entry of git's list of worktrees whose worktree is gone.
    Registration {
        /// The entry's folder in the repository.
        entry: PathBuf,
        /// Where the worktree was.
        path: PathBuf,
        /// Its newest commit; none where a branch was checked out.
        head: Option<CommitId>,
    },
    /// A branch of an agent, here or as last fetched.
    Branch {
        /// Its full name, such as `refs/heads/agent/task-1-20250101000000`.
        name: String,
        /// Its newest commit.
        tip: CommitId,
    },
    /// A reference by which earlier work was kept.
    KeptCommit {
        /// Its full name.
        name: String,
        /// Its commit.
        commit: CommitId,
    },
    /// Files of a run that the journal does not know.
    RunFiles {
        /// Where they are.
        path: PathBuf,
    },
}

impl Item {
    /// Where it is: a path, or the name of a reference.
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

    /// What it is, in a word or two.
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

/// Why removing something loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// A branch that stays has its commits.
    InBranch {
        /// The branch.
        branch: String,
    },
    /// It is the work that landed.
    Landed {
        /// The commit by which it is in the base branch.
        commit: CommitId,
    },
    /// Its task is over, and a branch of an agent has its commits, which is decided on for itself.
    OnAgentBranch,
    /// Its task is over, and what is nowhere else is kept under `refs/octopoid/kept/` first.
    KeptFirst,
    /// Every file in it is in a commit, or there is none.
    NothingOfItsOwn,
    /// It is left from a removal or a run that was cut off.
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
            Proof::NothingOfItsOwn => f.write_str("nothing in it is its own"),
            Proof::CutOff => f.write_str("it was being removed already"),
        }
    }
}

/// Why something stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptBecause {
    /// A run on this machine uses it.
    InUse,
    /// Its task is not over.
    Unfinished {
        /// Where the task stands.
        queue: Queue,
    },
    /// Its task stands still, and can go on with it.
    CanGoOn {
        /// Where the task stands.
        queue: Queue,
    },
    /// Its task landed, but the base branch here does not have that commit yet.
    NotSeenYet {
        /// The commit by which the task landed.
        commit: CommitId,
    },
    /// The store does not know its task, and never deleted one of that name.
    UnknownTask,
    /// It is not Octopoid's.
    Foreign,
    /// It was in the way of a worktree and was moved aside; only a person can say what it is worth.
    MovedAside,
    /// It holds a repository that a commit cannot hold.
    Repository {
        /// Where in it.
        path: PathBuf,
    },
    /// It holds a file that is in no commit.
    OnlyCopy {
        /// Where in it.
        path: PathBuf,
    },
    /// The branch is checked out.
    CheckedOut {
        /// Where.
        path: PathBuf,
    },
    /// No branch has the commit.
    OnNoBranch,
    /// It could not be looked at.
    Unreadable {
        /// Why.
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
            KeptBecause::Unreadable { error } => write!(f, "it could not be looked at: {error}"),
        }
    }
}

/// Something that clean-up removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Removal {
    /// What.
    #[serde(flatten)]
    pub item: Item,
    /// The task that it belongs to.
    pub task: Option<TaskId>,
    /// Why that loses nothing.
    pub why: Proof,
}

/// Something that clean-up keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// What.
    #[serde(flatten)]
    pub item: Item,
    /// The task that it belongs to.
    pub task: Option<TaskId>,
    /// Why.
    pub why: KeptBecause,
}

/// What a clean-up removes and what it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CleanupPlan {
    /// What it removes, in this order.
    pub removals: Vec<Removal>,
    /// What it keeps.
    pub kept: Vec<Kept>,
}
