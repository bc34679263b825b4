//! The tasks as the list shows them: explained, grouped and sorted. Pure.

use octopoid_core::model::{State, Task, TaskId};
use octopoid_core::ops::{Attention, Explanation, Situation, explain};
use octopoid_core::orchestrator::Work;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Task with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) task: Task,
    pub(super) group: Attention,
    pub(super) explanation: Explanation,
    /// What its agent does, where the orchestrator here runs it.
    pub(super) work: Option<Work>,
}

impl Entry {
    fn new(task: &Task, situation: &Situation, works: &BTreeMap<&TaskId, &Work>) -> Self {
        let explanation = explain(task, situation);
        Self {
            group: Attention::of(&explanation),
            explanation,
            work: works.get(&task.id).map(|work| (*work).clone()),
            task: task.clone(),
        }
    }

    /// Returns whether a text is found in what people know the task by; the case does not count.
    pub(super) fn matches(&self, words: &str) -> bool {
        if words.is_empty() {
            return true;
        }
        let task = &self.task;
        let project = task.attributes.project.as_ref().map_or("", |project| project.as_str());
        let agent = task.state.claim().map_or("", |claim| claim.holder.agent.as_str());
        let place = task.place().to_string();
        let reason = self.explanation.to_string();
        let priority = task.priority.to_string();
        let all = [
            task.id.as_str(),
            &task.title,
            task.role.as_str(),
            project,
            agent,
            &place,
            &priority,
            &reason,
            &task.description,
        ];
        words.split_whitespace().all(|word| {
            let word = word.to_lowercase();
            all.iter().any(|text| text.to_lowercase().contains(&word))
        })
    }
}

/// Explains tasks, and sorts them as the list shows them: by group; within it what is most urgent and has waited longest comes
/// first, and of what is over the newest.
pub(super) fn entries<'a>(
    tasks: impl IntoIterator<Item = &'a Task>,
    situation: &Situation,
    works: &[Work],
) -> Vec<Entry> {
    let works = works.iter().map(|work| (&work.task, work)).collect();
    let mut entries: Vec<_> = tasks.into_iter().map(|task| Entry::new(task, situation, &works)).collect();
    entries.sort_by(|one, other| {
        let groups = one.group.cmp(&other.group);
        let (one_task, other_task) = (&one.task, &other.task);
        let within = match one.group {
            Attention::Done => Reverse(over_at(one_task)).cmp(&Reverse(over_at(other_task))),
            // What waits stands in the order in which it is taken up.
            Attention::Waiting => one_task.priority.cmp(&other_task.priority),
            Attention::NeedsYou | Attention::Working | Attention::Landing => {
                (one_task.priority, one_task.updated_at).cmp(&(other_task.priority, other_task.updated_at))
            }
        };
        groups.then(within).then_with(|| one_task.seq.cmp(&other_task.seq))
    });
    entries
}

fn over_at(task: &Task) -> octopoid_core::model::Timestamp {
    match &task.state {
        State::Done { at, .. } => *at,
        _ => task.updated_at,
    }
}
