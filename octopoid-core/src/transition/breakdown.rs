//! Breakdown of tasks into subtasks: validates the graph, creates the subtasks, and finishes the task when they are done.

use super::builder::TransitionBuilder;
use super::dependency::find_cycle;
use super::text::{check_description, check_title};
use super::{Context, Refusal};
use crate::model::{
    Attributes, Breakdown, ClaimToken, EventKind, NewTask, Policy, Queue, RoleName, State, Subtask, Task,
    TaskId, TaskPatch,
};
use std::collections::HashMap;
use std::convert::Infallible;

/// Maximum length of a subtask's key, in bytes.
const KEY: usize = 40;

/// Validates the subtasks of a task that has `ancestors` tasks above it.
///
/// Checks their number, keys and texts, that every blocker they name is among them, that none waits for itself, and that they do
/// not go deeper than the policy allows.
///
/// # Errors
/// [`Refusal::Invalid`] for the field `subtasks`, with a rule that the author of the graph can act on.
pub fn check_subtasks(subtasks: &[Subtask], ancestors: u32, policy: &Policy) -> Result<(), Refusal> {
    check_depth(ancestors, policy)?;
    if subtasks.is_empty() {
        return Err(wrong("must not be empty: a task without parts cannot be broken down".to_owned()));
    }
    let most = policy.max_subtasks;
    if subtasks.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(wrong(format!("there are {}, and at most {most} are allowed", subtasks.len())));
    }
    let mut waits = HashMap::with_capacity(subtasks.len());
    for part in subtasks {
        check_part(part)?;
        if waits.insert(part.key.as_str(), part.blocked_by.as_slice()).is_some() {
            return Err(wrong(format!("the key `{}` is there twice; give each its own", part.key)));
        }
    }
    for part in subtasks {
        if let Some(missing) = part.blocked_by.iter().find(|key| !waits.contains_key(key.as_str())) {
            let (key, missing) = (&part.key, shown(missing));
            return Err(wrong(format!("`{key}` waits for `{missing}`, and there is no such key among them")));
        }
        if part.needs_breakdown {
            check_depth(ancestors + 1, policy).map_err(|error| wrong(format!("`{}`: {error}", part.key)))?;
        }
        let blockers = |key: &&str| {
            let on = waits.get(key).copied().unwrap_or_default();
            Ok::<_, Infallible>(on.iter().map(String::as_str).collect())
        };
        let on: Vec<_> = part.blocked_by.iter().map(String::as_str).collect();
        if let Ok(Some(path)) = find_cycle(&part.key.as_str(), &on, blockers) {
            return Err(wrong(format!("these would wait for each other for ever: {}", path.join(" → "))));
        }
    }
    Ok(())
}

/// Checks that a task with this number of `ancestors` may be broken down at all.
///
/// # Errors
/// [`Refusal::Invalid`] for the field `subtasks` when its subtasks would be deeper than the policy allows.
pub fn check_depth(ancestors: u32, policy: &Policy) -> Result<(), Refusal> {
    let deepest = policy.max_depth;
    if ancestors < deepest {
        return Ok(());
    }
    Err(wrong(format!(
        "parts of a task would be {} levels deep, and at most {deepest} are allowed; do it as a whole",
        ancestors + 1
    )))
}

fn check_part(part: &Subtask) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if part.key.is_empty() || part.key.len() > KEY || !part.key.chars().all(fits) {
        let key = shown(&part.key);
        return Err(wrong(format!(
            "`{key}` cannot be a key: use 1 to {KEY} letters, digits, `_`, `-` and `.`"
        )));
    }
    check_title(&part.title)
        .and_then(|()| check_description(&part.description))
        .map_err(|error| wrong(format!("`{}`: {error}", part.key)))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(KEY).collect()
}

fn wrong(rule: String) -> Refusal {
    Refusal::Invalid { field: "subtasks".into(), rule }
}

/// Creates the subtasks and makes the task wait for them. The store has assigned their ids and checked their depth.
pub(super) fn break_down(
    builder: &mut TransitionBuilder<'_>,
    token: &ClaimToken,
    subtasks: &[Subtask],
) -> Result<(), Refusal> {
    let by = builder.live_claim(token)?.holder.agent.to_string();
    if builder.queue() != Queue::Claimed {
        return Err(builder.wrong_queue("`claimed`"));
    }
    check_subtasks(subtasks, 0, &Policy { max_depth: u32::MAX, ..builder.context.policy.clone() })?;
    let mut ids = HashMap::with_capacity(subtasks.len());
    for part in subtasks {
        let id = part.id.clone().ok_or_else(|| wrong(format!("the store gave `{}` no id", part.key)))?;
        ids.insert(part.key.as_str(), id);
    }
    let role = match builder.task.breakdown.take() {
        Some(breakdown) => breakdown.role,
        None => builder.task.role.clone(),
    };
    let breakdown = Breakdown { done: true, ..Breakdown::into_parts_for(role) };
    for part in subtasks {
        builder.subtasks.push(new_part(&builder.task, &breakdown.role, part, &ids, &by));
    }
    builder.task.breakdown = Some(breakdown);
    let on: Vec<TaskId> = subtasks.iter().filter_map(|part| part.id.clone()).collect();
    let names: Vec<_> = on.iter().map(TaskId::as_str).collect();
    let note = format!("broken down into {}", names.join(", "));
    builder.wait_for(&on);
    builder.go(State::Blocked, EventKind::BrokenDown, &by, Some(&note));
    Ok(())
}

fn new_part(whole: &Task, role: &RoleName, part: &Subtask, ids: &HashMap<&str, TaskId>, by: &str) -> NewTask {
    let mut new = NewTask::new(part.title.as_str(), part.description.as_str())
        .with_scope(whole.scope.clone())
        .with_role(role.clone())
        .with_priority(whole.priority)
        .with_blocked_by(part.blocked_by.iter().filter_map(|key| ids.get(key.as_str()).cloned()))
        .with_author(by);
    new.id.clone_from(&part.id);
    new.complexity = part.complexity;
    new.branch.clone_from(&whole.branch);
    let Attributes {
        kind,
        flow,
        flow_overrides,
        project,
        checks,
        auto_accept,
        model,
        max_turns,
        budget_usd,
        ..
    } = whole.attributes.clone();
    new.attributes = Attributes {
        kind,
        flow,
        flow_overrides,
        project,
        checks,
        auto_accept,
        model,
        max_turns,
        budget_usd,
        parent: Some(whole.id.clone()),
        needs_breakdown: part.needs_breakdown,
        ..Attributes::default()
    };
    new
}

/// Returns the role that handles a new task, and its breakdown if it is to be broken down.
///
/// A task to be broken down is handled by `breakdown`, whatever role its subtasks are for.
pub(super) fn role_of_new(role: &RoleName, needs_breakdown: bool) -> (RoleName, Option<Breakdown>) {
    let wanted = needs_breakdown || *role == RoleName::breakdown();
    let breakdown = wanted.then(|| Breakdown::into_parts_for(role.clone()));
    (if wanted { RoleName::breakdown() } else { role.clone() }, breakdown)
}

/// Updates the role after a patch that changes whether the task is to be broken down. Existing subtasks are kept.
pub(super) fn follow_patch(task: &mut Task, before: &Task, patch: &TaskPatch) {
    if task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done) {
        return;
    }
    let (flag, role) = (task.attributes.needs_breakdown, RoleName::breakdown());
    if flag != before.attributes.needs_breakdown {
        let parts = match task.breakdown.take() {
            Some(breakdown) if task.role == role => breakdown.role,
            _ => Breakdown::into_parts_for(task.role.clone()).role,
        };
        (task.role, task.breakdown) = role_of_new(&parts, flag);
    } else if patch.role.is_some() && task.role != before.role {
        task.attributes.needs_breakdown = flag && task.role == role;
        let parts = if task.role == role { &before.role } else { &task.role };
        task.breakdown = (task.role == role).then(|| Breakdown::into_parts_for(parts.clone()));
    }
}

impl TransitionBuilder<'_> {
    /// Returns the state of a task that waits for nothing but its blockers; a broken-down task is done once its subtasks are.
    pub(super) fn ready_state(&self) -> State {
        match self.task.ready_state() {
            State::Incoming if self.task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done) => {
                done(self.context)
            }
            state => state,
        }
    }
}

fn done(context: Context<'_>) -> State {
    State::Done { landed: None, at: context.now }
}
