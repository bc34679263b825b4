//! What each machine is told.

use super::board::{Board, Facts};
use super::opening::PAUSE;
use octopoid_core::model::{
    Approval, ArtifactKey, ArtifactKind, Claim, Event, EventDraft, EventKind, Hold, Holder, OrchestratorId,
    Provisional, Queue, RoleName, RunId, Scope, State, Task, TaskId, Timestamp,
};
use octopoid_core::store::{Interest, Offer};
use std::time::Duration;

/// Machines that listen to a history that is written as the test goes.
struct Ground {
    board: Board,
    now: Duration,
    seq: u64,
    machines: Vec<u64>,
    version: u64,
}

fn machine(number: usize) -> OrchestratorId {
    OrchestratorId::new(format!("prod-{number}")).unwrap()
}

fn interest(number: usize) -> Interest {
    Interest::new(Scope::single(), machine(number))
        .with_work(RoleName::implement())
        .with_review(RoleName::review())
        .with_landing()
}

fn claim(number: usize) -> Claim {
    Claim::new(
        "secret".parse().unwrap(),
        Holder::new(machine(number), "agent".parse().unwrap()),
        Timestamp::default(),
        Timestamp::from_millis(1000),
    )
}

fn submitted(hold: Hold) -> State {
    State::Provisional(Provisional::new(None, hold))
}

fn approved(hold: Hold) -> State {
    let approval = Approval::new("reviewer", Timestamp::default(), false);
    State::Provisional(Provisional::new(Some(approval), hold))
}

impl Ground {
    fn with(machines: usize) -> Self {
        let mut board = Board::default();
        board.begin(40);
        let machines =
            (0..machines).map(|number| board.register(interest(number), Duration::ZERO).0).collect();
        Self { board, now: Duration::ZERO, seq: 40, machines, version: 0 }
    }

    /// Tells of an event of a task that stands so afterwards.
    fn tell(&mut self, task: u64, kind: EventKind, from: Queue, state: Option<State>) {
        self.tell_with(task, kind, from, state, Facts::default());
    }

    fn tell_with(&mut self, task: u64, kind: EventKind, from: Queue, state: Option<State>, facts: Facts) {
        (self.seq, self.version) = (self.seq + 1, self.version + 1);
        let task = self.task(task, state);
        let to = task.as_ref().map(|(task, present)| if *present { task.queue() } else { Queue::Done });
        let (task, present) = task.unwrap();
        let event = event(self.seq, &task.id, kind, from, to);
        let facts = Facts { task: present.then_some(task), ..facts };
        self.board.take(&event, &facts, self.now);
    }

    fn task(&self, number: u64, state: Option<State>) -> Option<(Task, bool)> {
        let (role, id) = (RoleName::implement(), TaskId::numbered(number));
        let present = state.is_some();
        let mut task = Task::restored(id, Scope::single(), number, role, state.unwrap_or(State::Incoming));
        task.version = self.version;
        Some((task, present))
    }

    /// What each machine is sent: the events and offers by name.
    fn sent(&mut self) -> Vec<Vec<String>> {
        let texts = self.machines.iter().map(|number| self.board.sent(*number).unwrap().text);
        texts
            .map(|text| {
                let text = String::from_utf8(text.to_vec()).unwrap();
                text.lines().filter_map(|line| line.strip_prefix("event: ")).map(str::to_owned).collect()
            })
            .collect()
    }

    /// How many were offered something.
    fn offered(&mut self) -> usize {
        self.sent().into_iter().flatten().filter(|name| name == "offer").count()
    }

    /// Lets the next call come. Gives how many were offered something.
    fn next_call(&mut self) -> usize {
        self.now += PAUSE;
        self.board.call(self.now);
        self.offered()
    }
}

#[test]
fn only_the_machine_of_a_run_hears_that_somebody_follows_it_and_not_each_time() {
    let mut ground = Ground::with(3);
    ground.tell(7, EventKind::Claimed, Queue::Incoming, Some(State::Claimed { claim: claim(1) }));
    ground.sent();
    let task = TaskId::numbered(7);
    let log = |run| {
        let run = RunId::of(&task, run);
        ArtifactKey::new(Scope::single(), task.clone(), run, ArtifactKind::Log)
    };
    let followed = |ground: &mut Ground, run| {
        ground.board.followed(&log(run), ground.now);
        ground.sent().into_iter().map(|names| names.len()).collect::<Vec<_>>()
    };
    assert_eq!(followed(&mut ground, 1), [0, 1, 0]);
    assert_eq!(followed(&mut ground, 1), [0, 0, 0], "it knows");
    assert_eq!(followed(&mut ground, 2), [0, 1, 0], "another run");
    ground.now += Duration::from_secs(20);
    assert_eq!(followed(&mut ground, 1), [0, 1, 0], "again after a while");
    ground.tell(7, EventKind::Submitted, Queue::Claimed, Some(submitted(Hold::Free)));
    ground.sent();
    ground.now += Duration::from_secs(20);
    assert_eq!(followed(&mut ground, 1), [0, 0, 0], "nobody is at work");
}

fn event(seq: u64, task: &TaskId, kind: EventKind, from: Queue, to: Option<Queue>) -> Event {
    let draft = EventDraft::new(kind, "ada", Some(from), to);
    draft.at(seq, Scope::single(), task.clone(), Timestamp::default())
}

#[test]
fn a_task_is_offered_to_one_and_then_to_more_until_it_is_claimed() {
    let mut ground = Ground::with(100);
    ground.tell(1, EventKind::Created, Queue::Incoming, Some(State::Incoming));
    assert_eq!(ground.offered(), 1);
    assert_eq!(ground.board.next_call(), Some(ground.now + PAUSE));
    assert_eq!(ground.next_call(), 4);
    assert_eq!(ground.next_call(), 16);
    ground.tell(1, EventKind::Claimed, Queue::Incoming, Some(State::Claimed { claim: claim(0) }));
    let withdrawn = ground.sent().into_iter().flatten().filter(|name| name == "withdrawn").count();
    assert_eq!(withdrawn, 20, "all who were told but the one who has it");
    assert_eq!(ground.next_call(), 0);
    assert_eq!(ground.board.next_call(), None);
}

#[test]
fn everybody_is_told_in_the_end_and_nobody_twice() {
    let mut ground = Ground::with(30);
    ground.tell(1, EventKind::Created, Queue::Incoming, Some(State::Incoming));
    let calls: Vec<_> = std::iter::once(ground.offered()).chain((0..4).map(|_| ground.next_call())).collect();
    assert_eq!(calls, [1, 4, 16, 9, 0]);
    assert_eq!(ground.board.next_call(), None, "nobody is left to be told");
    // A machine that comes later is.
    let late = ground.board.register(interest(30), ground.now).0;
    ground.machines.push(late);
    ground.board.call(ground.now);
    assert_eq!(ground.offered(), 1);
}

#[test]
fn those_with_the_fewest_claims_have_their_turn_first_and_then_whoever_waited_longest() {
    let mut ground = Ground::with(3);
    ground.tell(1, EventKind::Claimed, Queue::Incoming, Some(State::Claimed { claim: claim(0) }));
    let mut turns = Vec::new();
    for task in 2..5 {
        ground.tell(task, EventKind::Created, Queue::Incoming, Some(State::Incoming));
        let sent = ground.sent();
        turns.push(sent.iter().position(|names| names.contains(&"offer".to_owned())).unwrap());
    }
    assert_eq!(turns, [1, 2, 1]);
}

#[test]
fn a_machine_hears_of_what_ends_its_claim_and_of_nothing_that_others_hold() {
    let mut ground = Ground::with(2);
    ground.tell(1, EventKind::Claimed, Queue::Incoming, Some(State::Claimed { claim: claim(1) }));
    ground.tell(1, EventKind::MessagePosted, Queue::Claimed, Some(State::Claimed { claim: claim(1) }));
    ground.tell(1, EventKind::RunRecorded, Queue::Claimed, Some(State::Claimed { claim: claim(1) }));
    let failed = State::Failed { reason: "called off".to_owned() };
    ground.tell(1, EventKind::Cancelled, Queue::Claimed, Some(failed.clone()));
    ground.tell(1, EventKind::Updated, Queue::Failed, Some(failed));
    assert_eq!(ground.sent(), [vec![], vec!["message_posted".to_owned(), "cancelled".to_owned()]]);
}

#[test]
fn a_claim_that_is_over_before_it_is_told_of_is_not_forgotten() {
    let mut ground = Ground::with(2);
    let failed = Some(State::Failed { reason: "called off".to_owned() });
    let (task, _) = ground.task(1, Some(State::Claimed { claim: claim(1) })).unwrap();
    ground.board.claimed(&task);
    ground.tell(1, EventKind::Claimed, Queue::Incoming, failed.clone());
    ground.tell(1, EventKind::Cancelled, Queue::Claimed, failed);
    assert_eq!(ground.sent()[1].last().map(String::as_str), Some("cancelled"));
}

#[test]
fn whoever_lost_a_task_hears_of_it_although_another_has_it_by_then() {
    let mut ground = Ground::with(2);
    let held = |number| Some(State::Claimed { claim: claim(number) });
    for number in [0, 1] {
        let (task, _) = ground.task(1, held(number)).unwrap();
        ground.board.claimed(&task);
    }
    ground.tell(1, EventKind::Claimed, Queue::Incoming, held(1));
    ground.tell(1, EventKind::Requeued, Queue::Claimed, held(1));
    assert_eq!(ground.sent()[0].last().map(String::as_str), Some("requeued"));
    ground.tell(1, EventKind::Claimed, Queue::Incoming, held(1));
    ground.tell(1, EventKind::Submitted, Queue::Claimed, Some(submitted(Hold::Free)));
    let sent = ground.sent();
    assert!(!sent[0].contains(&"submitted".to_owned()), "it has nothing to do with it any more: {sent:?}");
    assert!(sent[1].contains(&"submitted".to_owned()));
}

#[test]
fn the_end_of_a_task_is_told_to_those_who_had_it_and_its_removal_to_all() {
    let mut ground = Ground::with(3);
    let earlier = Facts { earlier: vec![machine(2)], ..Facts::default() };
    let done = State::Done { landed: None, at: Timestamp::default() };
    ground.tell_with(1, EventKind::Accepted, Queue::Provisional, Some(done), earlier);
    assert_eq!(ground.sent(), [vec![], vec![], vec!["accepted".to_owned()]]);
    ground.tell(1, EventKind::Deleted, Queue::Done, None);
    assert_eq!(ground.sent(), vec![vec!["deleted".to_owned()]; 3]);
}

#[test]
fn one_landing_at_a_time_is_offered_on_a_branch_and_the_next_when_it_is_over() {
    let mut ground = Ground::with(1);
    ground.tell(
        1,
        EventKind::LandingClaimed,
        Queue::Provisional,
        Some(approved(Hold::Claimed { claim: claim(0) })),
    );
    ground.tell(2, EventKind::Approved, Queue::Provisional, Some(approved(Hold::Free)));
    ground.tell(3, EventKind::Approved, Queue::Provisional, Some(approved(Hold::Free)));
    assert_eq!((ground.offered(), ground.board.next_call()), (0, None));
    let done = State::Done { landed: None, at: Timestamp::default() };
    ground.tell(1, EventKind::Accepted, Queue::Provisional, Some(done));
    assert_eq!(ground.offered(), 0, "whoever has just landed looks for itself first");
    assert_eq!(ground.next_call(), 1);
}

#[test]
fn work_that_was_approved_by_another_is_offered_again() {
    let mut ground = Ground::with(1);
    ground.tell(1, EventKind::Approved, Queue::Provisional, Some(approved(Hold::Free)));
    assert_eq!(ground.offered(), 1);
    ground.tell(1, EventKind::Approved, Queue::Provisional, Some(approved(Hold::Free)));
    assert_eq!(ground.offered(), 1);
    // An event that is told of after the task was read is not.
    ground.version -= 1;
    ground.tell(1, EventKind::Updated, Queue::Provisional, Some(approved(Hold::Free)));
    assert_eq!(ground.offered(), 0);
}

#[test]
fn submitted_work_is_offered_to_reviewers_alone() {
    let mut ground = Ground::with(0);
    let worker = Interest::new(Scope::single(), machine(0)).with_work(RoleName::implement());
    let reviewer = Interest::new(Scope::single(), machine(1)).with_review(RoleName::review());
    let elsewhere = Interest::new(Scope::new("other").unwrap(), machine(2)).with_review(RoleName::review());
    for interest in [worker, reviewer, elsewhere] {
        let number = ground.board.register(interest, ground.now).0;
        ground.machines.push(number);
    }
    ground.tell(1, EventKind::Submitted, Queue::Claimed, Some(submitted(Hold::Free)));
    assert_eq!(ground.sent(), [vec![], vec!["offer".to_owned()], vec![]]);
}

#[test]
fn whoever_waits_for_room_is_told_when_work_leaves_provisional() {
    let mut ground = Ground::with(2);
    ground.tell(1, EventKind::Created, Queue::Incoming, Some(State::Incoming));
    assert_eq!((ground.offered(), ground.next_call(), ground.next_call()), (1, 1, 0));
    let done = || State::Done { landed: None, at: Timestamp::default() };
    let counted = Facts { provisional: Some(19), ..Facts::default() };
    ground.tell_with(2, EventKind::Accepted, Queue::Provisional, Some(done()), counted);
    let texts: Vec<_> =
        ground.machines.iter().map(|number| ground.board.sent(*number).unwrap().text).collect();
    let told =
        texts.iter().filter(|text| String::from_utf8_lossy(text).contains("\"provisional\":19")).count();
    assert_eq!(told, 1);
    // As long as some are still to be told, they are told first.
    let mut ground = Ground::with(2);
    ground.tell(1, EventKind::Created, Queue::Incoming, Some(State::Incoming));
    ground.tell(2, EventKind::Accepted, Queue::Provisional, Some(done()));
    let calls: Vec<_> = std::iter::once(ground.offered()).chain((0..5).map(|_| ground.next_call())).collect();
    assert_eq!(calls, [1, 1, 0, 1, 1, 0]);
    // Also of a task of which nothing was heard, because it was there before.
    let mut ground = Ground::with(2);
    let next_work = ground.task(7, Some(State::Incoming)).map(|(task, _)| task);
    let facts = Facts { next_work, ..Facts::default() };
    ground.tell_with(2, EventKind::Accepted, Queue::Provisional, Some(done()), facts);
    assert_eq!(ground.offered(), 1);
}

#[test]
fn nobody_is_given_more_offers_than_it_can_use() {
    let mut ground = Ground::with(1);
    for task in 0..1000 {
        ground.tell(task, EventKind::Created, Queue::Incoming, Some(State::Incoming));
    }
    assert_eq!(ground.offered(), Offer::MOST);
    for task in 0..Offer::MOST as u64 {
        ground.tell(task, EventKind::Claimed, Queue::Incoming, Some(State::Claimed { claim: claim(0) }));
    }
    ground.tell(2000, EventKind::Created, Queue::Incoming, Some(State::Incoming));
    assert!(ground.offered() <= 1);
}

#[test]
fn what_one_who_left_was_told_is_told_to_another() {
    let mut ground = Ground::with(2);
    ground.tell(1, EventKind::Created, Queue::Incoming, Some(State::Incoming));
    let told = ground.sent().iter().position(|names| !names.is_empty()).unwrap();
    let gone = ground.machines.remove(told);
    ground.board.leave(gone, ground.now);
    assert_eq!(ground.next_call(), 1);
}

#[test]
fn a_machine_that_does_not_read_is_given_up() {
    let mut ground = Ground::with(1);
    ground.tell(1, EventKind::Claimed, Queue::Incoming, Some(State::Claimed { claim: claim(0) }));
    for _ in 0..4000 {
        ground.tell(1, EventKind::MessagePosted, Queue::Claimed, Some(State::Claimed { claim: claim(0) }));
    }
    assert!(ground.board.sent(ground.machines[0]).is_none());
}
