//! Answers to queries by looking at every row, for backends that keep their rows in memory.

use super::{claimable_for, is_landing};
use octopoid_core::model::{
    ClaimToken, Hold, OrchestratorId, Provisional, RoleName, Run, RunStage, State, StateName, Task, Usage,
};
use octopoid_core::store::{Page, QueueCounts, RunQuery, TaskOrder, TaskQuery, UsageQuery};
use octopoid_core::transition::Purpose;
use std::collections::HashSet;

/// Returns a limit as a count of things in memory.
pub(crate) fn most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Returns whether a task has one of the types; no types take any task.
pub(crate) fn has_type(task: &Task, types: &[String]) -> bool {
    types.is_empty() || task.attributes.kind.as_ref().is_some_and(|kind| types.contains(kind))
}

fn has_role(task: &Task, roles: &[RoleName]) -> bool {
    roles.is_empty() || roles.contains(&task.role)
}

/// Returns the task that is held under a token.
pub fn task_by_token<'a>(tasks: impl Iterator<Item = &'a Task>, token: &ClaimToken) -> Option<&'a Task> {
    let mut tasks = tasks;
    tasks.find(|task| task.state.claim().is_some_and(|claim| &claim.token == token))
}

/// Returns what [`Reader::next_claimable`](super::Reader::next_claimable) does.
pub fn next_claimable<'a>(
    tasks: impl Iterator<Item = &'a Task> + Clone,
    purpose: Purpose,
    roles: &[RoleName],
    types: &[String],
) -> Option<&'a Task> {
    let landing = tasks.clone().filter(|task| purpose == Purpose::Land && is_landing(task));
    let busy: HashSet<Option<&str>> = landing.map(|task| task.branch.as_deref()).collect();
    let found = tasks.filter(|task| {
        claimable_for(task) == Some(purpose)
            && has_role(task, roles)
            && has_type(task, types)
            && !busy.contains(&task.branch.as_deref())
    });
    found.min_by_key(|task| (task.priority, task.seq))
}

/// Returns what [`Reader::next_in_state`](super::Reader::next_in_state) does.
pub fn next_in_state<'a>(
    tasks: impl Iterator<Item = &'a Task>,
    state: &StateName,
    roles: &[RoleName],
    types: &[String],
) -> Option<&'a Task> {
    let found = tasks.filter(|task| {
        matches!(&task.state, State::Custom { state: is } if is == state)
            && task.unresolved_blockers().next().is_none()
            && has_role(task, roles)
            && has_type(task, types)
    });
    found.min_by_key(|task| (task.priority, task.seq))
}

/// Returns what [`Reader::count_claimed`](super::Reader::count_claimed) does.
pub fn count_claimed<'a>(tasks: impl Iterator<Item = &'a Task>, orchestrator: &OrchestratorId) -> u64 {
    let held = |task: &&Task| match &task.state {
        State::Claimed { claim } => &claim.holder.orchestrator == orchestrator,
        _ => false,
    };
    tasks.filter(held).count() as u64
}

/// Lists tasks as a query asks for them; they come oldest first.
pub fn list_tasks<'a>(tasks: impl Iterator<Item = &'a Task>, query: &TaskQuery) -> Page<Task> {
    let mut found: Vec<&Task> = tasks.filter(|task| takes(query, task)).collect();
    match query.order {
        TaskOrder::Oldest => {}
        TaskOrder::Newest => found.reverse(),
        TaskOrder::Priority => found.sort_by_key(|task| (task.priority, task.seq)),
    }
    let total = found.len() as u64;
    let skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
    Page::new(found.into_iter().skip(skip).take(most(query.limit)).cloned().collect(), total)
}

fn takes(query: &TaskQuery, task: &Task) -> bool {
    stands_in(query, task)
        && (query.priorities.is_empty() || query.priorities.contains(&task.priority))
        && has_role(task, &query.roles)
        && has_type(task, &query.types)
        && query.after.is_none_or(|after| match query.order {
            TaskOrder::Newest => task.seq < after,
            _ => task.seq > after,
        })
        && query
            .agent
            .as_ref()
            .is_none_or(|agent| task.state.claim().is_some_and(|claim| &claim.holder.agent == agent))
        && (query.project.is_none() || task.attributes.project == query.project)
        && query.needs_person.is_none_or(|needed| task.needs_person().is_some() == needed)
        && query.search.as_ref().is_none_or(|words| {
            let words = words.to_ascii_lowercase();
            [&task.title, task.id.as_str()].iter().any(|text| text.to_ascii_lowercase().contains(&words))
        })
        && query.claimed_by.as_ref().is_none_or(|orchestrator| {
            task.state.claim().is_some_and(|claim| &claim.holder.orchestrator == orchestrator)
        })
}

fn stands_in(query: &TaskQuery, task: &Task) -> bool {
    (query.queues.is_empty() && query.states.is_empty())
        || query.queues.contains(&task.queue())
        || task.flow_state().is_some_and(|state| query.states.contains(state))
}

/// Counts tasks.
pub fn queue_counts<'a>(tasks: impl Iterator<Item = &'a Task>) -> QueueCounts {
    let mut counts = QueueCounts::default();
    for task in tasks {
        *counts.queues.entry(task.queue()).or_default() += 1;
        match claimable_for(task) {
            Some(Purpose::Work) => *counts.incoming_by_role.entry(task.role.clone()).or_default() += 1,
            Some(Purpose::Review) => counts.to_review += 1,
            Some(Purpose::Land) => counts.to_land += 1,
            None => {}
        }
        if let State::Provisional(Provisional { hold: Hold::Person { .. }, .. }) = task.state {
            counts.to_decide += 1;
        }
    }
    counts
}

/// Lists runs as a query asks for them, the newest first; they come in the order of their places.
pub fn list_runs<'a>(runs: impl DoubleEndedIterator<Item = &'a Run>, query: &RunQuery) -> Vec<Run> {
    runs.rev()
        .filter(|run| query.task.as_ref().is_none_or(|task| task == &run.task))
        .filter(|run| !query.unsettled || run.stage != RunStage::Settled)
        .take(most(query.limit))
        .cloned()
        .collect()
}

/// Adds up what runs used.
pub fn usage<'a>(runs: impl Iterator<Item = &'a Run>, query: &UsageQuery) -> Usage {
    runs.filter(|run| query.task.as_ref().is_none_or(|task| task == &run.task))
        .filter(|run| query.since.is_none_or(|since| run.started_at >= since))
        .map(|run| run.usage)
        .sum()
}
