//! Events: the durable history of tasks.

use super::{Queue, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// Kind of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// Task was created.
    Created,
    /// Fields of the task were changed.
    Updated,
    /// Task was deleted.
    Deleted,
    /// Task was claimed by an agent to work on.
    Claimed,
    /// Work was claimed by a reviewer.
    ReviewClaimed,
    /// Work was claimed by an orchestrator to land it.
    LandingClaimed,
    /// Work was submitted.
    Submitted,
    /// Attempt burnt out: many turns without a commit, or the limit on turns reached.
    BurnoutDetected,
    /// Work was approved by a reviewer or a person.
    Approved,
    /// Work moved to the next state of its flow.
    Advanced,
    /// Task is done.
    Accepted,
    /// Work was sent back.
    Rejected,
    /// Task went back to the queue, and the attempt was charged.
    Requeued,
    /// Claim was given up without charging an attempt.
    Released,
    /// Lease expired.
    LeaseExpired,
    /// Task became blocked by another task.
    Blocked,
    /// Task was broken down and waits for its subtasks.
    BrokenDown,
    /// Blocker was resolved.
    Unblocked,
    /// Decision of a person became necessary.
    PersonNeeded,
    /// Task was allowed to continue by a person.
    Continued,
    /// Task failed and was given up.
    Failed,
    /// Task was cancelled by a person.
    Cancelled,
    /// Task was moved by a person.
    Forced,
    /// Message was posted to the task's thread.
    MessagePosted,
    /// Review comments were written, changed, sent or resolved.
    ReviewCommented,
    /// Run of the task was recorded or changed.
    RunRecorded,
}

impl EventKind {
    /// Returns the name used in files, on the wire and in the command line.
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
            EventKind::ReviewCommented => "review_commented",
            EventKind::RunRecorded => "run_recorded",
        }
    }

    /// Returns whether the event is a claim of the task.
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
            | EventKind::ReviewCommented
            | EventKind::RunRecorded => false,
        }
    }

    /// Returns whether the event only records ongoing work, so that no new work can become possible through it.
    pub const fn is_bookkeeping(self) -> bool {
        match self {
            EventKind::Claimed
            | EventKind::ReviewClaimed
            | EventKind::LandingClaimed
            | EventKind::Blocked
            | EventKind::MessagePosted
            | EventKind::ReviewCommented
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

    /// Returns whether the event may end a claim of the task.
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
            | EventKind::ReviewCommented
            | EventKind::RunRecorded => false,
        }
    }

    /// Returns whether the event may end the task.
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
            | EventKind::ReviewCommented
            | EventKind::RunRecorded => false,
        }
    }

    /// Returns whether the event may complete the task's project.
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
            | EventKind::ReviewCommented
            | EventKind::RunRecorded => false,
        }
    }
}

/// Event before the store has given it a place in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventDraft {
    /// Kind.
    pub kind: EventKind,
    /// Person, agent or orchestrator that caused the event.
    pub actor: String,
    /// Queue before the event; `None` if the task did not exist.
    pub from: Option<Queue>,
    /// Queue after the event.
    pub to: Option<Queue>,
    /// Reason or details, as text for people.
    pub note: Option<String>,
}

/// Entry of the durable history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Sequence number: strictly increasing over the whole store, in commit order.
    ///
    /// A reader that asks for everything after the last number it has seen misses nothing.
    pub seq: u64,
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: TaskId,
    /// Kind.
    pub kind: EventKind,
    /// Person, agent or orchestrator that caused the event.
    pub actor: String,
    /// Queue before the event.
    pub from: Option<Queue>,
    /// Queue after the event.
    pub to: Option<Queue>,
    /// Reason or details, as text for people.
    pub note: Option<String>,
    /// Time of the event.
    pub at: Timestamp,
}

impl EventDraft {
    /// Returns an event without a note.
    pub fn new(kind: EventKind, actor: impl Into<String>, from: Option<Queue>, to: Option<Queue>) -> Self {
        Self { kind, actor: actor.into(), from, to, note: None }
    }

    /// Sets the reason or details.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Returns the event with the place, task and time that the store gives it.
    pub fn at(self, seq: u64, scope: Scope, task: TaskId, at: Timestamp) -> Event {
        let EventDraft { kind, actor, from, to, note } = self;
        Event { seq, scope, task, kind, actor, from, to, note, at }
    }
}
