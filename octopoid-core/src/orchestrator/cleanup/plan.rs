//! Decision of a clean-up: which items may be removed and why that loses nothing, and which are kept and why. Pure functions.

use super::item::{CleanupPlan, Item, Kept, KeptBecause, Proof, Removal};
use crate::model::{CommitId, Queue, State, Task, TaskId};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// State of a task, as far as clean-up is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Task will go on.
    Unfinished(Queue),
    /// Task has stopped, and a person may continue it.
    Stopped(Queue),
    /// Work of the task is in the base branch.
    Landed(CommitId),
    /// Task is done, and no work of it landed.
    Done,
    /// Task was cancelled or deleted by a person.
    Dropped,
    /// Task is unknown to the store.
    Unknown,
    /// Item belongs to no task.
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
            // The work is done in subtasks, which have their own worktrees.
            state if task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done) => {
                Standing::Stopped(state.queue())
            }
            state => Standing::Unfinished(state.queue()),
        }
    }
}

/// Result of examining one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) item: Item,
    pub(crate) task: Option<TaskId>,
    pub(crate) standing: Standing,
    /// Whether a run on this machine uses the worktree of its task.
    pub(crate) in_use: bool,
    pub(crate) content: Content,
}

/// Content of an item, and where else that content is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Content {
    /// Whether it contains uncommitted changes.
    pub(crate) dirty: bool,
    /// Branch, other than an agent's, that contains its commit.
    pub(crate) branch: Option<String>,
    /// Whether a branch of an agent contains its commit.
    pub(crate) on_agent_branch: bool,
    /// Whether its commit is the work that its task landed, or a part of it.
    pub(crate) of_landed_work: bool,
    /// Whether the local copy of the base branch contains the commit by which its task landed.
    ///
    /// `None` if the remote cannot be asked.
    pub(crate) landing_seen: Option<bool>,
    /// Repository in it that a commit cannot hold.
    pub(crate) repository: Option<PathBuf>,
    /// File in it that is in no commit.
    pub(crate) only_copy: Option<PathBuf>,
    /// Whether it is empty.
    pub(crate) empty: bool,
    /// Path where the branch is checked out.
    pub(crate) checked_out: Option<PathBuf>,
    /// Reason why it could not be examined.
    pub(crate) unreadable: Option<String>,
}

/// Decides on all examined items.
pub(crate) fn plan(findings: Vec<Finding>) -> CleanupPlan {
    let mut all = CleanupPlan::default();
    // Worktrees first: a branch that is checked out only in removed worktrees can be removed after them.
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
            // A commit cannot keep the inner repository, and the work that landed does not contain it.
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

/// Decides on an item that holds commits.
fn of_commits(finding: &Finding) -> Result<Proof, KeptBecause> {
    let content = &finding.content;
    if finding.in_use {
        return Err(KeptBecause::InUse);
    }
    let in_branch = content.branch.clone().map(|branch| Proof::InBranch { branch });
    // Nothing is lost if a branch contains the commits and there are no other changes.
    let nothing_else = in_branch.filter(|_| !content.dirty);
    match &finding.standing {
        Standing::Unfinished(queue) => Err(KeptBecause::Unfinished { queue: *queue }),
        Standing::None => Err(KeptBecause::Foreign),
        Standing::Stopped(queue) => nothing_else.ok_or(KeptBecause::CanGoOn { queue: *queue }),
        // The name proves that a branch is one of ours; the name of a folder does not.
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

/// Decides on a folder that is not a worktree: one that was partly removed, moved aside, or made by a person.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(digit: char) -> CommitId {
        CommitId::new(digit.to_string().repeat(40)).unwrap()
    }

    fn worktree() -> Item {
        Item::Worktree { path: "/w/task-1".into(), head: commit('a') }
    }

    fn branch() -> Item {
        Item::Branch { name: "refs/heads/agent/task-1-20250101000000".to_owned(), tip: commit('a') }
    }

    fn finding(item: Item, standing: Standing, content: Content) -> Finding {
        Finding { item, task: Some(TaskId::numbered(1)), standing, in_use: false, content }
    }

    fn decided(item: Item, standing: &Standing, content: &Content) -> Result<Proof, KeptBecause> {
        decide(&finding(item, standing.clone(), content.clone()), &BTreeSet::new())
    }

    #[test]
    fn i41_what_holds_commits_goes_only_where_they_are_elsewhere() {
        let landed = Standing::Landed(commit('b'));
        let clean = Content::default();
        let in_main = Content { branch: Some("main".to_owned()), ..Content::default() };
        let on_agents = Content { on_agent_branch: true, ..Content::default() };
        let dirty = Content { dirty: true, ..in_main.clone() };
        let seen = Content { landing_seen: Some(true), of_landed_work: true, ..Content::default() };
        let other = Content { of_landed_work: false, ..seen.clone() };
        let seen_dirty = Content { dirty: true, ..seen.clone() };
        let moved_back = Content { landing_seen: Some(false), ..Content::default() };
        let nested = Content { repository: Some("inner".into()), ..seen_dirty.clone() };
        let is_in_main = || Ok(Proof::InBranch { branch: "main".to_owned() });
        let queue = Queue::NeedsContinuation;
        let can_go_on = || Err(KeptBecause::CanGoOn { queue });
        let unfinished = || Err(KeptBecause::Unfinished { queue: Queue::Incoming });
        for (standing, content, of_worktree, of_branch) in [
            (Standing::Unfinished(Queue::Incoming), &in_main, unfinished(), unfinished()),
            (Standing::Stopped(queue), &in_main, is_in_main(), can_go_on()),
            (Standing::Stopped(queue), &clean, can_go_on(), can_go_on()),
            (Standing::Stopped(queue), &dirty, can_go_on(), can_go_on()),
            (Standing::Dropped, &in_main, is_in_main(), is_in_main()),
            (Standing::Dropped, &clean, Ok(Proof::KeptFirst), Ok(Proof::KeptFirst)),
            (Standing::Dropped, &on_agents, Ok(Proof::OnAgentBranch), Ok(Proof::KeptFirst)),
            (Standing::Dropped, &dirty, Ok(Proof::KeptFirst), Ok(Proof::KeptFirst)),
            (Standing::Done, &clean, Ok(Proof::KeptFirst), Ok(Proof::KeptFirst)),
            (Standing::Unknown, &in_main, Err(KeptBecause::UnknownTask), is_in_main()),
            (Standing::Unknown, &clean, Err(KeptBecause::UnknownTask), Err(KeptBecause::UnknownTask)),
            (Standing::None, &in_main, Err(KeptBecause::Foreign), Err(KeptBecause::Foreign)),
            (landed.clone(), &in_main, is_in_main(), is_in_main()),
            (
                landed.clone(),
                &seen,
                Ok(Proof::Landed { commit: commit('b') }),
                Ok(Proof::Landed { commit: commit('b') }),
            ),
            (landed.clone(), &other, Ok(Proof::KeptFirst), Ok(Proof::KeptFirst)),
            (landed.clone(), &seen_dirty, Ok(Proof::KeptFirst), Ok(Proof::KeptFirst)),
            (landed.clone(), &moved_back, Ok(Proof::KeptFirst), Ok(Proof::KeptFirst)),
            (
                landed.clone(),
                &clean,
                Err(KeptBecause::NotSeenYet { commit: commit('b') }),
                Err(KeptBecause::NotSeenYet { commit: commit('b') }),
            ),
            (
                landed.clone(),
                &nested,
                Err(KeptBecause::Repository { path: "inner".into() }),
                Ok(Proof::KeptFirst),
            ),
        ] {
            assert_eq!(decided(worktree(), &standing, content), of_worktree, "{standing:?} {content:?}");
            assert_eq!(decided(branch(), &standing, content), of_branch, "{standing:?} {content:?}");
        }
    }

    #[test]
    fn i41_what_is_in_use_or_could_not_be_looked_at_stays() {
        let clean = Content { branch: Some("main".to_owned()), ..Content::default() };
        let mut used = finding(worktree(), Standing::Dropped, clean.clone());
        used.in_use = true;
        assert_eq!(decide(&used, &BTreeSet::new()), Err(KeptBecause::InUse));
        let error = "no such file".to_owned();
        let unreadable = Content { unreadable: Some(error.clone()), ..clean };
        assert_eq!(
            decided(worktree(), &Standing::Dropped, &unreadable),
            Err(KeptBecause::Unreadable { error })
        );
    }

    #[test]
    fn a_branch_that_only_a_removed_worktree_has_checked_out_goes_after_it() {
        let content = Content { branch: Some("main".to_owned()), ..Content::default() };
        let held = Content { checked_out: Some("/w/task-1".into()), ..content.clone() };
        let alone = plan(vec![finding(branch(), Standing::Dropped, held.clone())]);
        assert_eq!(alone.kept[0].why, KeptBecause::CheckedOut { path: "/w/task-1".into() });
        let both = plan(vec![
            finding(branch(), Standing::Dropped, held),
            finding(worktree(), Standing::Dropped, content),
        ]);
        let order: Vec<_> = both.removals.iter().map(|removal| removal.item.word()).collect();
        assert_eq!(order, ["worktree", "branch"]);
    }

    #[test]
    fn i41_folders_that_are_no_worktrees_go_only_where_every_file_is_in_a_commit() {
        let folder = |name: &str| Item::Folder { path: format!("/w/{name}").into() };
        let proven = Content::default();
        let own = Content { only_copy: Some("own.txt".into()), ..Content::default() };
        let empty = Content { empty: true, ..Content::default() };
        let queue = Queue::Failed;
        for (name, standing, content, expected) in [
            ("task-1", Standing::Dropped, &proven, Ok(Proof::NothingOfItsOwn)),
            ("task-1", Standing::Dropped, &own, Err(KeptBecause::OnlyCopy { path: "own.txt".into() })),
            ("task-1", Standing::Stopped(queue), &proven, Err(KeptBecause::CanGoOn { queue })),
            ("task-1", Standing::Stopped(queue), &empty, Ok(Proof::NothingOfItsOwn)),
            ("task-1", Standing::Unknown, &empty, Err(KeptBecause::UnknownTask)),
            ("notes", Standing::None, &proven, Err(KeptBecause::Foreign)),
            ("task-1.kept-1", Standing::Unknown, &proven, Err(KeptBecause::MovedAside)),
            ("task-1.kept-2", Standing::Unknown, &empty, Ok(Proof::NothingOfItsOwn)),
        ] {
            assert_eq!(decided(folder(name), &standing, content), expected, "{name} {standing:?}");
        }
    }
}
