//! The durable history.

use super::{Queue, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// A task was created.
    Created,
    /// What it says was changed.
    Updated,
    /// It was removed.
    Deleted,
    /// An agent took it to work on.
    Claimed,
    /// A reviewer took it.
    ReviewClaimed,
    /// An orchestrator took it to land it.
    LandingClaimed,
    /// Work was handed in.
    Submitted,
    /// The attempt burnt out: many turns without a commit, or the limit on turns.
    BurnoutDetected,
    /// A reviewer or a person is content.
    Approved,
    /// It went on to the next state of its flow.
    Advanced,
    /// It is done.
    Accepted,
    /// The work was sent back.
    Rejected,
    /// It went back to the queue, and the attempt is charged.
    Requeued,
    /// It was given back; no attempt is charged.
    Released,
    /// Its lease ran out.
    LeaseExpired,
    /// It has to wait for another task.
    Blocked,
    /// It is done in parts, and waits for them.
    BrokenDown,
    /// A blocker no longer stands in the way.
    Unblocked,
    /// Somebody has to decide how to go on.
    PersonNeeded,
    /// A person lets it go on.
    Continued,
    /// It was given up.
    Failed,
    /// A person called it off.
    Cancelled,
    /// A person moved it.
    Forced,
    /// Something was said in its thread.
    MessagePosted,
    /// A run of it was recorded or changed.
    RunRecorded,
}

impl EventKind {
    /// The name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::Created => "created",
            EventKind::Updated => "updated",
            EventKind::Deleted => "deleted",
            EventKind::Claimed => "claimed",
            EventKind::ReviewClaimed => "review_claimed",
            EventKind::LandingClaimed => "landing_claimed",
            EventKind::Submitted => "submitted",
            EventKind::BurnoutDetected => "burnout_detected",
            EventKind::Approved => "approved",
            EventKind::Advanced => "advanced",
            EventKind::Accepted => "accepted",
            EventKind::Rejected => "rejected",
            EventKind::Requeued => "requeued",
            EventKind::Released => "released",
            EventKind::LeaseExpired => "lease_expired",
            EventKind::Blocked => "blocked",
            EventKind::BrokenDown => "broken_down",
            EventKind::Unblocked => "unblocked",
            EventKind::PersonNeeded => "person_needed",
            EventKind::Continued => "continued",
            EventKind::Failed => "failed",
            EventKind::Cancelled => "cancelled",
            EventKind::Forced => "forced",
            EventKind::MessagePosted => "message_posted",
            EventKind::RunRecorded => "run_recorded",
        }
    }

    /// Returns whether somebody claimed the task.
    pub const fn is_claim(self) -> bool {
        match self {
            EventKind::Claimed | EventKind::ReviewClaimed | EventKind::LandingClaimed => true,
            EventKind::Created
            | EventKind::Updated
            | EventKind::Deleted
            | EventKind::Submitted
            | EventKind::BurnoutDetected
            | EventKind::Approved
            | EventKind::Advanced
            | EventKind::Accepted
            | EventKind::Rejected
            | EventKind::Requeued
            | EventKind::Released
            | EventKind::LeaseExpired
            | EventKind::Blocked
            | EventKind::BrokenDown
            | EventKind::Unblocked
            | EventKind::PersonNeeded
            | EventKind::Continued
            | EventKind::Failed
            | EventKind::Cancelled
            | EventKind::Forced
            | EventKind::MessagePosted
            | EventKind::RunRecorded => false,
        }
    }

    /// Returns whether the event only records what is under way, so that no work can begin because of it.
    pub const fn is_bookkeeping(self) -> bool {
        match self {
            EventKind::Claimed
            | EventKind::ReviewClaimed
            | EventKind::LandingClaimed
            | EventKind::Blocked
            | EventKind::MessagePosted
            | EventKind::RunRecorded => true,
            EventKind::Created
            | EventKind::Updated
            | EventKind::Deleted
            | EventKind::Submitted
            | EventKind::BurnoutDetected
            | EventKind::Approved
            | EventKind::Advanced
            | EventKind::Accepted
            | EventKind::Rejected
            | EventKind::Requeued
            | EventKind::Released
            | EventKind::LeaseExpired
            | EventKind::BrokenDown
            | EventKind::Unblocked
            | EventKind::PersonNeeded
            | EventKind::Continued
            | EventKind::Failed
            | EventKind::Cancelled
            | EventKind::Forced => false,
        }
    }

    /// Returns whether a claim of the task may have ended with it.
    pub const fn ends_claim(self) -> bool {
        match self {
            EventKind::Deleted
            | EventKind::Submitted
            | EventKind::BurnoutDetected
            | EventKind::Approved
            | EventKind::Accepted
            | EventKind::Rejected
            | EventKind::Requeued
            | EventKind::Released
            | EventKind::LeaseExpired
            | EventKind::PersonNeeded
            | EventKind::Failed
            | EventKind::Cancelled
            | EventKind::Forced => true,
            EventKind::Created
            | EventKind::Updated
            | EventKind::Claimed
            | EventKind::ReviewClaimed
            | EventKind::LandingClaimed
            | EventKind::Advanced
            | EventKind::Blocked
            | EventKind::BrokenDown
            | EventKind::Unblocked
            | EventKind::Continued
            | EventKind::MessagePosted
            | EventKind::RunRecorded => false,
        }
    }

    /// Returns whether the task may have ended with it.
    pub const fn ends_task(self) -> bool {
        match self {
            EventKind::Deleted
            | EventKind::Accepted
            | EventKind::Failed
            | EventKind::Cancelled
            | EventKind::Forced => true,
            EventKind::Created
            | EventKind::Updated
            | EventKind::Claimed
            | EventKind::ReviewClaimed
            | EventKind::LandingClaimed
            | EventKind::Submitted
            | EventKind::BurnoutDetected
            | EventKind::Approved
            | EventKind::Advanced
            | EventKind::Rejected
            | EventKind::Requeued
            | EventKind::Released
            | EventKind::LeaseExpired
            | EventKind::Blocked
            | EventKind::BrokenDown
            | EventKind::Unblocked
            | EventKind::PersonNeeded
            | EventKind::Continued
            | EventKind::MessagePosted
            | EventKind::RunRecorded => false,
        }
    }

    /// Returns whether the project of the task may be complete because of it.
    pub const fn may_complete_project(self) -> bool {
        match self {
            EventKind::Updated | EventKind::Deleted | EventKind::Accepted | EventKind::Forced => true,
            EventKind::Created
            | EventKind::Claimed
            | EventKind::ReviewClaimed
            | EventKind::LandingClaimed
            | EventKind::Submitted
            | EventKind::BurnoutDetected
            | EventKind::Approved
            | EventKind::Advanced
            | EventKind::Rejected
            | EventKind::Requeued
            | EventKind::Released
            | EventKind::LeaseExpired
            | EventKind::Blocked
            | EventKind::BrokenDown
            | EventKind::Unblocked
            | EventKind::PersonNeeded
            | EventKind::Continued
            | EventKind::Failed
            | EventKind::Cancelled
            | EventKind::MessagePosted
            | EventKind::RunRecorded => false,
        }
    }
}

/// An event before the store has given it a place in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    /// What happened.
    pub kind: EventKind,
    /// Who did it: a person, an agent or an orchestrator.
    pub actor: String,
    /// Where the task stood before; none when it did not exist.
    pub from: Option<Queue>,
    /// Where it stands since.
    pub to: Option<Queue>,
    /// Why, or what, in words.
    pub note: Option<String>,
}

/// One line of the durable history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Its place: strictly growing over the whole store, in commit order. A reader that asks for everything after
    /// the last number it saw misses nothing.
    pub seq: u64,
    /// The tenant.
    pub scope: Scope,
    /// The task.
    pub task: TaskId,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: String,
    /// Where the task stood before.
    pub from: Option<Queue>,
    /// Where it stands since.
    pub to: Option<Queue>,
    /// Why, or what, in words.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl EventDraft {
    /// Gives the event its place.
    pub fn at(self, seq: u64, scope: Scope, task: TaskId, at: Timestamp) -> Event {
        let EventDraft { kind, actor, from, to, note } = self;
        Event { seq, scope, task, kind, actor, from, to, note, at }
    }
}
