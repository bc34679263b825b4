//! Tasks that are done in parts.

use super::recipe::{START, claim, new_task, system, token};
use octopoid_core::model::{Policy, Queue, Subtask, Task, TaskId};
use octopoid_core::transition::{Command, Context, Purpose, Refusal, Transition, check_subtasks, transition};
use proptest::prelude::*;
use std::time::Duration;

fn apply(task: &Task, command: &Command) -> Result<Transition, Refusal> {
    transition(task, command, Context::new(START, &Policy::default()))
}

fn named(mut parts: Vec<Subtask>) -> Vec<Subtask> {
    for (number, part) in (10..).zip(&mut parts) {
        part.id = Some(TaskId::numbered(number));
    }
    parts
}

fn part(key: &str) -> Subtask {
    Subtask::new(key, "A part", "Do it.")
}

fn broken(parts: Vec<Subtask>) -> Result<Transition, Refusal> {
    let claim = claim("t", START, Duration::from_secs(60));
    let claimed = Command::Claim { purpose: Purpose::Work, claim };
    let task = apply(&new_task(&Policy::default(), 0, false), &claimed)?.task;
    apply(&task, &Command::BreakDown { token: token("t"), subtasks: parts })
}

#[test]
fn the_parts_come_with_the_task_that_waits_for_them() {
    let made = broken(named(vec![part("a"), part("b").after(["a"])])).unwrap();
    assert_eq!(made.task.queue(), Queue::Blocked);
    let ids: Vec<_> = made.subtasks.iter().map(|part| part.id.clone().unwrap()).collect();
    assert_eq!(made.task.unresolved_blockers().cloned().collect::<Vec<_>>(), ids);
    assert_eq!(made.subtasks[1].blocked_by, ids[..1]);
    let again = Command::BreakDown { token: token("t"), subtasks: named(vec![part("c")]) };
    let repeated = apply(&made.task, &again).unwrap();
    assert!(repeated.is_repetition(&made.task) && repeated.subtasks.is_empty());
}

#[test]
fn parts_without_ids_are_refused_and_whoever_holds_nothing_too() {
    assert!(matches!(broken(vec![part("a")]), Err(Refusal::Invalid { .. })));
    let free = new_task(&Policy::default(), 0, false);
    let command = Command::BreakDown { token: token("t"), subtasks: named(vec![part("a")]) };
    assert!(matches!(apply(&free, &command), Err(Refusal::LeaseLost { .. })));
}

#[test]
fn the_whole_is_done_exactly_with_its_last_part() {
    let mut task = broken(named(vec![part("a"), part("b"), part("c")])).unwrap().task;
    let ids: Vec<_> = task.unresolved_blockers().cloned().collect();
    for (index, blocker) in ids.iter().enumerate() {
        let unblock = Command::Unblock { actor: system(), blocker: blocker.clone() };
        let next = apply(&task, &unblock).unwrap();
        assert_eq!(next.finishes(&task), index == 2);
        task = next.task;
    }
    assert_eq!(task.queue(), Queue::Done);
}

proptest! {
    /// Whatever graph is accepted can be done: while anything is left, something waits for nothing that is left.
    #[test]
    fn i05_an_accepted_graph_can_be_done(edges in prop::collection::vec((0_usize..7, 0_usize..7), 0..12)) {
        let key = |n: usize| format!("k{n}");
        let mut parts: Vec<_> = (0..7).map(|n| part(&key(n))).collect();
        for (from, to) in &edges {
            parts[*from].blocked_by.push(key(*to));
        }
        let mut left: Vec<&Subtask> = parts.iter().collect();
        loop {
            let keys: Vec<&str> = left.iter().map(|part| part.key.as_str()).collect();
            let waits = |part: &Subtask| part.blocked_by.iter().any(|on| keys.contains(&on.as_str()));
            let rest: Vec<&Subtask> = left.iter().copied().filter(|part| waits(part)).collect();
            if rest.len() == left.len() {
                break;
            }
            left = rest;
        }
        let accepted = check_subtasks(&parts, 0, &Policy::default()).is_ok();
        prop_assert_eq!(accepted, left.is_empty(), "{:?}", edges);
    }
}
