//! Columns of the table `tasks`.

use super::driver::ValueRef;
use crate::backend::{RecordKey, RecordKind};
use octopoid_core::model::{Hold, Provisional, Queue, Scope, State, StateName, Task, Timestamp};
use octopoid_core::store::{Result, StoreError};
use serde::Serialize;

/// A column's name and its value.
pub(super) type Column<'a> = (&'static str, ValueRef<'a>);

/// Returns every column of `tasks`, in a fixed order, so that two tasks can be compared column by column.
pub(super) fn of<'a>(task: &'a Task, json: &'a Json) -> [Column<'a>; 41] {
    let state = &task.state;
    let claim = state.claim();
    let (approval, hold) = match state {
        State::Provisional(Provisional { approval, hold, .. }) => (approval.as_ref(), Some(hold)),
        _ => (None, None),
    };
    let hold = hold.map(|hold| match hold {
        Hold::Free => "free",
        Hold::Claimed { .. } => "claimed",
        Hold::Person { .. } => "person",
    });
    let (landed, done_at) = match state {
        State::Done { landed, at } => (landed.as_ref(), Some(*at)),
        _ => (None, None),
    };
    let settled = task.settled.as_ref();
    [
        ("seq", unsigned(task.seq)),
        ("scope", text(task.scope.as_str())),
        ("id", text(task.id.as_str())),
        ("key", maybe(task.key.as_deref())),
        ("title", text(&task.title)),
        ("role", text(task.role.as_str())),
        ("priority", ValueRef::Integer(task.priority as i64)),
        ("complexity", maybe(task.complexity.map(|complexity| complexity.as_str()))),
        ("branch", maybe(task.branch.as_deref())),
        ("created_at", moment(task.created_at)),
        ("queue", text(queue(state))),
        ("state", maybe(state_name(state).map(AsRef::as_ref))),
        ("hold", maybe(hold)),
        ("claim_token", maybe(claim.map(|claim| claim.token.as_str()))),
        ("claim_orchestrator", maybe(claim.map(|claim| claim.holder.orchestrator.as_str()))),
        ("claim_agent", maybe(claim.map(|claim| claim.holder.agent.as_str()))),
        ("claimed_at", claim.map_or(ValueRef::Null, |claim| moment(claim.claimed_at))),
        ("lease_expires_at", claim.map_or(ValueRef::Null, |claim| moment(claim.lease_expires_at))),
        ("approved_by", maybe(approval.map(|approval| approval.by.as_str()))),
        ("approved_at", approval.map_or(ValueRef::Null, |approval| moment(approval.at))),
        (
            "approved_by_person",
            approval.map_or(ValueRef::Null, |approval| ValueRef::Integer(approval.person.into())),
        ),
        ("reason", maybe(state.needs_person())),
        ("landed", maybe(landed.map(AsRef::as_ref))),
        ("done_at", done_at.map_or(ValueRef::Null, moment)),
        ("blockers", unsigned(task.blockers.len() as u64)),
        ("unresolved", unsigned(task.unresolved_blockers().count() as u64)),
        ("runs", ValueRef::Integer(task.counters.runs.into())),
        ("attempts", ValueRef::Integer(task.counters.attempts.into())),
        ("review_rounds", ValueRef::Integer(task.counters.review_rounds.into())),
        ("conflicts", ValueRef::Integer(task.counters.conflicts.into())),
        ("rejections", ValueRef::Integer(task.counters.rejections.into())),
        ("note", maybe(task.note.as_deref())),
        ("settled_token", maybe(settled.map(|settled| settled.token.as_str()))),
        ("settled_command", maybe(settled.map(|settled| settled.command.as_str()))),
        ("attributes", maybe(json.attributes.as_deref())),
        ("type", maybe(task.attributes.kind.as_deref())),
        ("project", maybe(task.attributes.project.as_ref().map(AsRef::as_ref))),
        ("breakdown", maybe(json.breakdown.as_deref())),
        ("created_by", maybe(task.created_by.as_deref())),
        ("updated_at", moment(task.updated_at)),
        ("version", unsigned(task.version)),
    ]
}

/// The queue's column: what stands in a state that its flow adds is put aside in that state.
const fn queue(state: &State) -> &'static str {
    match state {
        State::Custom { .. } => Queue::Backlog.as_str(),
        other => other.queue().as_str(),
    }
}

/// The state that a flow adds, in which a task stands or from which it was claimed.
const fn state_name(state: &State) -> Option<&StateName> {
    match state {
        State::Custom { state } => Some(state),
        State::Claimed { claim } => claim.from.as_ref(),
        _ => None,
    }
}

/// Columns of a task that are JSON; none where there is nothing to keep.
pub(super) struct Json {
    attributes: Option<String>,
    breakdown: Option<String>,
}

pub(super) fn json(task: &Task) -> Result<Json> {
    let attributes = Some(&task.attributes).filter(|attributes| !attributes.is_empty());
    Ok(Json {
        attributes: attributes.map(written).transpose()?,
        breakdown: task.breakdown.as_ref().map(written).transpose()?,
    })
}

/// Returns a value as JSON text.
pub(super) fn written(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::internal("a value cannot be written as JSON").with_source(error))
}

fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}

fn maybe(words: Option<&str>) -> ValueRef<'_> {
    words.map_or(ValueRef::Null, text)
}

const fn moment(moment: Timestamp) -> ValueRef<'static> {
    ValueRef::Integer(moment.as_millis())
}

fn unsigned(number: u64) -> ValueRef<'static> {
    ValueRef::Integer(int(number))
}

/// Returns the name of a kind of record, as the column `kind` has it.
pub(super) const fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Project => "projects",
        RecordKind::Draft => "drafts",
        RecordKind::Action => "actions",
        RecordKind::Flow => "flows",
        RecordKind::Role => "roles",
        RecordKind::Review => "reviews",
        RecordKind::Machine => "machines",
        RecordKind::Key => "keys",
        RecordKind::Counter => "counters",
        RecordKind::Reply => "replies",
    }
}

/// Returns the kind of a record by its name.
#[cfg(not(target_family = "wasm"))]
pub(super) fn kind_of(name: &str) -> Option<RecordKind> {
    RecordKind::ALL.into_iter().find(|of| kind(*of) == name)
}

/// Returns the columns of a record's key. A record of the whole store has no scope, which is no scope's name.
pub(super) fn record_key(key: RecordKey<'_>) -> [&str; 3] {
    [kind(key.kind), key.scope.map_or("", Scope::as_str), key.name]
}

/// Returns a number as SQLite keeps it. Places and versions count from 1 and never come near the bound.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
