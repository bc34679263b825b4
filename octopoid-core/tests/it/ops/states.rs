//! Every state of the state machine: what needs a person, and what a retry does.

use super::{agent, machine, person};
use octopoid_core::model::{
    Approval, Blocker, Claim, ClaimToken, CommitId, Hold, Holder, NewTask, Policy, Provisional, Queue, State,
    StateName, Task, TaskId, Timestamp,
};
use octopoid_core::ops::{Attention, Remedy, RetryEffect, Situation, explain, needs_you};
use octopoid_core::transition::{Command, Context, Placement, create, transition};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn blocked_task(state: State) -> Task {
    let blockers = vec![Blocker::new(TaskId::numbered(7), state.queue() != Queue::Blocked)];
    let placement = Placement::new(TaskId::numbered(1), 1, blockers);
    let policy = Policy::default();
    let new = NewTask::new("A task", "Do it.");
    let mut task = create(&new, placement, Context::new(NOW, &policy)).unwrap().task;
    task.state = state;
    task
}

fn claim() -> Claim {
    Claim::new(ClaimToken::new("t").unwrap(), Holder::new(machine(), agent()), NOW, NOW)
}

/// Every state, and those of submitted work with and without an approval.
fn states() -> Vec<State> {
    let approval = |person| Some(Approval::new("ada", NOW, person));
    let holds =
        || [Hold::Free, Hold::Claimed { claim: claim() }, Hold::Person { reason: "three rounds".to_owned() }];
    let mut states = vec![
        State::Backlog,
        State::Blocked,
        State::Incoming,
        State::Claimed { claim: claim() },
        State::NeedsContinuation { reason: "which colour?".to_owned() },
        State::Done { landed: None, at: NOW },
        State::Done { landed: Some(CommitId::new("0".repeat(40)).unwrap()), at: NOW },
        State::Failed { reason: "it cannot be done".to_owned() },
        State::Failed { reason: "cancelled by ada".to_owned() },
        State::Custom { state: StateName::new("testing").unwrap() },
    ];
    for approval in [None, approval(false), approval(true)] {
        states.extend(holds().map(|hold| State::Provisional(Provisional::new(approval.clone(), hold))));
    }
    let queues: BTreeSet<_> = states.iter().map(State::queue).collect();
    assert_eq!(queues, BTreeSet::from(Queue::ALL), "a state is missing here");
    states
}

#[test]
fn i07_whoever_waits_for_a_person_says_why_and_what_can_be_done() {
    for state in states() {
        let task = blocked_task(state);
        let needed = needs_you(&task, &Situation::default());
        // A blocker that does not exist never gets done.
        let expected = match task.queue() {
            Queue::Blocked | Queue::Custom => true,
            _ => task.state.needs_person().is_some() && !task.state.is_cancelled(),
        };
        assert_eq!(needed.is_some(), expected, "{:?}", task.state);
        let Some(needed) = needed else { continue };
        assert!(!needed.remedies.is_empty() && !needed.why.is_empty(), "{needed:?}");
        assert_eq!((needed.task, needed.queue, needed.since), (task.id.clone(), task.queue(), NOW));
        if let Some(reason) = task.state.needs_person() {
            assert!(needed.why.ends_with(reason), "{}", needed.why);
        }
    }
}

#[test]
fn a_client_that_asks_for_a_person_is_heard_until_the_task_is_over() {
    for state in states() {
        let mut task = blocked_task(state);
        task.attributes.needs_intervention = true;
        let is_over = task.is_done() || task.state.is_cancelled();
        assert_eq!(needs_you(&task, &Situation::default()).is_none(), is_over, "{:?}", task.state);
    }
}

#[test]
fn a_retry_is_offered_where_the_state_machine_accepts_it_and_nowhere_else() {
    for state in states() {
        let task = blocked_task(state);
        let (policy, retry) = (Policy::default(), Command::Continue { actor: person(), note: String::new() });
        let accepted = transition(&task, &retry, Context::new(NOW, &policy));
        let effect = RetryEffect::of(&task.state);
        assert_eq!(accepted.is_ok(), effect != RetryEffect::Refused, "{:?}: {accepted:?}", task.state);
        let mut alone = Situation::default();
        (alone.roles, alone.person_approves) = (Some([].into()), true);
        for situation in [Situation::default(), alone] {
            let explanation = explain(&task, &situation);
            let is_own = |remedy: &Remedy| matches!(remedy, Remedy::Retry { task: id, .. } if *id == task.id);
            if explanation.remedies.iter().any(is_own) {
                assert_ne!(effect, RetryEffect::Refused, "{:?}", task.state);
            }
        }
    }
}

#[test]
fn a_task_is_in_the_group_needs_you_exactly_where_it_needs_a_person() {
    for state in states() {
        let task = blocked_task(state);
        let situation = Situation::default();
        let group = Attention::of(&explain(&task, &situation));
        assert_eq!(group == Attention::NeedsYou, needs_you(&task, &situation).is_some(), "{:?}", task.state);
        let wanted = match (&task.state, task.queue()) {
            (_, Queue::Claimed) => Some(Attention::Working),
            (state, Queue::Provisional) if state.landing().is_some() => Some(Attention::Landing),
            (_, Queue::Done) => Some(Attention::Done),
            (_, Queue::Incoming | Queue::Backlog) => Some(Attention::Waiting),
            (state, _) if state.is_cancelled() => Some(Attention::Done),
            _ => None,
        };
        assert!(wanted.is_none_or(|wanted| wanted == group), "{:?} is in {group:?}", task.state);
    }
}
