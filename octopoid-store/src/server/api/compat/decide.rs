//! Decisions on a task: by any caller, as far as the task's flow has the transition.

use super::overlay::{ORIGINAL, Overlay, stands};
use super::place::shown;
use super::request::Incoming;
use super::{Context, Reply};
use crate::server::api::problem::Problem;
use crate::server::api::routes::{Transition, person, refused};
use crate::wire::Viewer;
use octopoid_core::model::{Queue, Task, TaskId, TaskPatch};
use octopoid_core::store::{ErrorKind, StoreExt as _, TaskQuery};
use octopoid_core::transition::{Actor, Cause, Command};
use serde_json::Value;

/// Attempts at a change while other writers change the task.
const TRIES: u32 = 10;

/// Change of a task that a request asks for.
pub(super) enum Change {
    /// New values for its fields.
    Fields,
    /// A decision that takes it to another queue.
    Decision { to: &'static str, commands: Vec<Command> },
}

impl Context {
    pub(super) async fn accept(&self, id: &str, request: Incoming) -> Result<Reply, Problem> {
        let actor = actor(&request, "accepted_by");
        let command = Command::Accept { actor: actor.clone(), landed: None };
        let mut commands = vec![command];
        if let Some(at) = request.body.get("completed_at").filter(|at| !at.is_null()) {
            let task = self.task("accept", id, &request).await?;
            let mut overlay = Overlay::of(task.attributes.original.as_deref());
            let done = stands(Queue::Done.as_str(), task.counters.runs.into());
            overlay.show_while("completed_at", at.clone(), &done);
            commands.insert(0, keep(actor, &overlay));
        }
        self.change("accept", id, &request, Change::Decision { to: "done", commands }).await
    }

    pub(super) async fn reject(&self, id: &str, request: Incoming) -> Result<Reply, Problem> {
        let reason = request.text("reason").unwrap_or_default().to_owned();
        let actor = actor(&request, "rejected_by");
        let command = Command::Reject { actor, reason, cause: Cause::Review };
        let change = Change::Decision { to: "incoming", commands: vec![command] };
        self.change("reject", id, &request, change).await
    }

    pub(super) async fn requeue(&self, id: &str, request: Incoming) -> Result<Reply, Problem> {
        let reason = request.text("reason").unwrap_or_default().to_owned();
        let command = Command::Requeue { actor: actor(&request, "requeued_by"), reason };
        let change = Change::Decision { to: "incoming", commands: vec![command] };
        self.change("requeue", id, &request, change).await
    }

    pub(super) async fn force(&self, id: &str, request: Incoming) -> Result<Reply, Problem> {
        let task = self.task("force", id, &request).await?;
        let name = request.text("queue").unwrap_or_default();
        let to = self.place(&task.scope, task.attributes.flow.as_deref(), name).await?;
        let reason = request.text("reason").unwrap_or_default().to_owned();
        let command = Command::Force { actor: actor(&request, "forced_by"), to, reason };
        self.apply("force", &task, None, &request, vec![command]).await
    }

    /// Changes a task, also while other writers change it.
    pub(super) async fn change(
        &self,
        verb: &str,
        id: &str,
        request: &Incoming,
        change: Change,
    ) -> Result<Reply, Problem> {
        let _alone = self.locks.of(id).await;
        for tries in 1.. {
            let before = self.task(verb, id, request).await?;
            let commands = match &change {
                Change::Fields => self.changes(&before, request.clone()).await?,
                Change::Decision { to, commands } => self.decision(verb, &before, to, commands).await?,
            };
            if commands.is_empty() {
                return Reply::task(&Viewer::default(), before);
            }
            match self.apply(verb, &before, Some(before.version), request, commands).await {
                Err(_) if tries < TRIES && self.has_changed(&before).await? => {}
                done => return done,
            }
        }
        unreachable!("the last try gives an answer")
    }

    /// Returns the commands of a decision on a task, after checking that its flow has the transition. A task that the state
    /// machine does not decide on where it stands is moved to `provisional` first.
    async fn decision(
        &self,
        verb: &str,
        task: &Task,
        to: &str,
        decision: &[Command],
    ) -> Result<Vec<Command>, Problem> {
        let from = shown(task);
        match Transition::of(&*self.app.store, task, &from, to).await? {
            Transition::Refused(words) => return Err(refused(verb, words)),
            Transition::NoFlow if from != "provisional" && from != "claimed" => {
                let words = format!("Invalid transition: task is in {from}, expected provisional or claimed");
                return Err(refused(verb, words));
            }
            Transition::Allowed | Transition::NoFlow => {}
        }
        let mut commands = decision.to_vec();
        let takes_claimed = verb != "reject" && task.queue() == Queue::Claimed;
        if task.queue() != Queue::Provisional && !takes_claimed {
            let actor = Actor::Person("api".to_owned());
            let reason = format!("from `{from}`, {}", super::patch::BY_PATCH);
            commands.insert(0, Command::Force { actor, to: Queue::Provisional.into(), reason });
        }
        Ok(commands)
    }

    /// Deletes a task, also a claimed one, and unblocks the tasks that wait for it.
    pub(super) async fn delete_task(&self, id: &str, mut request: Incoming) -> Result<Reply, Problem> {
        let task = self.task("delete", id, &request).await?;
        let mut waiting = TaskQuery::new(task.scope.clone());
        waiting.queues = vec![Queue::Blocked, Queue::Backlog, Queue::Custom];
        let mut waiting = self.app.store.all_tasks(&waiting).await?;
        waiting.retain(|other| other.unresolved_blockers().any(|blocker| *blocker == task.id));
        for other in waiting {
            let actor = Actor::Person("api".to_owned());
            let command = Command::Unblock { actor, blocker: task.id.clone() };
            match self.app.store.apply(&other.scope, &other.id, command).await {
                Ok(_) => {}
                Err(error) if error.is_not_found() || *error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        request.set_query("force", "true");
        Ok(self.forward(request).await)
    }

    /// Returns whether a task has changed since it was read.
    async fn has_changed(&self, task: &Task) -> Result<bool, Problem> {
        match self.app.store.task(&task.scope, &task.id).await {
            Ok(now) => Ok(now.version != task.version),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the task that a request names.
    pub(super) async fn task(&self, verb: &str, id: &str, request: &Incoming) -> Result<Task, Problem> {
        let scope = self.scope(request)?;
        let task_id = TaskId::new(id).map_err(|_| Problem::no_task(id))?;
        self.app.store.task(&scope, &task_id).await.map_err(|error| Problem::of_verb(verb, id, &error))
    }

    /// Applies commands to a task, all or none, and answers with the task.
    async fn apply(
        &self,
        verb: &str,
        task: &Task,
        version: Option<u64>,
        request: &Incoming,
        commands: Vec<Command>,
    ) -> Result<Reply, Problem> {
        let store = request.store(self.app.store.clone())?;
        let applied = store.apply_all(&task.scope, &task.id, version, commands).await;
        let applied = applied.map_err(|error| match error.kind() {
            ErrorKind::Invalid { .. } => Problem::of_task(&error),
            _ => Problem::of_verb(verb, task.id.as_str(), &error),
        })?;
        Reply::task(&Viewer::default(), applied)
    }
}

/// Returns the command that stores an overlay with its task.
pub(super) fn keep(actor: Actor, overlay: &Overlay) -> Command {
    let mut patch = TaskPatch::default();
    let text = overlay.text().map_or(Value::Null, Value::from);
    patch.attributes.insert(ORIGINAL.to_owned(), text);
    Command::Update { actor, patch }
}

/// Returns the person that a request names.
fn actor(request: &Incoming, field: &str) -> Actor {
    Actor::Person(person(request.text(field).unwrap_or("api")))
}
