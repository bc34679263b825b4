//! Corners that people or machines run into now and then.

use super::recipe::{START, bystander, claim, new_task, other, person, system, token};
use octopoid_core::model::{
    EventKind, Hold, Policy, Provisional, Queue, RoleName, State, Submission, Task, TaskPatch,
};
use octopoid_core::transition::{Actor, Cause, Command, Context, Purpose, Refusal, transition};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

fn apply(task: &Task, command: &Command) -> Result<Task, Refusal> {
    transition(task, command, Context::new(START, &Policy::default())).map(|done| done.task)
}

fn take(task: &Task, purpose: Purpose, name: &str) -> Task {
    apply(task, &Command::Claim { purpose, claim: claim(name, START, LEASE) }).unwrap()
}

fn submit(name: &str) -> Command {
    Command::Submit { token: token(name), submission: Submission::new(1, 1) }
}

fn submitted(name: &str) -> Task {
    apply(&take(&new_task(&Policy::default(), 0, false), Purpose::Work, name), &submit(name)).unwrap()
}

fn shows(name: &str) -> Actor {
    Actor::Holder(token(name))
}

#[test]
fn i04_a_late_repetition_is_recognised_while_somebody_else_holds_the_task() {
    let reviewed = take(&submitted("worker"), Purpose::Review, "reviewer");
    assert_eq!(apply(&reviewed, &submit("worker")).unwrap(), reviewed);
    let other = Command::Release { token: token("worker"), reason: String::new() };
    assert!(matches!(apply(&reviewed, &other), Err(Refusal::LeaseLost { .. })));
}

#[test]
fn i04_the_same_token_may_claim_and_give_back_twice() {
    let task = new_task(&Policy::default(), 0, false);
    let release = Command::Release { token: token("t"), reason: String::new() };
    let once = apply(&take(&task, Purpose::Work, "t"), &release).unwrap();
    let again = take(&once, Purpose::Work, "t");
    assert_eq!(apply(&again, &release).unwrap().queue(), Queue::Incoming);
}

#[test]
fn i03_a_claimer_with_a_wrong_clock_gets_a_lease_by_the_stores_time() {
    let task = new_task(&Policy::default(), 0, false);
    let year = Duration::from_secs(365 * 86_400);
    for wrong in [START + year, START - year] {
        let claim = claim("t", wrong, LEASE);
        let taken = apply(&task, &Command::Claim { purpose: Purpose::Work, claim }).unwrap();
        let held = taken.state.claim().unwrap();
        assert_eq!((held.claimed_at, held.lease_expires_at), (START, START + LEASE));
    }
}

#[test]
fn i03_only_the_own_token_lets_a_holder_expire_its_claim() {
    let policy = Policy::default();
    let taken = take(&new_task(&policy, 0, false), Purpose::Work, "t");
    let late = Context::new(START + LEASE, &policy);
    let foreign = transition(&taken, &Command::Expire { actor: shows("x") }, late);
    assert!(matches!(foreign, Err(Refusal::LeaseLost { .. })));
    for actor in [shows("t"), person(), system()] {
        let freed = transition(&taken, &Command::Expire { actor }, late).unwrap();
        assert_eq!(freed.task.queue(), Queue::Incoming);
    }
}

#[test]
fn i03_a_bystander_decides_as_a_person_does_but_never_over_a_holder() {
    let work = submitted("worker");
    let accept = || Command::Accept { actor: bystander(), landed: None };
    let reject = Command::Reject { actor: bystander(), reason: "not yet".into(), cause: Cause::Review };
    let reviewed = take(&work, Purpose::Review, "reviewer");
    for command in [accept(), reject.clone()] {
        assert!(matches!(apply(&reviewed, &command), Err(Refusal::LeaseLost { .. })));
    }
    assert_eq!(apply(&work, &accept()).unwrap().queue(), Queue::Done);
    assert_eq!(apply(&work, &reject).unwrap().queue(), Queue::Incoming);
}

#[test]
fn i15_requeues_by_the_system_are_bounded_too() {
    let mut task = submitted("t");
    task.counters.attempts = Policy::default().attempts - 1;
    let stopped = apply(&task, &Command::Requeue { actor: system(), reason: "again".into() }).unwrap();
    assert_eq!(stopped.queue(), Queue::NeedsContinuation);
    let person = apply(&task, &Command::Requeue { actor: person(), reason: "again".into() }).unwrap();
    assert_eq!(person.queue(), Queue::Incoming);
}

#[test]
fn i15_the_system_does_not_decide_for_a_person() {
    let mut task = submitted("t0");
    for round in 0..Policy::default().review_rounds {
        let (review, work) = (format!("r{round}"), format!("w{round}"));
        task = take(&task, Purpose::Review, &review);
        let reject =
            Command::Reject { actor: shows(&review), reason: "not yet".into(), cause: Cause::Review };
        task = apply(&task, &reject).unwrap();
        if task.queue() == Queue::Incoming {
            task = apply(&take(&task, Purpose::Work, &work), &submit(&work)).unwrap();
        }
    }
    assert!(task.state.needs_person().is_some());
    let reason = || "so".to_owned();
    for command in [
        Command::Approve { actor: system(), comments: String::new() },
        Command::Accept { actor: system(), landed: None },
        Command::Reject { actor: system(), reason: reason(), cause: Cause::Review },
        Command::Requeue { actor: system(), reason: reason() },
        Command::Fail { actor: system(), reason: reason() },
    ] {
        assert!(matches!(apply(&task, &command), Err(Refusal::PersonOnly { .. })), "{command:?}");
    }
    let continued = apply(&task, &Command::Continue { actor: person(), note: String::new() }).unwrap();
    assert_eq!((continued.queue(), continued.counters.review_rounds), (Queue::Incoming, 0));
}

#[test]
fn what_a_person_called_off_is_told_from_every_failure() {
    let task = new_task(&Policy::default(), 0, false);
    let cancelled = apply(&task, &Command::Cancel { actor: person(), reason: "no".to_owned() }).unwrap();
    assert!(cancelled.state.is_cancelled(), "{:?}", cancelled.state);
    let says = "cancelled by the network, says the agent";
    let failed = apply(&task, &Command::Fail { actor: person(), reason: says.to_owned() }).unwrap();
    assert!(!failed.state.is_cancelled(), "{:?}", failed.state);
    assert!(failed.state.needs_person().is_some_and(|why| why.ends_with(says)), "{:?}", failed.state);
}

#[test]
fn i05_waiting_for_what_one_waits_for_changes_nothing() {
    let task = new_task(&Policy::default(), 1, false);
    for on in [vec![], vec![other(0)]] {
        assert_eq!(apply(&task, &Command::Block { actor: person(), on }).unwrap(), task);
    }
    let more =
        apply(&task, &Command::Block { actor: person(), on: vec![other(0), other(1), other(1)] }).unwrap();
    assert_eq!(more.blockers.len(), 2);
}

#[test]
fn what_needs_no_review_is_approved_when_it_is_handed_in_and_by_no_person() {
    let mut task = new_task(&Policy::default(), 0, false);
    task.attributes.auto_accept = true;
    let task = take(&task, Purpose::Work, "worker");
    let policy = Policy::default();
    let context = Context::new(START, &policy);
    let change = transition(&task, &submit("worker"), context).unwrap();
    let State::Provisional(Provisional { approval: Some(approval), hold: Hold::Free, .. }) =
        &change.task.state
    else {
        panic!("{:?}", change.task.state)
    };
    assert_eq!((approval.by.as_str(), approval.person), ("auto_accept", false));
    let kinds: Vec<_> = change.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Submitted, EventKind::Approved]);
    // Its answer may be lost as well, and a person may confirm it.
    assert_eq!(apply(&change.task, &submit("worker")).unwrap(), change.task);
    let confirmed =
        apply(&change.task, &Command::Approve { actor: person(), comments: String::new() }).unwrap();
    assert_eq!(confirmed.queue(), Queue::Provisional);
}

#[test]
fn what_burnt_out_is_not_approved_although_it_needs_no_review() {
    let mut task = new_task(&Policy::default(), 0, false);
    task.attributes.auto_accept = true;
    let mut submission = Submission::new(1, 1);
    submission.turn_limit_reached = true;
    let command = Command::Submit { token: token("worker"), submission };
    assert_eq!(
        apply(&take(&task, Purpose::Work, "worker"), &command).unwrap().queue(),
        Queue::NeedsContinuation
    );
}

fn handed_in(digit: char) -> Submission {
    let mut submission = Submission::new(1, 1);
    submission.base = Some("0".repeat(40).parse().unwrap());
    submission.head = Some(digit.to_string().repeat(40).parse().unwrap());
    submission
}

/// A reviewer's word on work that was handed in.
fn reviewed(task: &Task, name: &str, content: bool) -> Task {
    let actor = Actor::Reviewer { token: token(name), role: RoleName::review() };
    let command = match content {
        true => Command::Approve { actor, comments: String::new() },
        false => Command::Reject { actor, reason: "not so".into(), cause: Cause::Review },
    };
    apply(&take(task, Purpose::Review, name), &command).unwrap()
}

fn handed_in_by(task: &Task, name: &str, digit: char) -> Task {
    let command = Command::Submit { token: token(name), submission: handed_in(digit) };
    apply(&take(task, Purpose::Work, name), &command).unwrap()
}

fn conflict(task: &Task, name: &str) -> Task {
    let reject = Command::Reject { actor: shows(name), reason: "a conflict".into(), cause: Cause::Conflict };
    apply(&take(task, Purpose::Land, name), &reject).unwrap()
}

/// The head of what was approved before, as the reviewer of the newest submission is told.
fn approved_before(task: &Task) -> Option<char> {
    let review = &task.submission.as_ref().unwrap().review;
    let before = review.approved_before.as_ref().filter(|before| before.counts_for(&RoleName::review()))?;
    before.head.as_str().chars().next()
}

#[test]
fn i19_what_was_approved_is_known_until_what_became_of_it_is_rejected() {
    let first = reviewed(&handed_in_by(&new_task(&Policy::default(), 0, false), "w1", '1'), "r1", true);
    assert_eq!(approved_before(&first), None);
    let back = conflict(&first, "l1");
    let second = handed_in_by(&back, "w2", '2');
    assert_eq!(approved_before(&second), Some('1'));

    // A conflict of what nobody has looked at yet leaves it at what was approved.
    let held = take(&back, Purpose::Work, "w3");
    let reject = Command::Reject { actor: shows("w3"), reason: "again".into(), cause: Cause::Conflict };
    assert_eq!(approved_before(&handed_in_by(&apply(&held, &reject).unwrap(), "w4", '3')), Some('1'));

    // What was made of it and approved is what counts from then on.
    let again = conflict(&reviewed(&second, "r2", true), "l2");
    assert_eq!(approved_before(&again), Some('2'));

    // Rejected for what it says, it is reviewed as a whole again; by a person just so.
    let rejected = handed_in_by(&reviewed(&second, "r3", false), "w5", '4');
    assert_eq!(approved_before(&rejected), None);
    let reject = Command::Reject { actor: person(), reason: "no".into(), cause: Cause::Review };
    assert_eq!(approved_before(&handed_in_by(&apply(&second, &reject).unwrap(), "w6", '5')), None);

    // Other reviewers have approved nothing, and what was let through unseen nobody has.
    let other = RoleName::new("style").unwrap();
    let before = second.submission.as_ref().unwrap().review.approved_before.clone().unwrap();
    assert!(!before.counts_for(&other));
    let mut unseen = new_task(&Policy::default(), 0, false);
    unseen.attributes.auto_accept = true;
    let unseen = handed_in_by(&unseen, "w7", '6');
    assert_eq!(approved_before(&conflict(&unseen, "l3")), None);

    // What whoever hands in says of it does not count.
    let mut told = handed_in('7');
    told.review.approved_before = Some(before);
    let task = take(&new_task(&Policy::default(), 0, false), Purpose::Work, "w8");
    let task = apply(&task, &Command::Submit { token: token("w8"), submission: told }).unwrap();
    assert_eq!(approved_before(&task), None);
}

#[test]
fn i20_a_task_that_is_landing_stays_on_its_branch() {
    let approved = reviewed(&handed_in_by(&new_task(&Policy::default(), 0, false), "w", '1'), "r", true);
    let move_to = |branch: Option<&str>| {
        let mut patch = TaskPatch::default();
        patch.branch = Some(branch.map(str::to_owned));
        patch.title = Some("Another".into());
        Command::Update { actor: person(), patch }
    };
    let landing = take(&approved, Purpose::Land, "l");
    assert!(matches!(apply(&landing, &move_to(Some("release"))), Err(Refusal::Held { .. })));
    apply(&landing, &move_to(None)).unwrap();
    assert_eq!(apply(&approved, &move_to(Some("release"))).unwrap().branch.as_deref(), Some("release"));
}
