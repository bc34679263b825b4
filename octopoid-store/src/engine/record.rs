//! What is kept about a task beside its state: runs and messages.

use super::{Batch, no_task};
use octopoid_core::model::{EventDraft, EventKind, Message, MessageDraft, Run, Scope, TaskId};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::Context;

/// Longest message, in bytes.
const BODY: usize = 1 << 20;

pub(crate) fn save_run(batch: &mut impl Batch, run: &Run, context: Context<'_>) -> Result<()> {
    if !run.usage.cost_usd.is_finite() {
        return Err(StoreError::invalid("usage.cost_usd", "must be a number"));
    }
    let task = batch.task(&run.scope, &run.task)?.ok_or_else(|| no_task(&run.task))?;
    if batch.run(&run.scope, &run.id)?.as_ref() == Some(run) {
        return Ok(());
    }
    batch.put_run(run)?;
    let event = EventDraft {
        kind: EventKind::RunRecorded,
        actor: run.agent.to_string(),
        from: Some(task.queue()),
        to: Some(task.queue()),
        note: Some(format!("{} is {}", run.id, run.stage.as_str())),
    };
    batch.append_event(&run.scope, &run.task, event, context.now)
}

pub(crate) fn post_message(
    batch: &mut impl Batch,
    scope: &Scope,
    id: &TaskId,
    message: &MessageDraft,
    context: Context<'_>,
) -> Result<Message> {
    if message.body.trim().is_empty() {
        return Err(StoreError::invalid("body", "must not be empty"));
    }
    if message.body.len() > BODY {
        return Err(StoreError::invalid("body", format_args!("must not be longer than {BODY} bytes")));
    }
    let task = batch.task(scope, id)?;
    if task.is_none() && !message.detached {
        return Err(no_task(id));
    }
    let queue = task.map(|task| task.queue());
    if let Some(parent) = message.parent {
        match batch.message_task(scope, parent)? {
            None => return Err(StoreError::invalid("parent_message_id", "Parent message not found")),
            Some(other) if &other != id => {
                let rule = "Parent message belongs to a different task";
                return Err(StoreError::invalid("parent_message_id", rule));
            }
            Some(_) => {}
        }
    }
    let event = EventDraft {
        kind: EventKind::MessagePosted,
        actor: message.author.clone(),
        from: queue,
        to: queue,
        note: Some(message.kind.as_str().to_owned()),
    };
    let posted = batch.append_message(scope, id, message.clone(), context.now)?;
    batch.append_event(scope, id, event, context.now)?;
    Ok(posted)
}
