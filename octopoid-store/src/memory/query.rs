//! What is read outside a batch.

use super::tables::{Tables, Tenant};
use octopoid_core::model::{Event, Hold, Provisional, Queue, Run, Scope, State, Task, Usage};
use octopoid_core::store::{EventQuery, Page, QueueCounts, RunQuery, TaskOrder, TaskQuery, UsageQuery};
use octopoid_core::transition::Purpose;

/// A limit as a count of things in memory.
fn most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn stands_in(query: &TaskQuery, task: &Task) -> bool {
    (query.queues.is_empty() && query.states.is_empty())
        || query.queues.contains(&task.queue())
        || task.flow_state().is_some_and(|state| query.states.contains(state))
}

fn takes(query: &TaskQuery, task: &Task) -> bool {
    stands_in(query, task)
        && (query.priorities.is_empty() || query.priorities.contains(&task.priority))
        && (query.roles.is_empty() || query.roles.contains(&task.role))
        && query.after.is_none_or(|after| match query.order {
            TaskOrder::Newest => task.seq < after,
            _ => task.seq > after,
        })
        && query
            .agent
            .as_ref()
            .is_none_or(|agent| task.state.claim().is_some_and(|claim| &claim.holder.agent == agent))
        && (query.types.is_empty()
            || task.attributes.kind.as_ref().is_some_and(|kind| query.types.contains(kind)))
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

impl Tables {
    pub(super) fn list_tasks(&self, query: &TaskQuery) -> Page<Task> {
        let tenant = self.tenant(&query.scope);
        let mut found: Vec<&Task> = tenant
            .into_iter()
            .flat_map(|tenant| tenant.tasks.values())
            .filter(|task| takes(query, task))
            .collect();
        match query.order {
            TaskOrder::Oldest => {}
            TaskOrder::Newest => found.reverse(),
            TaskOrder::Priority => found.sort_by_key(|task| (task.priority, task.seq)),
        }
        let total = found.len() as u64;
        let skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
        Page { items: found.into_iter().skip(skip).take(most(query.limit)).cloned().collect(), total }
    }

    pub(super) fn queue_counts(&self, scope: &Scope) -> QueueCounts {
        let mut counts = QueueCounts::default();
        let Some(Tenant { tasks, index, .. }) = self.tenant(scope) else { return counts };
        for queue in Queue::ALL {
            match index.in_queue(queue) {
                0 => {}
                number => {
                    counts.queues.insert(queue, number);
                }
            }
        }
        for (role, number) in index.claimable_by_role(Purpose::Work) {
            counts.incoming_by_role.insert(role.clone(), number);
        }
        counts.to_review = index.claimable_by_role(Purpose::Review).map(|(_, number)| number).sum();
        counts.to_land = index.claimable_by_role(Purpose::Land).map(|(_, number)| number).sum();
        let waits = |task: &&Task| {
            matches!(task.state, State::Provisional(Provisional { hold: Hold::Person { .. }, .. }))
        };
        counts.to_decide = tasks.values().filter(waits).count() as u64;
        counts
    }

    pub(super) fn list_runs(&self, query: &RunQuery) -> Vec<Run> {
        let runs = self.tenant(&query.scope).into_iter().flat_map(|tenant| tenant.runs.values().rev());
        runs.filter(|run| query.task.as_ref().is_none_or(|task| task == &run.task))
            .filter(|run| !query.unsettled || run.stage != octopoid_core::model::RunStage::Settled)
            .take(most(query.limit))
            .cloned()
            .collect()
    }

    pub(super) fn usage(&self, query: &UsageQuery) -> Usage {
        let runs = self.tenant(&query.scope).into_iter().flat_map(|tenant| tenant.runs.values());
        runs.filter(|run| query.task.as_ref().is_none_or(|task| task == &run.task))
            .filter(|run| query.since.is_none_or(|since| run.started_at >= since))
            .map(|run| run.usage)
            .sum()
    }

    pub(super) fn list_events(&self, query: &EventQuery) -> Vec<Event> {
        let limit = most(query.limit);
        let Some(task) = &query.task else {
            let later = self.events.range(query.after.saturating_add(1)..).map(|(_, event)| event);
            return later
                .filter(|event| query.scope.as_ref().is_none_or(|scope| scope == &event.scope))
                .take(limit)
                .cloned()
                .collect();
        };
        let tenants = self.tenants.iter();
        let asked = tenants.filter(|(name, _)| query.scope.as_ref().is_none_or(|scope| scope == *name));
        let mut later: Vec<u64> = asked
            .filter_map(|(_, tenant)| tenant.history.get(task))
            .flatten()
            .copied()
            .filter(|seq| *seq > query.after)
            .collect();
        later.sort_unstable();
        later.iter().filter_map(|seq| self.events.get(seq)).take(limit).cloned().collect()
    }
}
