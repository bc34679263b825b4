//! Removal of a task.

use super::{forget_review, no_task};
use crate::backend::Transaction;
use octopoid_core::model::{EventDraft, EventKind, Scope, TaskId};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use octopoid_core::transition::{Context, Refusal};

pub(crate) fn delete(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &TaskId,
    actor: &str,
    context: Context<'_>,
) -> Result<()> {
    let task = transaction.task(scope, id)?.ok_or_else(|| no_task(id))?;
    if let Some(claim) = task.state.claim() {
        let (holder, until) = (claim.holder.to_string(), claim.lease_expires_at);
        return Err(Refusal::Held { command: "delete".into(), id: id.clone(), holder, until }.into());
    }
    let waiting = transaction.blocked_by(scope, id)?;
    let names: Vec<_> = waiting.iter().filter(|task| !task.is_done()).map(|task| task.id.as_str()).collect();
    if !names.is_empty() {
        let message = format!("cannot delete {id}: {} would wait for it for ever", names.join(", "));
        return Err(StoreError::new(ErrorKind::Conflict, message));
    }
    let event = EventDraft::new(EventKind::Deleted, actor, Some(task.queue()), None).with_note(&task.title);
    // Before the rest of the history goes: the newest event's number must never be given again.
    transaction.append_event(scope, id, event, context.now)?;
    forget_review(transaction, scope, id)?;
    transaction.remove_task(&task)
}
