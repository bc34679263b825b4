//! Commands that may or may not fit, made from a few random numbers and the task as it stands.

use octopoid_core::model::{
    AgentName, Blocker, Claim, ClaimToken, CommitId, Gates, Holder, NewTask, OrchestratorId, Place, Policy,
    Queue, RoleName, StateName, Submission, Subtask, Task, TaskId, TaskPatch, Timestamp,
};
use octopoid_core::transition::{Actor, Cause, Command, Context, Placement, Purpose, create};
use proptest::prelude::*;
use std::time::Duration;

pub(super) const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A place for a task that is moved by hand.
fn place(detail: usize) -> Place {
    match Queue::ALL[detail % Queue::ALL.len()] {
        Queue::Custom => Place::State(StateName::new("testing").unwrap()),
        queue => Place::Queue(queue),
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who {
    Holder,
    Stale,
    Person,
    Bystander,
    System,
}

/// One step of a sequence: some time passes, then somebody tries something.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) passes: Duration,
    who: Who,
    what: u8,
    detail: u8,
}

pub(super) fn recipe() -> impl Strategy<Value = Recipe> {
    let who = prop_oneof![
        4 => Just(Who::Holder),
        1 => Just(Who::Stale),
        3 => Just(Who::Person),
        1 => Just(Who::Bystander),
        1 => Just(Who::System),
    ];
    // Claims, submissions and verdicts more often than the rest, so that sequences get somewhere.
    let what = prop_oneof![6 => 0_u8..6, 3 => 6_u8..21];
    (prop_oneof![4 => 0_u64..20, 1 => 0_u64..200], who, what, any::<u8>()).prop_map(
        |(passes, who, what, detail)| Recipe { passes: Duration::from_secs(passes), who, what, detail },
    )
}

/// A policy with bounds that short sequences reach.
pub(super) fn policy() -> impl Strategy<Value = Policy> {
    (1_u32..4, 1_u32..4, 1_u32..4).prop_map(|(rounds, attempts, conflicts)| {
        Policy::default()
            .with_review_rounds(rounds)
            .with_attempts(attempts)
            .with_conflicts(conflicts)
            .with_turns(5, 10)
    })
}

pub(super) fn new_task(policy: &Policy, blockers: usize, backlog: bool) -> Task {
    let mut new = NewTask::new("A title", "What is to be done.");
    new.place = backlog.then_some(Place::Queue(Queue::Backlog));
    let blockers = (0..blockers).map(|number| Blocker::new(other(number), false)).collect();
    let placement = Placement::new(TaskId::numbered(1), 1, blockers);
    create(&new, placement, Context::new(START, policy)).unwrap().task
}

pub(super) fn other(number: usize) -> TaskId {
    TaskId::numbered(100 + number as u64)
}

pub(super) fn token(name: &str) -> ClaimToken {
    ClaimToken::new(name).unwrap()
}

pub(super) fn person() -> Actor {
    Actor::Person("ada".to_owned())
}

pub(super) fn bystander() -> Actor {
    Actor::Bystander("bob".to_owned())
}

pub(super) fn system() -> Actor {
    Actor::System(OrchestratorId::new("machine").unwrap())
}

pub(super) fn claim(name: &str, now: Timestamp, lease: Duration) -> Claim {
    let holder = Holder::new(OrchestratorId::new("machine").unwrap(), AgentName::new("agent").unwrap());
    Claim::new(token(name), holder, now, now + lease)
}

impl Recipe {
    /// The command, for the task as it stands. `step` makes fresh tokens.
    pub(super) fn command(&self, task: &Task, now: Timestamp, step: usize) -> Command {
        let detail = usize::from(self.detail);
        let held = || task.state.claim().map_or_else(|| token("nobody"), |claim| claim.token.clone());
        let actor = match self.who {
            Who::Holder => Actor::Holder(held()),
            Who::Stale => Actor::Holder(token(&format!("fresh-{}", detail % (step + 1)))),
            Who::Person => person(),
            Who::Bystander => bystander(),
            Who::System => system(),
        };
        let shown = match &actor {
            Actor::Holder(token) => token.clone(),
            _ => held(),
        };
        let reason =
            if detail.is_multiple_of(7) { " ".to_owned() } else { format!("reason {detail}\nand more") };
        match self.what {
            0 | 1 => {
                let purpose = [Purpose::Work, Purpose::Review, Purpose::Land][detail % 3];
                let lease = Duration::from_secs([30, 60, 0, 5000][detail % 4].min(30 + detail as u64 * 40));
                Command::Claim { purpose, claim: claim(&format!("fresh-{step}"), now, lease) }
            }
            2 | 3 => {
                let mut submission = Submission::new(u32::from(self.detail % 3), u32::from(self.detail % 12));
                submission.turn_limit_reached = detail.is_multiple_of(11);
                submission.summary = (detail % 2 == 1).then(|| "did it".to_owned());
                Command::Submit { token: shown, submission }
            }
            4 => Command::Approve { actor, comments: "good".to_owned() },
            5 => {
                let cause = [Cause::Review, Cause::Tests, Cause::Conflict][detail % 3];
                Command::Reject { actor, reason, cause }
            }
            6 => {
                let landed = (detail % 2 == 0).then(|| CommitId::new("a".repeat(40)).unwrap());
                Command::Accept { actor, landed }
            }
            7 => Command::Renew { token: shown, lease: Duration::from_secs(detail as u64) },
            8 => Command::Release { token: shown, reason },
            9 => Command::Expire { actor },
            10 => Command::Requeue { actor, reason },
            11 => Command::Suspend { actor, reason, question: detail % 2 == 0 },
            12 => Command::Continue { actor, note: reason },
            13 => Command::Fail { actor, reason },
            14 => Command::Cancel { actor, reason },
            15 => Command::Force { actor, to: place(detail), reason },
            16 => {
                let on = (0..detail % 3).map(|number| other(number + detail % 2)).collect();
                if detail.is_multiple_of(2) {
                    Command::Block { actor, on }
                } else {
                    Command::Unblock { actor, blocker: other(detail % 3) }
                }
            }
            17 => {
                let part = |number: u64, on: &[&str]| {
                    let mut part =
                        Subtask::new(format!("k{number}"), "Part", "Do it.").after(on.iter().copied());
                    part.id = (detail % 5 > 0).then(|| TaskId::numbered(100 + number));
                    part
                };
                let on: &[&str] = if detail.is_multiple_of(3) { &["k1"] } else { &[] };
                Command::BreakDown {
                    token: shown,
                    subtasks: vec![part(0, on), part(1, &["k2"]), part(2, &[])],
                }
            }
            19 => Command::HandIn { actor, submission: Submission::new(1, 0) },
            18 => Command::Advance {
                token: shown,
                to: StateName::new("later").unwrap(),
                role: (detail % 2 == 0).then(|| RoleName::new("document").unwrap()),
                gates: if detail.is_multiple_of(3) { Gates::Nobody } else { Gates::Person },
            },
            _ => {
                let mut patch = TaskPatch::default();
                patch.title = (detail % 3 == 0).then(|| "Another".to_owned());
                patch.version = (detail % 5 == 0).then_some(task.version);
                Command::Update { actor, patch }
            }
        }
    }
}
