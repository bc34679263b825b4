//! Setting of a case: an empty store, a clock, and common operations.

use super::clock::SteppedClock;
use super::verdict::{Verdict, Wrong};
use octopoid_core::model::{
    AgentName, ClaimToken, Event, EventKind, Holder, NewProject, NewTask, OrchestratorId, ProjectId, Queue,
    Scope, Submission, Task, TaskId,
};
use octopoid_core::store::{ClaimRequest, IdempotentStore, Result, Store, StoreExt};
use octopoid_core::transition::{Actor, Command, Purpose};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// How long the leases of these cases are.
pub(super) const LEASE: Duration = Duration::from_secs(60);

pub(super) struct Setting {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<SteppedClock>,
    pub(super) scope: Scope,
}

/// The same over a store whose writes can be made idempotent.
pub(super) struct IdempotentSetting {
    pub(super) idempotent: Arc<dyn IdempotentStore>,
    plain: Setting,
}

impl IdempotentSetting {
    pub(super) fn new(store: Arc<dyn IdempotentStore>, clock: Arc<SteppedClock>) -> Self {
        let plain = Setting { store: store.clone(), clock, scope: Scope::single() };
        Self { idempotent: store, plain }
    }
}

impl Deref for IdempotentSetting {
    type Target = Setting;

    fn deref(&self) -> &Setting {
        &self.plain
    }
}

impl Setting {
    /// A task with a title and the rest as usual.
    pub(super) async fn create(&self, title: &str) -> Result<Task> {
        self.store.create_task(NewTask::new(title, "What is to be done.")).await
    }

    /// A project under an id, if it is not there yet.
    pub(super) async fn project(&self, scope: &Scope, id: &ProjectId) -> Result<()> {
        match self.store.project(scope, id).await {
            Err(error) if error.is_not_found() => {
                let mut new = NewProject::new(scope.clone(), "A project", "main");
                new.id = Some(id.clone());
                self.store.create_project(new).await.map(drop)
            }
            known => known.map(drop),
        }
    }

    /// A task that waits for others.
    pub(super) async fn create_after(&self, title: &str, blockers: &[&Task]) -> Result<Task> {
        let blockers = blockers.iter().map(|task| task.id.clone());
        self.store.create_task(NewTask::new(title, "What is to be done.").with_blocked_by(blockers)).await
    }

    /// A request for any task, by `agent` on `machine`.
    pub(super) fn request(&self, purpose: Purpose, token: &str) -> Verdict<ClaimRequest> {
        Ok(ClaimRequest::new(self.scope.clone(), purpose, holder("machine")?, ClaimToken::new(token)?, LEASE))
    }

    /// A claim on the next task.
    pub(super) async fn claim(&self, purpose: Purpose, token: &str) -> Verdict<Task> {
        let claimed = self.store.claim(&self.request(purpose, token)?).await?;
        claimed.ok_or_else(|| Wrong::new("there was nothing to claim"))
    }

    /// A new task, claimed under `token`.
    pub(super) async fn claimed(&self, token: &str) -> Verdict<Task> {
        let task = self.create("A task").await?;
        let request = self.request(Purpose::Work, token)?.with_task(task.id);
        self.store.claim(&request).await?.ok_or_else(|| Wrong::new("the named task was not claimed"))
    }

    /// A new task with submitted work, whose holder had `token`.
    pub(super) async fn submitted(&self, token: &str) -> Verdict<Task> {
        let task = self.claimed(token).await?;
        Ok(self.store.submit(&self.scope, &task.id, &ClaimToken::new(token)?, Submission::new(1, 5)).await?)
    }

    pub(super) async fn apply(&self, id: &TaskId, command: Command) -> Result<Task> {
        self.store.apply(&self.scope, id, command).await
    }

    pub(super) async fn read(&self, id: &TaskId) -> Result<Task> {
        self.store.task(&self.scope, id).await
    }

    pub(super) async fn history(&self, id: &TaskId) -> Result<Vec<Event>> {
        self.store.history(&self.scope, id).await
    }

    /// What happened to a task, without the particulars.
    pub(super) async fn kinds(&self, id: &TaskId) -> Result<Vec<EventKind>> {
        Ok(self.history(id).await?.into_iter().map(|event| event.kind).collect())
    }

    /// Finishes a task as it stands, by a person's word.
    pub(super) async fn finish(&self, id: &TaskId) -> Result<Task> {
        let reason = "it is finished".to_owned();
        self.apply(id, Command::Force { actor: person(), to: Queue::Done.into(), reason }).await
    }
}

pub(super) fn person() -> Actor {
    Actor::Person("ada".to_owned())
}

pub(super) fn shows(token: &str) -> Verdict<Actor> {
    Ok(Actor::Holder(ClaimToken::new(token)?))
}

pub(super) fn holder(machine: &str) -> Verdict<Holder> {
    Ok(Holder::new(OrchestratorId::new(machine)?, AgentName::new("agent")?))
}

/// Returns a value after a change of it.
pub(super) fn with<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}
