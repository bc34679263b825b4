//! Where a task stands. Contradictory combinations have no representation: there is a claim exactly where there can
//! be one (I01).

use super::{Claim, ClaimToken, CommitId, InvalidId, StateName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The queue a task stands in: its state without the particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Queue {
    /// Put aside; nobody takes it.
    Backlog,
    /// Waits for other tasks.
    Blocked,
    /// Ready to be claimed.
    Incoming,
    /// Somebody works on it.
    Claimed,
    /// Work was submitted; it waits for review or for landing.
    Provisional,
    /// Stopped on its way; a person decides how to go on.
    NeedsContinuation,
    /// Landed, or accepted by a person.
    Done,
    /// Given up, with the reason.
    Failed,
    /// In a state that a registered flow adds and that no queue of ours stands for.
    Custom,
}

impl Queue {
    /// The queues that can be named: all but [`Queue::Custom`], whose tasks are told by the names of their states.
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

    /// Every queue, in the order in which people read them.
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

    /// The name used in files, on the wire and in the command line.
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

/// A word that names no queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no queue {0:?}; there are incoming, claimed, provisional, done, blocked, backlog, needs_continuation and failed"
)]
pub struct UnknownQueue(pub String);

impl FromStr for Queue {
    type Err = UnknownQueue;
    fn from_str(text: &str) -> Result<Self, UnknownQueue> {
        Queue::ALL.into_iter().find(|q| q.as_str() == text).ok_or_else(|| UnknownQueue(text.to_owned()))
    }
}

/// A queue, or a state that a flow adds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Place {
    /// A queue; never [`Queue::Custom`], which has a name of its own in each task.
    Queue(Queue),
    /// A state that a flow adds.
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

/// A task's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "queue", rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Put aside.
    Backlog,
    /// Has at least one unresolved blocker.
    Blocked,
    /// Ready to be claimed; no unresolved blocker.
    Incoming,
    /// Somebody works on it.
    Claimed {
        /// Who, and until when.
        claim: Claim,
    },
    /// Work was submitted.
    Provisional(Provisional),
    /// Stopped on its way.
    NeedsContinuation {
        /// Why, in words.
        reason: String,
    },
    /// Finished.
    Done {
        /// The commit that was seen in the base branch; none when a person accepted work that does not land.
        landed: Option<CommitId>,
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Failed {
        /// Why, in words (I08).
        reason: String,
    },
    /// In a state that a registered flow adds. No agent of ours takes it from there: it is moved by the programs that
    /// registered the flow, which claim it by the state's name, or by a person.
    Custom {
        /// The state.
        state: StateName,
    },
}

/// How the reason of a task that a person called off begins, and no reason that an agent gives for a failure.
pub(crate) const CANCELLED: &str = "cancelled by ";

impl State {
    /// The queue of this state.
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

    /// The claim, where somebody holds one.
    pub const fn claim(&self) -> Option<&Claim> {
        match self {
            State::Claimed { claim }
            | State::Provisional(Provisional { hold: Hold::Claimed { claim }, .. }) => Some(claim),
            _ => None,
        }
    }

    /// The claim of whoever is landing it, where somebody is.
    pub const fn landing(&self) -> Option<&Claim> {
        match self {
            State::Provisional(Provisional { approval: Some(_), hold: Hold::Claimed { claim } }) => {
                Some(claim)
            }
            _ => None,
        }
    }

    /// The claim, to change its lease.
    pub(crate) fn claim_mut(&mut self) -> Option<&mut Claim> {
        match self {
            State::Claimed { claim }
            | State::Provisional(Provisional { hold: Hold::Claimed { claim }, .. }) => Some(claim),
            _ => None,
        }
    }

    /// The same, with the claim's token replaced by [`ClaimToken::hidden`]: for those who do not hold it.
    #[must_use]
    pub fn without_token(mut self) -> Self {
        if let Some(claim) = self.claim_mut() {
            claim.token = ClaimToken::hidden();
        }
        self
    }

    /// Whether a person called the task off. It may be taken up again like one that failed, but it asks nothing of anybody.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, State::Failed { reason } if reason.starts_with(CANCELLED))
    }

    /// Why a person is needed, where one is.
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
pub struct Provisional {
    /// The verdict that lets it land; none while it waits for review.
    pub approval: Option<Approval>,
    /// Whether somebody has it in hand.
    pub hold: Hold,
}

/// Who has submitted work in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hold {
    /// Nobody: it can be claimed, for review or, once approved, for landing.
    Free,
    /// A reviewer, or the orchestrator that lands it.
    Claimed {
        /// Who, and until when.
        claim: Claim,
    },
    /// Only a person may decide now.
    Person {
        /// Why, in words.
        reason: String,
    },
}

/// A verdict in favour of submitted work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The reviewing agent or the person.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether a person gave it, which some installations want before anything lands.
    pub person: bool,
}
