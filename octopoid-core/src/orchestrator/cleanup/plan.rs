//! The decision: what may be removed and why that loses nothing, and what is kept and why.

use crate::model::{CommitId, Queue, State, Task, TaskId};
use serde::Serialize;
use std::collections::BTreeSet;
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

/// Where a task stands, as far as clean-up is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It will go on.
    Unfinished(Queue),
    /// It stands still, and a person may let it go on.
    Stopped(Queue),
    /// Its work is in the base branch.
    Landed(CommitId),
    /// It is done, and nothing of it landed.
    Done,
    /// A person called it off, or removed it.
    Dropped,
    /// The store does not know it.
    Unknown,
    /// It belongs to no task.
    None,
}

impl Standing {
    pub(crate) fn of(task: &Task) -> Self {
        match &task.state {
            State::Done { landed: Some(commit), .. } => Standing::Landed(commit.clone()),
            State::Done { landed: None, .. } => Standing::Done,
            state if state.is_cancelled() => Standing::Dropped,
            state @ (State::NeedsContinuation { .. } | State::Failed { .. }) => {
                Standing::Stopped(state.queue())
            }
            // It is done in parts, which have worktrees of their own.
            state if task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done) => {
                Standing::Stopped(state.queue())
            }
            state => Standing::Unfinished(state.queue()),
        }
    }
}

/// What was found out about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) item: Item,
    pub(crate) task: Option<TaskId>,
    pub(crate) standing: Standing,
    /// Whether a run on this machine uses its task's worktree.
    pub(crate) in_use: bool,
    pub(crate) content: Content,
}

/// What a thing holds, and where else that is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Content {
    /// Whether it holds changes that are not committed.
    pub(crate) dirty: bool,
    /// A branch, other than an agent's, that contains its commit.
    pub(crate) branch: Option<String>,
    /// Whether a branch of an agent contains its commit.
    pub(crate) on_agent_branch: bool,
    /// Whether its commit is the work that its task landed, or a part of it.
    pub(crate) of_landed_work: bool,
    /// Whether the base branch here has the commit by which its task landed; not known where it cannot be asked.
    pub(crate) landing_seen: Option<bool>,
    /// A repository in it that a commit cannot hold.
    pub(crate) repository: Option<PathBuf>,
    /// A file in it that is in no commit.
    pub(crate) only_copy: Option<PathBuf>,
    /// Whether it holds nothing at all.
    pub(crate) empty: bool,
    /// Where the branch is checked out.
    pub(crate) checked_out: Option<PathBuf>,
    /// Why it could not be looked at.
    pub(crate) unreadable: Option<String>,
}

/// Decides on everything that was found.
pub(crate) fn plan(findings: Vec<Finding>) -> CleanupPlan {
    let mut all = CleanupPlan::default();
    // Worktrees first: a branch that only they have checked out goes after them.
    let (branches, others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| matches!(finding.item, Item::Branch { .. }));
    let mut gone = BTreeSet::new();
    for finding in others {
        let verdict = decide(&finding, &gone);
        if let (Ok(_), Item::Worktree { path, .. } | Item::Registration { path, .. }) =
            (&verdict, &finding.item)
        {
            gone.insert(path.clone());
        }
        all.add(finding, verdict);
    }
    for finding in branches {
        let verdict = decide(&finding, &gone);
        all.add(finding, verdict);
    }
    all
}

impl CleanupPlan {
    fn add(&mut self, finding: Finding, verdict: Result<Proof, KeptBecause>) {
        let Finding { item, task, .. } = finding;
        match verdict {
            Ok(why) => self.removals.push(Removal { item, task, why }),
            Err(why) => self.kept.push(Kept { item, task, why }),
        }
    }
}

fn decide(finding: &Finding, gone: &BTreeSet<PathBuf>) -> Result<Proof, KeptBecause> {
    let content = &finding.content;
    if let Some(error) = &content.unreadable {
        return Err(KeptBecause::Unreadable { error: error.clone() });
    }
    match &finding.item {
        Item::Trash { .. } | Item::RunFiles { .. } => Ok(Proof::CutOff),
        Item::KeptCommit { .. } => match &content.branch {
            Some(branch) => Ok(Proof::InBranch { branch: branch.clone() }),
            None => Err(KeptBecause::OnNoBranch),
        },
        Item::Folder { .. } => of_folder(finding),
        Item::Worktree { .. } => {
            let proof = of_commits(finding)?;
            // A commit cannot keep it, and the work that landed does not have it.
            if let Some(path) = &content.repository {
                return Err(KeptBecause::Repository { path: path.clone() });
            }
            Ok(proof)
        }
        Item::Registration { .. } => of_commits(finding),
        Item::Branch { .. } => {
            if let Standing::Stopped(queue) = finding.standing {
                return Err(KeptBecause::CanGoOn { queue });
            }
            let proof = of_commits(finding)?;
            match &content.checked_out {
                Some(path) if !gone.contains(path) => Err(KeptBecause::CheckedOut { path: path.clone() }),
                _ => Ok(proof),
            }
        }
    }
}

/// Of what holds commits.
fn of_commits(finding: &Finding) -> Result<Proof, KeptBecause> {
    let content = &finding.content;
    if finding.in_use {
        return Err(KeptBecause::InUse);
    }
    let in_branch = content.branch.clone().map(|branch| Proof::InBranch { branch });
    // Nothing is lost where a branch has the commits and there is nothing else.
    let nothing_else = in_branch.filter(|_| !content.dirty);
    match &finding.standing {
        Standing::Unfinished(queue) => Err(KeptBecause::Unfinished { queue: *queue }),
        Standing::None => Err(KeptBecause::Foreign),
        Standing::Stopped(queue) => nothing_else.ok_or(KeptBecause::CanGoOn { queue: *queue }),
        // Its name is a sure sign of a branch of ours, and none of a folder.
        Standing::Unknown => nothing_else
            .filter(|_| matches!(finding.item, Item::Branch { .. }))
            .ok_or(KeptBecause::UnknownTask),
        Standing::Landed(commit) => match (nothing_else, content.landing_seen) {
            (Some(proof), _) => Ok(proof),
            (None, None) => Err(KeptBecause::NotSeenYet { commit: commit.clone() }),
            (None, Some(true)) if content.of_landed_work && !content.dirty => {
                Ok(Proof::Landed { commit: commit.clone() })
            }
            (None, Some(_)) => Ok(kept_first(finding)),
        },
        Standing::Done | Standing::Dropped => Ok(nothing_else.unwrap_or_else(|| kept_first(finding))),
    }
}

fn kept_first(finding: &Finding) -> Proof {
    let branch = matches!(finding.item, Item::Branch { .. });
    if finding.content.on_agent_branch && !finding.content.dirty && !branch {
        Proof::OnAgentBranch
    } else {
        Proof::KeptFirst
    }
}

/// Of a folder that is no worktree: one that was half removed, moved aside, or is somebody's.
fn of_folder(finding: &Finding) -> Result<Proof, KeptBecause> {
    let content = &finding.content;
    if is_moved_aside(&finding.item) {
        return if content.empty { Ok(Proof::NothingOfItsOwn) } else { Err(KeptBecause::MovedAside) };
    }
    if finding.in_use {
        return Err(KeptBecause::InUse);
    }
    match &finding.standing {
        Standing::Unfinished(queue) => Err(KeptBecause::Unfinished { queue: *queue }),
        Standing::Stopped(queue) if !content.empty => Err(KeptBecause::CanGoOn { queue: *queue }),
        Standing::Unknown => Err(KeptBecause::UnknownTask),
        Standing::None => Err(KeptBecause::Foreign),
        Standing::Stopped(_) | Standing::Landed(_) | Standing::Done | Standing::Dropped => {
            match &content.only_copy {
                Some(path) => Err(KeptBecause::OnlyCopy { path: path.clone() }),
                None => Ok(Proof::NothingOfItsOwn),
            }
        }
    }
}

fn is_moved_aside(item: &Item) -> bool {
    let Item::Folder { path } = item else { return false };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.rsplit_once(".kept-")
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}
