//! States and queues of tasks.
//!
//! Contradictory combinations have no representation: a claim exists exactly in the states that can have one (I01).

use super::{Claim, ClaimToken, CommitId, InvalidId, StateName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Queue of a task: its [`State`] without the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Queue {
    /// Put aside; not claimable.
    Backlog,
    /// Waiting for other tasks.
    Blocked,
    /// Ready to be claimed.
    Incoming,
    /// Being worked on under a claim.
    Claimed,
    /// Work was submitted and waits for review or for landing.
    Provisional,
    /// Stopped; a person decides how to continue.
    NeedsContinuation,
    /// Landed, or accepted by a person.
    Done,
    /// Given up, with the reason.
    Failed,
    /// In a state added by a registered flow that corresponds to no built-in queue.
    Custom,
}

impl Queue {
    /// Queues that can be named: all but [`Queue::Custom`], whose tasks are identified by the names of their states.
    pub const NAMED: [Queue; 8] = [
        Queue::Incoming,
        Queue::Claimed,
        Queue::Provisional,
        Queue::Done,
        Queue::Blocked,
        Queue::Backlog,
        Queue::NeedsContinuation,
        Queue::Failed,
    ];

    /// All queues, in display order.
    pub const ALL: [Queue; 9] = [
        Queue::Incoming,
        Queue::Claimed,
        Queue::Provisional,
        Queue::Done,
        Queue::Blocked,
        Queue::Backlog,
        Queue::NeedsContinuation,
        Queue::Failed,
        Queue::Custom,
    ];

    /// Returns the name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Queue::Backlog => "backlog",
            Queue::Blocked => "blocked",
            Queue::Incoming => "incoming",
            Queue::Claimed => "claimed",
            Queue::Provisional => "provisional",
            Queue::NeedsContinuation => "needs_continuation",
            Queue::Done => "done",
            Queue::Failed => "failed",
            Queue::Custom => "custom",
        }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Error returned when a text names no queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no queue {0:?}; there are incoming, claimed, provisional, done, blocked, backlog, needs_continuation and failed"
)]
#[non_exhaustive]
pub struct UnknownQueue(pub String);

impl FromStr for Queue {
    type Err = UnknownQueue;
    fn from_str(text: &str) -> Result<Self, UnknownQueue> {
        Queue::ALL.into_iter().find(|q| q.as_str() == text).ok_or_else(|| UnknownQueue(text.to_owned()))
    }
}

/// Queue, or state added by a flow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Place {
    /// Queue; never [`Queue::Custom`], whose tasks are named by [`Place::State`].
    Queue(Queue),
    /// State added by a flow.
    State(StateName),
}

impl From<Queue> for Place {
    fn from(queue: Queue) -> Self {
        Place::Queue(queue)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Queue(queue) => queue.fmt(f),
            Place::State(state) => state.fmt(f),
        }
    }
}

impl FromStr for Place {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.parse() {
            Ok(Queue::Custom) | Err(_) => StateName::new(text).map(Place::State),
            Ok(queue) => Ok(Place::Queue(queue)),
        }
    }
}

impl TryFrom<String> for Place {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

/// State of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "queue", rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Put aside; not claimable.
    Backlog,
    /// Blocked by at least one unresolved blocker.
    Blocked,
    /// Ready to be claimed; no unresolved blocker.
    Incoming,
    /// Being worked on.
    Claimed {
        /// Claim of the holder.
        claim: Claim,
    },
    /// Work was submitted.
    Provisional(Provisional),
    /// Stopped; a person decides how to continue.
    NeedsContinuation {
        /// Reason, as text for people.
        reason: String,
    },
    /// Finished.
    Done {
        /// Commit that was found in the base branch; `None` if a person accepted work that does not land.
        landed: Option<CommitId>,
        /// Time at which the task was finished.
        at: Timestamp,
    },
    /// Given up.
    Failed {
        /// Reason, as text for people (I08).
        reason: String,
    },
    /// In a state added by a registered flow.
    ///
    /// No Octopoid agent claims the task from there: the programs that registered the flow claim it by the state's
    /// name and move it, or a person does.
    Custom {
        /// Name of the state.
        state: StateName,
    },
}

/// Prefix of the reason of a task that a person cancelled; agents' reasons for a failure never begin with it.
pub(crate) const CANCELLED: &str = "cancelled by ";

impl State {
    /// Returns the queue of this state.
    pub const fn queue(&self) -> Queue {
        match self {
            State::Backlog => Queue::Backlog,
            State::Blocked => Queue::Blocked,
            State::Incoming => Queue::Incoming,
            State::Claimed { .. } => Queue::Claimed,
            State::Provisional(_) => Queue::Provisional,
            State::NeedsContinuation { .. } => Queue::NeedsContinuation,
            State::Done { .. } => Queue::Done,
            State::Failed { .. } => Queue::Failed,
            State::Custom { .. } => Queue::Custom,
        }
    }

    /// Returns the claim, if the task is claimed.
    pub const fn claim(&self) -> Option<&Claim> {
        match self {
            State::Claimed { claim }
            | State::Provisional(Provisional { hold: Hold::Claimed { claim }, .. }) => Some(claim),
            _ => None,
        }
    }

    /// Returns the claim of the orchestrator that is landing the task, if any.
    pub const fn landing(&self) -> Option<&Claim> {
        match self {
            State::Provisional(Provisional { approval: Some(_), hold: Hold::Claimed { claim } }) => {
                Some(claim)
            }
            _ => None,
        }
    }

    /// Returns the claim for changing its lease.
    pub(crate) fn claim_mut(&mut self) -> Option<&mut Claim> {
        match self {
            State::Claimed { claim }
            | State::Provisional(Provisional { hold: Hold::Claimed { claim }, .. }) => Some(claim),
            _ => None,
        }
    }

    /// Replaces the claim's token with [`ClaimToken::hidden`], for readers other than the holder.
    #[must_use]
    pub fn without_token(mut self) -> Self {
        if let Some(claim) = self.claim_mut() {
            claim.token = ClaimToken::hidden();
        }
        self
    }

    /// Returns whether a person cancelled the task. It can be retried like a failed one, but does not count as waiting for a person.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, State::Failed { reason } if reason.starts_with(CANCELLED))
    }

    /// Returns the reason why a person is needed, if one is.
    pub fn needs_person(&self) -> Option<&str> {
        match self {
            State::NeedsContinuation { reason }
            | State::Failed { reason }
            | State::Provisional(Provisional { hold: Hold::Person { reason }, .. }) => Some(reason),
            _ => None,
        }
    }
}

/// Submitted work on its way to the base branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Provisional {
    /// Approval that lets the work land; `None` while it waits for review.
    pub approval: Option<Approval>,
    /// Current hold on the work.
    pub hold: Hold,
}

impl Provisional {
    /// Returns work in review, or work that may land if it is approved.
    pub fn new(approval: Option<Approval>, hold: Hold) -> Self {
        Self { approval, hold }
    }
}

/// Hold on submitted work: who may act on it next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hold {
    /// Not held: claimable for review or, once approved, for landing.
    Free,
    /// Claimed by a reviewer, or by the orchestrator that lands it.
    Claimed {
        /// Claim of the holder.
        claim: Claim,
    },
    /// Waiting for the decision of a person.
    Person {
        /// Reason, as text for people.
        reason: String,
    },
}

/// Approval of submitted work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Approval {
    /// Reviewing agent or person.
    pub by: String,
    /// Time of the approval.
    pub at: Timestamp,
    /// Whether a person gave it, which some installations require before work lands.
    pub person: bool,
}

impl Approval {
    /// Returns the approval of a person, or of a reviewing agent.
    pub fn new(by: impl Into<String>, at: Timestamp, person: bool) -> Self {
        Self { by: by.into(), at, person }
    }
}
