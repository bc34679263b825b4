//! Subtasks of a task that is broken down.

use super::create::{free_id, insert};
use crate::backend::{Counter, Transaction};
use octopoid_core::model::{Blocker, Scope, Subtask, Task};
use octopoid_core::store::Result;
use octopoid_core::transition::{self, Context, Placement, Transition};

/// Counts the ancestors of a task, up to the deepest level that is allowed.
pub(super) fn ancestors(
    transaction: &mut impl Transaction,
    task: &Task,
    context: Context<'_>,
) -> Result<u32> {
    let (mut count, mut above) = (0, task.attributes.parent.clone());
    // What a client wrote as a parent may be anything, also a circle.
    while let Some(id) = above.filter(|_| count < context.policy.max_depth) {
        count += 1;
        above = transaction.task(&task.scope, &id)?.and_then(|task| task.attributes.parent);
    }
    Ok(count)
}

/// Gives the subtasks the next free ids.
pub(super) fn name_parts(
    transaction: &mut impl Transaction,
    scope: &Scope,
    parts: &mut [Subtask],
) -> Result<()> {
    let mut number = transaction.counter(Counter::TaskNumber(scope))? + 1;
    for part in parts {
        let (id, taken) = free_id(transaction, scope, number)?;
        part.id = Some(id);
        number = taken + 1;
    }
    Ok(())
}

/// Subtask, before it is written.
pub(super) struct Part(Transition);

/// Returns the subtasks that a transition creates; they are blocked by nothing but each other.
pub(super) fn parts(
    transaction: &mut impl Transaction,
    change: &Transition,
    context: Context<'_>,
) -> Result<Vec<Part>> {
    if change.subtasks.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = Vec::with_capacity(change.subtasks.len());
    for (new, seq) in change.subtasks.iter().zip(transaction.counter(Counter::TaskPlace)? + 1..) {
        let Some(id) = new.id.clone() else { continue };
        let blockers = new.blocked_by.iter().map(|id| Blocker::new(id.clone(), false));
        let placement = Placement::new(id, seq, once(blockers));
        parts.push(Part(transition::create(new, placement, context)?));
    }
    Ok(parts)
}

/// Removes repetitions.
fn once(blockers: impl Iterator<Item = Blocker>) -> Vec<Blocker> {
    let mut all = Vec::new();
    for blocker in blockers {
        if !all.contains(&blocker) {
            all.push(blocker);
        }
    }
    all
}

impl Part {
    pub(super) fn write(self, transaction: &mut impl Transaction, context: Context<'_>) -> Result<()> {
        let task = &self.0.task;
        if let Some(number) = task.id.as_str().strip_prefix("task-").and_then(|number| number.parse().ok()) {
            transaction.set_counter(Counter::TaskNumber(&task.scope), number)?;
        }
        insert(transaction, self.0, context).map(drop)
    }
}
