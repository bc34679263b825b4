//! Tasks as a tree. Pure.

use crate::model::{Task, TaskId};
use std::collections::{BTreeMap, BTreeSet};

/// Returns the tasks in the order in which a tree shows them, each with its depth. A task stands below the newest of those that it
/// waits for or waited for and that are parts of the same task, or else below the one that it is a part of.
pub fn tree(tasks: &[Task]) -> Vec<(usize, &Task)> {
    let known: BTreeMap<&TaskId, &Task> = tasks.iter().map(|task| (&task.id, task)).collect();
    let mut below: BTreeMap<Option<&TaskId>, Vec<&Task>> = BTreeMap::new();
    for task in tasks {
        let whole = task.attributes.parent.as_ref().and_then(|parent| known.get(parent).copied());
        let blockers = task.blockers.iter().filter_map(|blocker| known.get(&blocker.id).copied());
        let newest = blockers
            .filter(|blocker| whole.is_none() || blocker.attributes.parent == task.attributes.parent)
            .max_by_key(|blocker| blocker.seq);
        below.entry(newest.or(whole).map(|task| &task.id)).or_default().push(task);
    }
    let (mut shown, mut seen) = (Vec::with_capacity(tasks.len()), BTreeSet::new());
    let roots = below.get(&None).into_iter().flatten().copied();
    // Parents are free words of clients: those that stand in a ring are shown all the same.
    for root in roots.chain(tasks) {
        let mut open = vec![(0, root)];
        while let Some((depth, task)) = open.pop() {
            if !seen.insert(&task.id) {
                continue;
            }
            shown.push((depth, task));
            open.extend(below.get(&Some(&task.id)).into_iter().flatten().rev().map(|one| (depth + 1, *one)));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Blocker, NewTask, Policy, Timestamp};
    use crate::transition::{Context, Placement, create};

    fn task(seq: u64, parent: Option<u64>, blockers: &[u64]) -> Task {
        let mut new = NewTask::new("A task", "Do it.");
        new.attributes.parent = parent.map(TaskId::numbered);
        let blockers =
            blockers.iter().map(|id| Blocker { id: TaskId::numbered(*id), resolved: false }).collect();
        let placement = Placement { id: TaskId::numbered(seq), seq, blockers };
        let policy = Policy::default();
        create(&new, placement, Context { now: Timestamp::default(), policy: &policy }).unwrap().task
    }

    fn shown(tasks: &[Task]) -> Vec<(usize, String)> {
        tree(tasks).into_iter().map(|(depth, task)| (depth, task.id.to_string())).collect()
    }

    fn line(depth: usize, number: u64) -> (usize, String) {
        (depth, format!("task-{number}"))
    }

    #[test]
    fn a_task_stands_below_its_parent_or_the_newest_that_it_waits_for() {
        let tasks = [task(1, None, &[]), task(2, None, &[1]), task(3, Some(1), &[2]), task(4, None, &[1, 2])];
        assert_eq!(shown(&tasks), [line(0, 1), line(1, 2), line(2, 4), line(1, 3)]);
    }

    #[test]
    fn the_parts_of_a_task_stand_below_those_of_its_parts_that_they_wait_for() {
        let tasks =
            [task(1, None, &[]), task(2, Some(1), &[]), task(3, Some(1), &[2]), task(4, Some(1), &[2, 3])];
        assert_eq!(shown(&tasks), [line(0, 1), line(1, 2), line(2, 3), line(3, 4)]);
    }

    #[test]
    fn what_others_know_nothing_of_and_rings_are_shown_once() {
        let tasks = [task(1, Some(2), &[]), task(2, Some(1), &[]), task(3, Some(99), &[98])];
        assert_eq!(shown(&tasks), [line(0, 3), line(0, 1), line(1, 2)]);
    }
}
