//! Creation of tasks.

use super::breakdown::role_of_new;
use super::operator::place_at;
use super::text::{check_branch, check_description, check_title};
use super::{Context, Refusal, Transition};
use crate::model::{Blocker, Counters, EventDraft, EventKind, NewTask, State, Task, TaskId};

/// Facts that the store provides for a new task.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Placement {
    /// Id of the task.
    pub id: TaskId,
    /// Sequence number in order of creation.
    pub seq: u64,
    /// Blockers with their state; each one named by the request, once.
    pub blockers: Vec<Blocker>,
}

impl Placement {
    /// Returns the facts for a task with its id, its sequence number and its blockers.
    pub fn new(id: TaskId, seq: u64, blockers: Vec<Blocker>) -> Self {
        Self { id, seq, blockers }
    }
}

/// Creates a task.
///
/// The store has looked up the blockers and refused missing ones and cycles.
///
/// # Errors
/// [`Refusal::Invalid`] for a field that breaks a rule, such as an empty or too long text.
pub fn create(new: &NewTask, placement: Placement, context: Context<'_>) -> Result<Transition, Refusal> {
    check_title(&new.title)?;
    check_description(&new.description)?;
    if let Some(branch) = &new.branch {
        check_branch(branch)?;
    }
    new.attributes.check()?;
    let Placement { id, seq, blockers } = placement;
    let (role, breakdown) = role_of_new(&new.role, new.attributes.needs_breakdown);
    let mut task = Task {
        id,
        scope: new.scope.clone(),
        seq,
        key: new.key.clone(),
        title: new.title.trim().to_owned(),
        description: new.description.clone(),
        role,
        priority: new.priority,
        complexity: new.complexity,
        branch: new.branch.clone(),
        state: State::Backlog,
        blockers,
        counters: Counters::default(),
        submission: None,
        attributes: new.attributes.clone(),
        breakdown,
        note: None,
        created_by: Some(new.created_by.clone()),
        settled: None,
        created_at: context.now,
        updated_at: context.now,
        version: 1,
    };
    task.state = match &new.place {
        None => task.ready_state(),
        Some(place) => place_at(&task, place, "created there", context)?,
    };
    let event = EventDraft {
        kind: EventKind::Created,
        actor: new.created_by.clone(),
        from: None,
        to: Some(task.queue()),
        note: None,
    };
    Ok(Transition { task, events: vec![event], messages: Vec::new(), subtasks: Vec::new() })
}
