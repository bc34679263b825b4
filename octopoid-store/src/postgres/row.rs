//! Rows of records, and records from rows.

use super::error::damaged;
use super::session::Parameter;
use crate::backend::{claimable_for, is_landing};
use octopoid_core::model::{
    Event, EventDraft, EventKind, Hold, Message, Provisional, Queue, Run, RunStage, Scope, State, Task,
    TaskId, Timestamp,
};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::Purpose;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

/// Returns a value as JSON text.
pub(super) fn written(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::internal("a record cannot be written as JSON").with_source(error))
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(damaged)
}

/// Returns a number as PostgreSQL keeps it. Places and versions count from 1 and never come near the bound.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns a number from a column.
pub(super) fn number(row: &Row, column: usize) -> Result<u64> {
    u64::try_from(row.try_get::<_, i64>(column).map_err(damaged)?).map_err(damaged)
}

/// Returns text from a column.
pub(super) fn text(row: &Row, column: usize) -> Result<String> {
    row.try_get(column).map_err(damaged)
}

/// Returns a purpose as the column `claimable_for` has it.
pub(super) const fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Work => "work",
        Purpose::Review => "review",
        Purpose::Land => "land",
    }
}

/// The columns of `tasks` that can change, in the order of [`task_columns`].
pub(super) const TASK: [&str; 22] = [
    "seq",
    "scope",
    "id",
    "key",
    "role",
    "priority",
    "branch",
    "type",
    "project",
    "queue",
    "flow_state",
    "claimable_for",
    "landing",
    "to_decide",
    "needs_person",
    "unresolved",
    "claim_token",
    "claim_orchestrator",
    "claim_agent",
    "lease_expires_at",
    "title",
    "body",
];

/// Returns the values of [`TASK`]; the description follows by itself.
pub(super) fn task_columns(task: &Task) -> Result<Vec<Parameter>> {
    let claim = task.state.claim();
    let mut bare = task.clone();
    bare.description = String::new();
    let to_decide = matches!(&task.state, State::Provisional(Provisional { hold: Hold::Person { .. }, .. }));
    Ok(vec![
        Box::new(int(task.seq)),
        Box::new(task.scope.as_str().to_owned()),
        Box::new(task.id.as_str().to_owned()),
        Box::new(task.key.clone()),
        Box::new(task.role.as_str().to_owned()),
        Box::new(task.priority as i16),
        Box::new(task.branch.clone().unwrap_or_default()),
        Box::new(task.attributes.kind.clone()),
        Box::new(task.attributes.project.as_ref().map(|project| project.as_str().to_owned())),
        Box::new(task.queue().as_str().to_owned()),
        Box::new(task.flow_state().map(|state| state.as_str().to_owned())),
        Box::new(claimable_for(task).map(purpose_name)),
        Box::new(is_landing(task)),
        Box::new(to_decide),
        Box::new(task.needs_person().is_some()),
        Box::new(i32::try_from(task.unresolved_blockers().count()).unwrap_or(i32::MAX)),
        Box::new(claim.map(|claim| claim.token.as_str().to_owned())),
        Box::new(claim.map(|claim| claim.holder.orchestrator.as_str().to_owned())),
        Box::new(claim.map(|claim| claim.holder.agent.as_str().to_owned())),
        Box::new(claim.map(|claim| claim.lease_expires_at.as_millis())),
        Box::new(task.title.to_ascii_lowercase()),
        Box::new(written(&bare)?),
    ])
}

/// Reads a task from its columns `body` and `description`.
pub(super) fn task(row: &Row) -> Result<Task> {
    let mut task: Task = read(row.try_get(0).map_err(damaged)?)?;
    task.description = text(row, 1)?;
    Ok(task)
}

/// What an event says beside what it is looked for by.
#[derive(Serialize, Deserialize)]
struct EventBody {
    actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Queue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Queue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Returns the body of an event.
pub(super) fn event_body(event: &EventDraft) -> Result<String> {
    let EventDraft { actor, from, to, note, .. } = event.clone();
    written(&EventBody { actor, from, to, note })
}

/// What [`event`] reads.
pub(super) const EVENT: &str = "seq, scope, task, kind, at, body";

pub(super) fn event(row: &Row) -> Result<Event> {
    let EventBody { actor, from, to, note } = read(row.try_get(5).map_err(damaged)?)?;
    let kind: EventKind = serde_json::from_value(text(row, 3)?.into()).map_err(damaged)?;
    let mut draft = EventDraft::new(kind, actor, from, to);
    draft.note = note;
    let at = Timestamp::from_millis(row.try_get(4).map_err(damaged)?);
    let (scope, task) = (text(row, 1)?, text(row, 2)?);
    Ok(draft.at(
        number(row, 0)?,
        Scope::new(scope).map_err(damaged)?,
        TaskId::new(task).map_err(damaged)?,
        at,
    ))
}

/// Reads a message from its columns `id` and `body`.
pub(super) fn message(row: &Row) -> Result<Message> {
    let mut message: Message = read(row.try_get(1).map_err(damaged)?)?;
    message.id = number(row, 0)?;
    Ok(message)
}

/// Reads a run from its columns `place` and `body`.
pub(super) fn run(row: &Row) -> Result<(u64, Run)> {
    Ok((number(row, 0)?, read(row.try_get(1).map_err(damaged)?)?))
}

/// The columns of `runs`, in the order of [`run_columns`].
pub(super) const RUN: [&str; 10] = [
    "scope",
    "id",
    "task",
    "settled",
    "started_at",
    "turns",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "body",
];

/// Returns the values of [`RUN`].
pub(super) fn run_columns(run: &Run) -> Result<Vec<Parameter>> {
    Ok(vec![
        Box::new(run.scope.as_str().to_owned()),
        Box::new(run.id.as_str().to_owned()),
        Box::new(run.task.as_str().to_owned()),
        Box::new(run.stage == RunStage::Settled),
        Box::new(run.started_at.as_millis()),
        Box::new(i64::from(run.usage.turns)),
        Box::new(int(run.usage.input_tokens)),
        Box::new(int(run.usage.output_tokens)),
        Box::new(run.usage.cost_usd),
        Box::new(written(run)?),
    ])
}
