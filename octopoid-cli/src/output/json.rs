//! The shapes of `--json`. Claim tokens are secrets, so tasks are not printed as the store has them.

use super::explained::Explained;
use crate::error::CliError;
use octopoid_core::flow::DEFAULT;
use octopoid_core::model::{Approval, Provisional, State, Submission, Task};
use serde::Serialize;
use serde_json::{Value, json};

/// Returns an error as JSON.
pub(crate) fn error(error: &CliError) -> Value {
    json!({ "error": {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint,
        "exit_code": error.kind.code(),
    } })
}

/// Returns a task as JSON.
pub(crate) fn task(task: &Task, explained: &Explained) -> Value {
    let claim = task.state.claim().map(|claim| {
        json!({
            "orchestrator": claim.holder.orchestrator,
            "agent": claim.holder.agent,
            "claimed_at": claim.claimed_at,
            "lease_expires_at": claim.lease_expires_at,
        })
    });
    let landed = match &task.state {
        State::Done { landed, .. } => landed.as_ref(),
        _ => None,
    };
    json!({
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "role": task.role,
        "priority": task.priority,
        "complexity": task.complexity,
        "branch": task.branch,
        "project": task.attributes.project,
        "auto_accept": task.attributes.auto_accept,
        "flow": task.attributes.flow.as_deref().unwrap_or(DEFAULT),
        "queue": task.place(),
        "flow_state": task.flow_state(),
        "state": explained.text,
        "needs_person": explained.person,
        "commands": explained.commands,
        "claim": claim,
        "approval": approval(&task.state),
        "landed": landed,
        "pr_number": task.attributes.pr_number,
        "pr_url": task.attributes.pr_url,
        "blocked_by": task.blockers,
        "parent_id": task.attributes.parent,
        "needs_breakdown": task.attributes.needs_breakdown,
        "breakdown": task.breakdown,
        "counters": task.counters,
        "submission": task.submission.as_deref().map(submission),
        "note": task.note,
        "model": task.attributes.model,
        "max_turns": task.attributes.max_turns,
        "budget_usd": task.attributes.budget_usd,
        "reverts": task.attributes.reverts,
        "created_by": task.created_by,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "version": task.version,
    })
}

fn approval(state: &State) -> Option<&Approval> {
    match state {
        State::Provisional(Provisional { approval, .. }) => approval.as_ref(),
        _ => None,
    }
}

fn submission(submission: &Submission) -> Value {
    json!({
        "commits": submission.commits,
        "turns": submission.turns,
        "head": submission.head,
        "base": submission.base,
        "tested": submission.tested,
        "branch": submission.branch,
        "summary": submission.summary,
    })
}

/// Adds fields to a value.
pub(crate) fn with(value: Value, fields: &impl Serialize) -> Value {
    let (Value::Object(mut object), Ok(Value::Object(more))) = (value, serde_json::to_value(fields)) else {
        return Value::Null;
    };
    object.extend(more);
    Value::Object(object)
}
