//! Clean-up: removes worktrees, agents' branches and remainders of removals and runs, unless that would lose work (I23, I41).
//!
//! [`Cleanup::plan`] surveys this disk, asks the store for the tasks that have something here, and decides with a pure function
//! what can be removed and why. [`Cleanup::carry_out`] does exactly what a plan says, so printing a plan is the dry run. An
//! orchestrator does both at its start, and whenever a task has ended that has something here.

mod carry_out;
mod evidence;
mod expiry;
mod item;
mod plan;
mod size;
mod survey;

pub use carry_out::CleanupError;
pub use item::{CleanupPlan, Item, Kept, KeptBecause, Proof, Removal};
pub use size::disk_usage;

pub(super) use expiry::expire;
pub(super) use plan::Standing;
pub(super) use survey::{Known, Owner, Whose};

use crate::git::Repository;
use crate::model::{EventKind, RunId, Scope, TaskId};
use crate::orchestrator::disk::layout::Layout;
use crate::orchestrator::failpoint::{Observer, Point};
use crate::orchestrator::settings::Settings;
use crate::orchestrator::shared::blocking;
use crate::store::{EventQuery, Store, StoreError, StoreExt, TaskQuery};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use survey::Place;

/// Clean-up of one installation on one machine.
#[derive(Debug, Clone)]
pub struct Cleanup {
    place: Place,
    /// Run that cleans up after itself, and the observer of its points.
    run: Option<RunId>,
    observer: Option<Arc<dyn Observer>>,
}

impl Cleanup {
    /// Creates a clean-up of a repository's worktrees under `layout`.
    pub fn new(repository: Repository, layout: Layout, settings: &Settings) -> Self {
        let (base_branch, remote) = (settings.base_branch.clone(), settings.remote.clone());
        Self { place: Place { repository, layout, base_branch, remote }, run: None, observer: None }
    }

    /// Makes the clean-up part of a run, which does not count as a use of its own worktree.
    pub(super) fn of_run(mut self, run: RunId, observer: Option<Arc<dyn Observer>>) -> Self {
        (self.run, self.observer) = (Some(run), observer);
        self
    }

    /// Decides what can be removed on this machine.
    ///
    /// Changes nothing, except that the base branch is fetched if a task landed by a commit that is not in the local repository
    /// yet.
    ///
    /// # Errors
    /// Returns a [`CleanupError`] if the store, git or the disk fails.
    pub async fn plan(&self, store: &dyn Store, scope: &Scope) -> Result<CleanupPlan, CleanupError> {
        self.plan_for(store, scope, Whose::All, BTreeMap::new()).await
    }

    /// Like [`Cleanup::plan`], but only for the items of some tasks. Owners in `known` are not looked up in the store.
    pub(super) async fn plan_for(
        &self,
        store: &dyn Store,
        scope: &Scope,
        whose: Whose,
        mut known: BTreeMap<Owner, Known>,
    ) -> Result<CleanupPlan, CleanupError> {
        let place = self.place.clone();
        let found = blocking(move || place.survey(&whose)).await?;
        if found.is_empty() {
            return Ok(CleanupPlan::default());
        }
        let owners: BTreeSet<_> = found.iter().map(|found| found.owner.clone()).collect();
        for owner in owners {
            if let Entry::Vacant(place) = known.entry(owner) {
                let about = ask(store, scope, place.key()).await?;
                place.insert(about);
            }
        }
        let (place, run) = (self.place.clone(), self.run.clone());
        blocking(move || {
            let in_use = place.in_use(run.as_ref())?;
            Ok(plan::plan(place.examine(found, &known, &in_use)))
        })
        .await
    }

    fn reached(&self, point: Point) {
        if let (Some(observer), Some(run)) = (&self.observer, &self.run) {
            observer.reached(point, run);
        }
    }
}

/// Asks the store for what it knows of an owner.
async fn ask(store: &dyn Store, scope: &Scope, owner: &Owner) -> Result<Known, StoreError> {
    let task = match owner {
        Owner::Nothing => return Ok(Known::nothing(Standing::None)),
        Owner::Task(id) => match store.task(scope, id).await {
            Ok(task) => Some(task),
            Err(error) if error.is_not_found() => {
                let deleted = was_deleted(store, scope, id).await?;
                return Ok(Known::nothing(if deleted { Standing::Dropped } else { Standing::Unknown }));
            }
            Err(error) => return Err(error),
        },
        Owner::Project(project, branch) => {
            let mut query = TaskQuery::new(scope.clone());
            query.project = Some(project.clone());
            let handed_in = |task: &crate::model::Task| {
                let submission = task.submission.as_ref();
                submission.is_some_and(|submission| submission.branch.as_deref() == Some(branch))
            };
            store.all_tasks(&query).await?.into_iter().find(handed_in)
        }
    };
    Ok(task.as_ref().map_or(Known::nothing(Standing::Unknown), Known::of))
}

/// Returns whether a task that does not exist was deleted: the worktrees may have been created for another store.
async fn was_deleted(store: &dyn Store, scope: &Scope, id: &TaskId) -> Result<bool, StoreError> {
    let mut query = EventQuery::after(scope.clone(), 0).of_task(id.clone());
    loop {
        let events = store.events(&query).await?;
        let Some(last) = events.last() else { return Ok(false) };
        if events.iter().any(|event| event.kind == EventKind::Deleted) {
            return Ok(true);
        }
        query.after = last.seq;
    }
}

impl Known {
    /// Returns what clean-up needs to know of a task.
    pub(super) fn of(task: &crate::model::Task) -> Self {
        Self {
            task: Some(task.id.clone()),
            standing: Standing::of(task),
            submitted: task.submission.as_ref().and_then(|submission| submission.head.clone()),
            branch: task.branch.clone(),
        }
    }
}
