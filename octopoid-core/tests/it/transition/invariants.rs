//! What is true of every step.

use octopoid_core::model::{Hold, Policy, Provisional, Queue, State, Task};
use octopoid_core::transition::{Actor, Command, Transition};

fn actor(command: &Command) -> Option<&Actor> {
    match command {
        Command::HandIn { actor, .. }
        | Command::Approve { actor, .. }
        | Command::Accept { actor, .. }
        | Command::Reject { actor, .. }
        | Command::Requeue { actor, .. }
        | Command::Expire { actor }
        | Command::Block { actor, .. }
        | Command::Unblock { actor, .. }
        | Command::Suspend { actor, .. }
        | Command::Continue { actor, .. }
        | Command::Fail { actor, .. }
        | Command::Cancel { actor, .. }
        | Command::Force { actor, .. }
        | Command::Update { actor, .. } => Some(actor),
        _ => None,
    }
}

/// What is true of a task in any state.
pub(super) fn check_task(task: &Task) {
    let held = matches!(
        task.state,
        State::Claimed { .. } | State::Provisional(Provisional { hold: Hold::Claimed { .. }, .. })
    );
    assert_eq!(task.state.claim().is_some(), held, "I01: a claim exactly where there can be one");
    let open = task.unresolved_blockers().count();
    match task.queue() {
        Queue::Incoming | Queue::Claimed => {
            assert_eq!(open, 0, "I05: no unresolved blocker in {}", task.queue())
        }
        Queue::Blocked => assert!(open > 0, "I05: what is blocked waits for something"),
        _ => {}
    }
    if let (Queue::Incoming | Queue::Claimed, Some(submission)) = (task.queue(), &task.submission) {
        let review = &submission.review;
        assert_eq!(review.state, review.made_in, "work goes on in the state in which it was made");
    }
    if let Some(reason) = task.state.needs_person() {
        assert!(!reason.trim().is_empty(), "I08: a stop says why");
    }
    let mut names: Vec<_> = task.blockers.iter().map(|blocker| &blocker.id).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), task.blockers.len(), "each blocker once");
}

/// What is true of a step that was not refused.
pub(super) fn check_step(before: &Task, command: &Command, step: &Transition, policy: &Policy) {
    let after = &step.task;
    check_task(after);
    let identity =
        |task: &Task| (task.id.clone(), task.scope.clone(), task.seq, task.key.clone(), task.created_at);
    assert_eq!(identity(before), identity(after));
    if step.is_repetition(before) {
        assert_eq!(before, after, "the version counts the changes");
        assert!(step.events.is_empty() && step.messages.is_empty(), "I04: a repetition says nothing");
        return;
    }
    assert_eq!(after.version, before.version + 1, "the version counts the changes");
    let claimed = matches!(command, Command::Claim { .. });
    assert_eq!(
        after.counters.runs,
        before.counters.runs + u32::from(claimed),
        "runs are counted, and only they"
    );
    assert!(after.counters.rejections >= before.counters.rejections);

    let renewed = matches!(command, Command::Renew { .. });
    assert_eq!(step.events.is_empty(), renewed, "I02: every change but a renewal is in the history");
    if let (Some(first), Some(last)) = (step.events.first(), step.events.last()) {
        assert_eq!(first.from, Some(before.queue()));
        assert_eq!(last.to, Some(after.queue()));
    }
    if let (Some(held), Some(shown)) = (before.state.claim(), command.token())
        && !claimed
    {
        assert_eq!(&held.token, shown, "I03: only the holder's token writes");
    }
    assert!(
        before.state.claim().is_some() || claimed || command.token().is_none(),
        "I03: no write without a claim"
    );
    if claimed && let Some(claim) = after.state.claim() {
        assert_eq!(claim.claimed_at, after.updated_at, "leases are reckoned by the store's time");
        let lease = claim.lease_expires_at.since(after.updated_at);
        assert!(!lease.is_zero() && lease <= policy.max_lease);
    }
    if matches!(actor(command), Some(Actor::Bystander(_))) && !matches!(command, Command::Expire { .. }) {
        assert!(before.state.claim().is_none(), "I03: a bystander overrides nobody");
    }
    if !actor(command).is_some_and(Actor::is_person) {
        check_bounds(before, after, policy);
    }
}

/// Once a bound is reached, only a person lets the task go on (I15).
fn check_bounds(before: &Task, after: &Task, policy: &Policy) {
    let (was, is) = (before.counters, after.counters);
    let reached = |was: u32, is: u32, bound: u32| is > was && is >= bound;
    if reached(was.attempts, is.attempts, policy.attempts)
        || reached(was.review_rounds, is.review_rounds, policy.review_rounds)
        || reached(was.conflicts, is.conflicts, policy.conflicts)
    {
        assert!(
            after.state.needs_person().is_some(),
            "I15: a bound ends in a question to a person: {:?}",
            after.state
        );
    }
}
