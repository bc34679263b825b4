//! The checks refuse what must not be: a check that cannot fail proves nothing.

use super::{Answer, Ask, Call, Evidence};
use octopoid_core::model::{
    Event, EventDraft, EventKind, MessageDraft, MessageKind, Queue, Run, RunStage, Scope, TaskId, Timestamp,
};
use octopoid_core::store::ErrorKind;
use octopoid_core::transition::Purpose;

fn task() -> TaskId {
    TaskId::numbered(1)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1000)
}

/// Adds an event after the last one, from where the task stands.
fn log(evidence: &mut Evidence, kind: EventKind, actor: &str, to: Queue) {
    let seq = evidence.log.last().map_or(1, |event| event.seq + 1);
    let from = evidence.log.last().and_then(|event| event.to);
    let draft = EventDraft { kind, actor: actor.to_owned(), from, to: Some(to), note: None };
    evidence.log.push(draft.at(seq, Scope::single(), task(), at(0)));
}

fn call(evidence: &mut Evidence, machine: &str, ask: Ask, answer: Answer) {
    let asked = 2 * evidence.calls.len() as u64;
    let machine = machine.to_owned();
    evidence.calls.push(Call { machine, ask, asked, answered: Some(asked + 1), answer });
}

fn done(lease: Option<(i64, i64)>) -> Answer {
    Answer::Done { task: task(), lease: lease.map(|(from, to)| (at(from), at(to))) }
}

fn claim(evidence: &mut Evidence, machine: &str, purpose: Purpose, token: &str, lease: (i64, i64)) {
    call(evidence, machine, Ask::Claim { purpose, token: token.parse().unwrap() }, done(Some(lease)));
}

fn command(evidence: &mut Evidence, machine: &str, name: &'static str, token: &str) {
    let token = Some(token.parse().unwrap());
    call(evidence, machine, Ask::Command { task: task(), name, token }, done(None));
}

fn run(stage: RunStage) -> Run {
    let (agent, machine) = ("a".parse().unwrap(), "machine".parse().unwrap());
    let mut run = Run::new(Scope::single(), task(), 1, agent, None, machine, at(0));
    run.stage = stage;
    run
}

/// A task on its straight way, with a lease that ran out at the beginning.
fn sound() -> Evidence {
    use EventKind::*;
    let mut all = Evidence { titles: vec!["one".to_owned()], ..Evidence::default() };
    for (kind, actor, to) in [
        (Created, "ada", Queue::Incoming),
        (Claimed, "slow", Queue::Claimed),
        (LeaseExpired, "store", Queue::Incoming),
        (Claimed, "a", Queue::Claimed),
        (MessagePosted, "a", Queue::Claimed),
        (Submitted, "a", Queue::Provisional),
        (ReviewClaimed, "b", Queue::Provisional),
        (Approved, "b", Queue::Provisional),
        (LandingClaimed, "a", Queue::Provisional),
        (Accepted, "a", Queue::Done),
        (RunRecorded, "a", Queue::Done),
    ] {
        log(&mut all, kind, actor, to);
    }
    call(&mut all, "ada", Ask::Create { title: "one".to_owned() }, done(None));
    claim(&mut all, "slow", Purpose::Work, "t0", (0, 10));
    claim(&mut all, "a", Purpose::Work, "t1", (10, 20));
    call(&mut all, "a", Ask::Post { task: task(), body: "said".to_owned() }, done(None));
    call(&mut all, "a", Ask::SaveRun(Box::new(run(RunStage::Settled))), done(None));
    command(&mut all, "a", "submit", "t1");
    claim(&mut all, "b", Purpose::Review, "t2", (11, 21));
    command(&mut all, "b", "approve", "t2");
    claim(&mut all, "a", Purpose::Land, "t3", (12, 22));
    command(&mut all, "a", "accept", "t3");
    all.messages =
        vec![MessageDraft::new(MessageKind::Comment, "a", "said").at(1, Scope::single(), task(), at(0))];
    all.runs = vec![run(RunStage::Settled)];
    all.feed = all.log.clone();
    all
}

fn swap_kind(events: &mut [Event], from: EventKind, to: EventKind) {
    events.iter_mut().filter(|event| event.kind == from).for_each(|event| event.kind = to);
}

#[test]
fn a_sound_history_is_accepted() {
    assert_eq!(sound().wrongs(&["ada"]), Vec::<String>::new());
}

#[test]
fn every_planted_defect_is_found() {
    use EventKind::*;
    type Plant = fn(&mut Evidence);
    let defects: &[(&str, Plant)] = &[
        ("a holds it", |e| {
            e.log.insert(5, e.log[3].clone());
            e.log[5].actor = "b".into();
        }),
        ("accepted 2 times", |e| log(e, Accepted, "a", Queue::Done)),
        ("accepted by a: it was done", |e| log(e, Accepted, "a", Queue::Done)),
        ("accepted 0 times", |e| e.log.truncate(9)),
        ("still held by a", |e| e.log.truncate(9)),
        ("accepted by a: the claim on it is None", |e| drop(e.log.remove(8))),
        ("the claim on it is Some((\"b\", ReviewClaimed))", |e| e.log[7].actor = "a".into()),
        ("the claim on it is Some((\"a\", ReviewClaimed))", |e| {
            swap_kind(&mut e.log, LandingClaimed, ReviewClaimed);
        }),
        ("task-9 lands while task-1 does", |e| {
            e.log.insert(9, e.log[8].clone());
            e.log[9].task = TaskId::numbered(9);
        }),
        ("lease_expired by store: nobody holds it", |e| drop(e.log.remove(1))),
        ("it left Some(Claimed)", |e| drop(e.log.remove(3))),
        ("created by ada: it stood in Some(Incoming)", |e| e.log.insert(1, e.log[0].clone())),
        ("log: number 3 does not come after 3", |e| e.log[3].seq = 3),
        ("feed: event 4 is missing", |e| drop(e.feed.remove(3))),
        ("feed: event 11 is missing", |e| drop(e.feed.pop())),
        ("feed: event 4 came twice", |e| e.feed.insert(4, e.feed[3].clone())),
        ("feed: event 4 came after 5", |e| e.feed.swap(3, 4)),
        ("feed: event 12 is not in the log", |e| {
            e.feed.push(e.feed[10].clone());
            e.feed[11].seq = 12;
        }),
        ("is Event", |e| e.feed[4].note = Some("other".into())),
        ("a was told 1 times that task-1 is submitted, logged 0 times", |e| {
            swap_kind(&mut e.log, Submitted, Updated);
        }),
        ("a was told 1 times that task-1 is claimed, logged 0 times", |e| e.log[3].actor = "b".into()),
        ("b was told 0 times that task-1 is claimed, logged 1 times, and there can be 0", |e| {
            e.log[3].actor = "b".into();
        }),
        ("a was told 1 times that task-1 is submitted, logged 2 times, and there can be 1", |e| {
            e.log.insert(6, e.log[5].clone());
        }),
        // Told of the claim while the first one's lease still ran.
        ("holds: a got task-1", |e| {
            let longer = done(Some((0, 15)));
            let ask = Ask::Command { task: task(), name: "renew", token: Some("t0".parse().unwrap()) };
            e.calls.insert(2, Call { ask, answer: longer, ..e.calls[1].clone() });
        }),
        ("holds: b got task-1", |e| drop(e.calls.remove(5))),
        ("a was told 1 times that task-1 is run_recorded, logged 0 times", |e| drop(e.log.pop())),
        ("a was told 1 times that task-1 is message_posted, logged 2 times", |e| {
            e.log.insert(5, e.log[4].clone());
        }),
        ("the message \"said\" is there 2 times", |e| e.messages.push(e.messages[0].clone())),
        ("the message \"said\" is there 0 times", |e| e.messages.clear()),
        ("nobody asked for the message", |e| e.messages[0].body = "unsaid".into()),
        ("the task \"one\" is there 2 times", |e| e.titles.push("one".into())),
        ("1 tasks were created, there are 0", |e| e.titles.clear()),
        ("run task-1.1 was written as settled, it is Some(\"steps\")", |e| {
            e.runs = vec![run(RunStage::Steps)];
        }),
    ];
    for (finding, plant) in defects {
        let mut evidence = sound();
        plant(&mut evidence);
        let wrongs = evidence.wrongs(&["ada"]);
        assert!(wrongs.iter().any(|wrong| wrong.contains(finding)), "{finding}: {wrongs:#?}");
    }
}

#[test]
fn what_nobody_was_told_may_or_may_not_be() {
    let mut evidence = sound();
    // The claim that was lost by its lease: its answer was lost too.
    evidence.calls[1].answer = Answer::Unknown;
    assert_eq!(evidence.wrongs(&["ada"]), Vec::<String>::new());
    // But a claim without an answer that was then used was told to somebody.
    evidence.calls[2].answer = Answer::Unknown;
    assert_eq!(evidence.wrongs(&["ada"]).len(), 1);
    // A submission and a message whose answers were lost may be there or not.
    let mut evidence = sound();
    evidence.calls[3].answer = Answer::Unknown;
    evidence.calls[5].answer = Answer::Unknown;
    assert_eq!(evidence.wrongs(&["ada"]), Vec::<String>::new());
    evidence.messages.clear();
    assert_eq!(evidence.wrongs(&["ada"]), Vec::<String>::new());
}

#[test]
fn what_was_refused_must_not_be() {
    for place in [0, 3, 5] {
        let mut evidence = sound();
        evidence.calls[place].answer = Answer::Refused(ErrorKind::LeaseLost);
        let wrongs = evidence.wrongs(&["ada"]);
        assert!(!wrongs.is_empty(), "call {place}");
        // Unless an earlier request for the same was left open.
        let mut open = evidence.calls[place].clone();
        open.answer = Answer::Unknown;
        evidence.calls.insert(place, open);
        assert_eq!(evidence.wrongs(&["ada"]), Vec::<String>::new());
    }
}
