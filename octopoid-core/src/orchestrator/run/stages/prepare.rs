//! Making the workspace ready.

use crate::git::{GitError, Repository, Worktree};
use crate::model::{CommitId, RunStage, Task, Usage};
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::run::{RunAbort, RunContext, Settlement};
use crate::orchestrator::shared::blocking;
use crate::role::{Workspace, WorkspaceKind};
use crate::store::UsageQuery;
use crate::transition::{Command, Purpose};
use std::path::{Path, PathBuf};

impl RunContext {
    /// What is left of the task's budget; a person decides when nothing is.
    pub(in crate::orchestrator::run) async fn over_budget(&mut self) -> Result<Option<Settlement>, RunAbort> {
        let most = self.shared.settings.limits.cost_usd_per_task;
        let spent = self.spent().await?.cost_usd - self.recorded_usd().await?;
        self.spent_usd = spent;
        if spent < most {
            return Ok(None);
        }
        let reason = format!(
            "the task has cost ${spent:.2}, and `limits.cost_usd_per_task` is ${most:.2}; raise the limit and retry the task"
        );
        Ok(Some(Settlement {
            command: Command::Suspend { actor: self.holder(), reason, question: false },
            pause: None,
        }))
    }

    /// What of this run's own costs is in the store, from before a restart.
    async fn recorded_usd(&self) -> Result<f64, RunAbort> {
        if !self.resumed {
            return Ok(0.0);
        }
        let (scope, id) = (&self.task.scope, &self.entry.run.id);
        match self.retry(|| self.shared.store.run(scope, id)).await {
            Ok(run) => Ok(run.usage.cost_usd),
            Err(error) if error.is_not_found() => Ok(0.0),
            Err(error) => Err(self.abort_reason(&error)),
        }
    }

    /// What the task's runs have used so far.
    pub(in crate::orchestrator::run) async fn spent(&self) -> Result<Usage, RunAbort> {
        let mut query = UsageQuery::new(self.task.scope.clone());
        query.task = Some(self.task.id.clone());
        self.require(|| self.shared.store.usage(&query)).await
    }

    /// The folder the role works in.
    pub(in crate::orchestrator::run) fn workspace_path(&self) -> PathBuf {
        match self.workspace_kind() {
            WorkspaceKind::Own | WorkspaceKind::Task => self.shared.layout.worktree(&self.task.id),
            WorkspaceKind::None => self.shared.layout.run_files(&self.entry.run.id).join("workspace"),
        }
    }

    pub(in crate::orchestrator::run) fn workspace_kind(&self) -> WorkspaceKind {
        let role = self.entry.run.role.as_ref().and_then(|name| self.shared.roles.get(name));
        role.map_or(WorkspaceKind::Own, |role| role.spec().workspace)
    }

    /// The workspace as the role found it.
    pub(in crate::orchestrator::run) fn workspace(&self) -> Workspace {
        Workspace {
            path: self.workspace_path(),
            base_branch: self.entry.base_branch.clone(),
            base: self.entry.base.clone(),
            tip: self.entry.tip.clone(),
            head: self.entry.start.clone(),
        }
    }

    /// Makes the workspace ready; what an earlier attempt left there stays.
    pub(in crate::orchestrator::run) async fn prepare(&mut self) -> Result<(), RunAbort> {
        if self.entry.run.stage >= RunStage::Prepared && self.workspace_path().exists() {
            return Ok(());
        }
        self.check()?;
        if self.workspace_kind() == WorkspaceKind::None {
            std::fs::create_dir_all(self.workspace_path())?;
        } else {
            if let Err(RunAbort::Fault(message)) = self.fetch().await {
                // Work can begin from what is here; the landing will fetch again.
                self.log.note(self.shared.now(), &format!("could not fetch the base branch: {message}"));
            }
            self.need_project_branch().await?;
            let fetched = self.fetch_work().await?;
            let tip = self.base().await?.tip;
            let wanted = self.task.submission.as_ref().and_then(|submission| submission.head.clone());
            // What another machine has done since counts more than what this one had.
            let exact = fetched || self.entry.purpose == Purpose::Review;
            let (repository, path, start) =
                (self.shared.repository.clone(), self.workspace_path(), tip.clone());
            let owner = Owner::of(&self.task);
            let guard = self.shared.worktrees.lock().await;
            let ready =
                blocking(move || make_ready(&repository, &path, &start, wanted, exact, &owner)).await?;
            drop(guard);
            if ready.others {
                let folder = self.workspace_path();
                self.log.note(
                    self.shared.now(),
                    &format!(
                        "`{}` held the work of another task of this id: the folder is kept beside it as `….kept-N`, its \
                         commits under refs/octopoid/kept/",
                        folder.display()
                    ),
                );
            }
            self.make_checkout_ready(&self.workspace_path()).await?;
            self.entry.tip = Some(tip);
            self.entry.base = Some(ready.base);
            self.entry.start = Some(ready.head);
        }
        // Reaches the journal with the next stage: making a workspace ready twice is the same as once.
        self.reach(RunStage::Prepared);
        self.shared.reached(Point::Prepared, &self.entry.run.id);
        Ok(())
    }
}

/// Task for which a worktree is made.
///
/// Ids are unique within the scope of one store only, and the folder may have been used with another store, or by the original
/// Octopoid: work that was made for another task of the same id must not become part of this one's.
#[derive(Debug, Clone)]
pub(in crate::orchestrator::run) struct Owner {
    /// What tells it from every other task.
    name: String,
    /// Whether it has been worked on before, so that a worktree without an owner may be its own, of an earlier version.
    begun: bool,
}

impl Owner {
    pub(in crate::orchestrator::run) fn of(task: &Task) -> Self {
        let Task { scope, id, seq, created_at, .. } = task;
        let name = format!("{scope}/{id} #{seq} of {created_at}");
        Self { name, begun: task.counters.runs > 1 || task.submission.is_some() }
    }

    /// Returns whether the task may go on in a worktree: in its own, or in one that has nothing beyond the base branch, as a kill
    /// leaves it before its owner is noted.
    fn may_use(&self, repository: &Repository, worktree: &Worktree, tip: &CommitId) -> bool {
        let own = worktree.owner().map_or(self.begun, |name| name == self.name);
        let is_bare =
            || Ok::<_, GitError>(repository.is_ancestor(&worktree.head()?, tip)? && !worktree.is_dirty()?);
        // One that cannot even be looked at is not worked in.
        own || is_bare().unwrap_or(false)
    }
}

/// Worktree that is ready for a task.
pub(in crate::orchestrator::run) struct Ready {
    /// What its work stands on.
    pub(in crate::orchestrator::run) base: CommitId,
    /// The newest commit of its work.
    pub(in crate::orchestrator::run) head: CommitId,
    /// Whether the folder held another task's work, which was moved aside.
    pub(in crate::orchestrator::run) others: bool,
}

/// Makes a worktree with the task's work so far, or one at the base branch's tip.
pub(in crate::orchestrator::run) fn make_ready(
    repository: &Repository,
    path: &Path,
    tip: &CommitId,
    submitted: Option<CommitId>,
    exact: bool,
    owner: &Owner,
) -> Result<Ready, GitError> {
    let submitted = submitted.filter(|commit| repository.has_commit(commit));
    let there = Worktree::open(repository, path).ok();
    let others = there.as_ref().is_some_and(|worktree| !owner.may_use(repository, worktree, tip));
    let worktree = match there.filter(|_| !others) {
        Some(worktree) => {
            worktree.recover()?;
            worktree
        }
        // Another task's folder is moved aside, and its commits are kept under a name.
        None => repository.worktree_add(path, submitted.as_ref().unwrap_or(tip))?,
    };
    worktree.set_owner(&owner.name)?;
    let mut head = worktree.head()?;
    if exact {
        // A reviewer judges exactly what was submitted.
        let wanted = submitted.unwrap_or_else(|| head.clone());
        if wanted != head || worktree.is_dirty()? {
            worktree.set_aside(&wanted)?;
            head = wanted;
        }
    } else if head != *tip && repository.is_ancestor(&head, tip)? && !worktree.is_dirty()? {
        // Nothing of its own yet: begin from the newest commit.
        worktree.reset_hard(tip)?;
        head = tip.clone();
    }
    let base = repository.merge_base(&head, tip)?.unwrap_or_else(|| tip.clone());
    Ok(Ready { base, head, others })
}

/// What [`make_ready`] would give, with nothing touched.
pub(in crate::orchestrator::run) fn would_be_ready(
    repository: &Repository,
    path: &Path,
    tip: &CommitId,
    submitted: Option<CommitId>,
    exact: bool,
    owner: &Owner,
) -> Result<(CommitId, CommitId), GitError> {
    let submitted = submitted.filter(|commit| repository.has_commit(commit));
    let worktree = Worktree::open(repository, path).ok();
    let worktree = worktree.filter(|worktree| owner.may_use(repository, worktree, tip));
    let begun = match &worktree {
        Some(worktree) => Some(worktree.head()?),
        None => None,
    };
    let dirty = match &worktree {
        Some(worktree) => worktree.is_dirty()?,
        None => false,
    };
    let mut head = match (begun, submitted) {
        (Some(_), Some(wanted)) if exact => wanted,
        (Some(begun), _) => begun,
        (None, submitted) => submitted.unwrap_or_else(|| tip.clone()),
    };
    if !exact && !dirty && head != *tip && repository.is_ancestor(&head, tip)? {
        head = tip.clone();
    }
    let base = repository.merge_base(&head, tip)?.unwrap_or_else(|| tip.clone());
    Ok((base, head))
}
