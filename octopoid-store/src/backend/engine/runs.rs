//! Runs and messages.

use super::no_task;
use crate::backend::{Reader, Transaction};
use octopoid_core::model::{EventDraft, EventKind, Message, MessageDraft, Run, Scope, TaskId};
use octopoid_core::store::{Result, StoreError};
use octopoid_core::transition::Context;

/// Longest message, in bytes.
const BODY: usize = 1 << 20;

pub(crate) fn save_run(transaction: &mut impl Transaction, run: &Run, context: Context<'_>) -> Result<()> {
    if !run.usage.cost_usd.is_finite() {
        return Err(StoreError::invalid("usage.cost_usd", "must be a number"));
    }
    let task = transaction.task(&run.scope, &run.task)?.ok_or_else(|| no_task(&run.task))?;
    if transaction.run(&run.scope, &run.id)?.as_ref() == Some(run) {
        return Ok(());
    }
    transaction.put_run(run)?;
    let queue = Some(task.queue());
    let event = EventDraft::new(EventKind::RunRecorded, run.agent.as_str(), queue, queue).with_note(format!(
        "{} is {}",
        run.id,
        run.stage.as_str()
    ));
    transaction.append_event(&run.scope, &run.task, event, context.now)
}

pub(crate) fn post_message(
    transaction: &mut impl Transaction,
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
    let task = transaction.task(scope, id)?;
    if task.is_none() && !message.detached {
        return Err(no_task(id));
    }
    let queue = task.map(|task| task.queue());
    if let Some(parent) = message.parent {
        match transaction.message(scope, parent)? {
            None => return Err(StoreError::invalid("parent_message_id", "Parent message not found")),
            Some(other) if &other.task != id => {
                let rule = "Parent message belongs to a different task";
                return Err(StoreError::invalid("parent_message_id", rule));
            }
            Some(_) => {}
        }
    }
    let event = EventDraft::new(EventKind::MessagePosted, &message.author, queue, queue)
        .with_note(message.kind.as_str());
    let posted = transaction.append_message(scope, id, message.clone(), context.now)?;
    transaction.append_event(scope, id, event, context.now)?;
    Ok(posted)
}

/// Lists a task's thread. There may be one without a task: messages can be posted detached.
pub(crate) fn messages(reader: &mut impl Reader, scope: &Scope, id: &TaskId) -> Result<Vec<Message>> {
    let found = reader.messages(scope, Some(id))?;
    if found.is_empty() && reader.is_done(scope, id)?.is_none() {
        return Err(no_task(id));
    }
    Ok(found)
}
