//! Making a task.

use super::breakdown::role_of_new;
use super::operator::place_at;
use super::{Context, Refusal, Transition};
use crate::model::{Blocker, Counters, EventDraft, EventKind, NewTask, State, Task, TaskId};

/// Longest title, in characters.
const TITLE: usize = 300;
/// Longest description, in bytes.
const DESCRIPTION: usize = 1 << 20;

/// What the store knows of a new task before it exists.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Its id.
    pub id: TaskId,
    /// Its place in the order of creation.
    pub seq: u64,
    /// Its blockers with their state; every one the request names, once.
    pub blockers: Vec<Blocker>,
}

/// Makes a task. The store has found its blockers and refused missing ones and cycles.
///
/// # Errors
/// [`Refusal::Invalid`] for an empty or overlong text.
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
    Ok(Transition { task, events: vec![event], messages: Vec::new(), parts: Vec::new() })
}

pub(super) fn check_title(title: &str) -> Result<(), Refusal> {
    let title = title.trim();
    let rule = if title.is_empty() {
        "must not be empty".to_owned()
    } else if title.chars().count() > TITLE {
        format!("must not be longer than {TITLE} characters; put the rest into the description")
    } else if title.chars().any(char::is_control) {
        "must be one line without control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::Invalid { field: "title".into(), rule })
}

pub(super) fn check_description(description: &str) -> Result<(), Refusal> {
    let rule = if description.trim().is_empty() {
        "must not be empty: say what is to be done".to_owned()
    } else if description.len() > DESCRIPTION {
        format!(
            "must not be longer than {DESCRIPTION} bytes; put long material into the repository and name it here"
        )
    } else if description.contains('\0') {
        "must not contain NUL".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::Invalid { field: "description".into(), rule })
}

/// Checks the name of a branch that tasks land on.
///
/// # Errors
/// [`Refusal::Invalid`] for the field `branch`.
pub fn check_branch(branch: &str) -> Result<(), Refusal> {
    let bad = branch.is_empty()
        || branch.len() > 250
        || branch.starts_with(['-', '/'])
        || branch.ends_with(['/', '.'])
        || branch.ends_with(".lock")
        || ["..", "//", "@{"].iter().any(|part| branch.contains(part))
        || branch.chars().any(|c| c.is_control() || " ~^:?*[\\".contains(c));
    if bad {
        return Err(Refusal::Invalid {
            field: "branch".into(),
            rule: format!("{branch:?} is not a valid branch name"),
        });
    }
    Ok(())
}
