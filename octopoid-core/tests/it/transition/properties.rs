//! Random sequences.

use super::invariants::{check_step, check_task};
use super::recipe::{Recipe, START, new_task, other, person, policy, recipe};
use octopoid_core::model::{Hold, Policy, Provisional, Queue, State, Task, Timestamp};
use octopoid_core::transition::{Command, Context, transition};
use proptest::prelude::*;

/// Carries a sequence out, with `look` at every step, and gives the task at its end.
fn play(
    policy: &Policy,
    blockers: usize,
    backlog: bool,
    steps: &[Recipe],
    mut look: impl FnMut(&Task, &Command, Timestamp),
) -> Task {
    let mut task = new_task(policy, blockers, backlog);
    check_task(&task);
    let mut now = START;
    for (number, step) in steps.iter().enumerate() {
        now = now + step.passes;
        let command = step.command(&task, now, number);
        look(&task, &command, now);
        if let Ok(done) = transition(&task, &command, Context::new(now, policy)) {
            check_step(&task, &command, &done, policy);
            task = done.task;
        }
    }
    task
}

fn claimable(state: &State) -> bool {
    matches!(state, State::Incoming | State::Provisional(Provisional { hold: Hold::Free, .. }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i01_i08_every_step_keeps_the_invariants(
        policy in policy(), blockers in 0_usize..3, backlog: bool, steps in prop::collection::vec(recipe(), 1..60),
    ) {
        play(&policy, blockers, backlog, &steps, |_, _, _| {});
    }

    #[test]
    fn i04_a_repeated_request_has_one_effect(
        policy in policy(), steps in prop::collection::vec(recipe(), 1..40),
    ) {
        play(&policy, 0, false, &steps, |task, command, now| {
            let context = Context::new(now, &policy);
            let Ok(once) = transition(task, command, context) else { return };
            // A renewal counts from the moment it arrives, and a person may say the same thing twice.
            if command.token().is_none() || matches!(command, Command::Renew { .. } | Command::Update { .. }) {
                return;
            }
            let twice = transition(&once.task, command, context).expect("a repetition is not refused");
            assert!(twice.is_repetition(&once.task), "{command:?} twice");
            // Also when its answer was lost for so long that somebody else holds the task.
            if claimable(&once.task.state) {
                let purpose = octopoid_core::transition::Purpose::Work;
                let claim = super::recipe::claim("somebody-else", now, std::time::Duration::from_secs(60));
                if let Ok(taken) = transition(&once.task, &Command::Claim { purpose, claim }, context) {
                    let late = transition(&taken.task, command, context).expect("a late repetition is not refused");
                    assert!(late.is_repetition(&taken.task));
                }
            }
        });
    }

    #[test]
    fn i07_a_person_gets_every_task_on_with_one_command(
        policy in policy(), blockers in 0_usize..3, backlog: bool, steps in prop::collection::vec(recipe(), 0..40),
    ) {
        let task = play(&policy, blockers, backlog, &steps, |_, _, _| {});
        let context = Context::new(START + std::time::Duration::from_secs(1_000_000), &policy);
        let reason = || "go on".to_owned();
        // First the commands that people use every day, last the one that always works.
        let everyday = [
            Command::Accept { actor: person(), landed: None },
            Command::Continue { actor: person(), note: String::new() },
            Command::Requeue { actor: person(), reason: reason() },
        ];
        let ends = |command: &Command| {
            transition(&task, command, context).is_ok_and(|done| done.task.is_done() || claimable(&done.task.state))
        };
        let free = task.unresolved_blockers().next().is_none();
        let stands = task.is_done() || claimable(&task.state);
        prop_assert!(!free || stands || everyday.iter().any(ends), "{:?} has no everyday way out", task.state);
        let force = Command::Force { actor: person(), to: Queue::Incoming.into(), reason: reason() };
        prop_assert!(ends(&force), "{:?} cannot even be forced", task.state);
    }

    #[test]
    fn i05_resolving_every_blocker_frees_what_is_blocked(
        policy in policy(), steps in prop::collection::vec(recipe(), 0..30),
    ) {
        let mut task = play(&policy, 2, false, &steps, |_, _, _| {});
        if task.queue() == Queue::Blocked {
            let open: Vec<_> = task.unresolved_blockers().cloned().collect();
            let in_parts = task.breakdown.as_ref().is_some_and(|breakdown| breakdown.done);
            let free = if in_parts { Queue::Done } else { Queue::Incoming };
            for (number, blocker) in open.iter().enumerate() {
                let command = Command::Unblock { actor: super::recipe::system(), blocker: blocker.clone() };
                task = transition(&task, &command, Context::new(START, &policy)).unwrap().task;
                let last = number + 1 == open.len();
                prop_assert_eq!(task.queue(), if last { free } else { Queue::Blocked });
            }
        }
        prop_assert!(task.blockers.iter().all(|blocker| (0..4).any(|number| other(number) == blocker.id)));
    }
}
