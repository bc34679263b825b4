//! Event feed of one machine.
//!
//! A machine declares once what it is interested in ([`Interest`]) and reads what concerns it ([`EventFeed`]). A store that can
//! filter does so ([`EventLog::subscribe`](super::EventLog::subscribe)); for every other one [`open_feed`](super::open_feed)
//! reads the log.

use super::Result;
use crate::model::{Event, OrchestratorId, RoleName, RunId, Scope, TaskId};
use crate::transition::Purpose;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::time::Duration;

/// Filter of one machine's event feed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interest {
    /// Scope (tenant).
    pub scope: Scope,
    /// Machine, which receives the events of the tasks that it holds or has held.
    pub orchestrator: OrchestratorId,
    /// Roles of its agents that work on tasks in `incoming`.
    pub work: Vec<RoleName>,
    /// Roles of its agents that review submitted work.
    pub review: Vec<RoleName>,
    /// Whether the machine lands approved work.
    pub land: bool,
}

impl Interest {
    /// Returns an interest in the tasks that a machine holds, and in no new work.
    pub fn new(scope: Scope, orchestrator: OrchestratorId) -> Self {
        Self { scope, orchestrator, work: Vec::new(), review: Vec::new(), land: false }
    }

    /// Adds a role that works on tasks in `incoming`; may be repeated.
    #[must_use]
    pub fn with_work(mut self, role: RoleName) -> Self {
        self.work.push(role);
        self
    }

    /// Adds a role that reviews submitted work; may be repeated.
    #[must_use]
    pub fn with_review(mut self, role: RoleName) -> Self {
        self.review.push(role);
        self
    }

    /// Adds the landing of approved work.
    #[must_use]
    pub fn with_landing(mut self) -> Self {
        self.land = true;
        self
    }
}

/// Hint of a store to one machine that a task can be claimed. Not a claim: another machine may be faster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offer {
    /// Task.
    pub task: TaskId,
    /// Purpose for which it can be claimed.
    pub purpose: Purpose,
    /// Role of the machine's agent that could claim it; `None` for a landing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// Number of tasks in `provisional`, for machines that begin no work while there are too many.
    #[serde(default)]
    pub provisional: u64,
}

impl Offer {
    /// Maximum number of outstanding offers to one machine for one purpose and role.
    ///
    /// A machine with that many searches on its own until it finds nothing, and needs no more of them.
    pub const MOST: usize = 16;

    /// Returns an offer of a task.
    pub fn new(task: TaskId, purpose: Purpose, role: Option<RoleName>, provisional: u64) -> Self {
        Self { task, purpose, role, provisional }
    }
}

/// Item of a machine's feed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum News {
    /// Event. Work that can begin because of it is not offered separately.
    Event(Event),
    /// Event of a task that this machine holds or has held, or that concerns all machines. Work that can begin because of it is
    /// offered separately.
    Held(Event),
    /// Offer of a task that can be claimed.
    Offer(Offer),
    /// Withdrawal of an offer: the task was claimed or has left the queue.
    Withdrawn(TaskId),
    /// The artifacts of a run of this machine are followed: a reader waits for more of them.
    Followed(RunId),
    /// Possible loss of offers while the store was unreachable: the machine has to search for work.
    Lost,
}

/// Feed of what concerns one machine.
#[async_trait]
pub trait EventFeed: Send + Sync + Debug {
    /// Returns the pending items, or an empty list if there are none. Does not wait.
    ///
    /// # Behavior
    /// - In order and without a gap: what was missed while the store was unreachable is read from the log.
    /// - An error loses nothing: the next call continues at the same position.
    ///
    /// # Errors
    /// `Unavailable`, `Unauthorized` or `Forbidden`, as from the store.
    async fn take(&mut self) -> Result<Vec<News>>;

    /// Waits until an item is pending; completes at once if one already is. May be dropped at any time.
    ///
    /// # Errors
    /// `Unavailable` while no items can arrive.
    async fn ready(&mut self) -> Result<()>;

    /// Returns the interval after which a reader searches for work without any news, as a safety net.
    fn recheck(&self) -> Duration {
        Duration::from_secs(60)
    }
}
