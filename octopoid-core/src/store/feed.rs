//! The feed as one machine reads it.
//!
//! A machine says once what it is interested in ([`Interest`]) and reads what concerns it ([`EventFeed`]). A store that can
//! filter does so ([`EventLog::subscribe`](super::EventLog::subscribe)); for every other one [`open_feed`](super::open_feed) reads the log.

use super::Result;
use crate::model::{Event, OrchestratorId, RoleName, Scope, TaskId};
use crate::transition::Purpose;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::time::Duration;

/// What one machine wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interest {
    /// The tenant.
    pub scope: Scope,
    /// The machine: it hears of the tasks that it holds or has held.
    pub orchestrator: OrchestratorId,
    /// The roles of its agents that work on tasks in `incoming`.
    pub work: Vec<RoleName>,
    /// The roles of its agents that review submitted work.
    pub review: Vec<RoleName>,
    /// Whether it lands approved work.
    pub land: bool,
}

impl Interest {
    /// Interest in the tasks that a machine holds, and in nothing that it could begin.
    pub fn new(scope: Scope, orchestrator: OrchestratorId) -> Self {
        Self { scope, orchestrator, work: Vec::new(), review: Vec::new(), land: false }
    }

    /// With a role that works on tasks in `incoming`; may be repeated.
    #[must_use]
    pub fn with_work(mut self, role: RoleName) -> Self {
        self.work.push(role);
        self
    }

    /// With a role that reviews submitted work; may be repeated.
    #[must_use]
    pub fn with_review(mut self, role: RoleName) -> Self {
        self.review.push(role);
        self
    }

    /// With the landing of approved work.
    #[must_use]
    pub fn with_landing(mut self) -> Self {
        self.land = true;
        self
    }
}

/// The word of a store to one machine that a task can be claimed. It is no claim: another machine may be faster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offer {
    /// The task.
    pub task: TaskId,
    /// What it can be claimed for.
    pub purpose: Purpose,
    /// The role of the machine's agent that could take it; none for a landing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// How many tasks stand in `provisional`, for machines that begin nothing while these are too many.
    #[serde(default)]
    pub provisional: u64,
}

impl Offer {
    /// The number of offers for one purpose and role that a machine is given at once. A machine that has so many looks
    /// for itself until it finds nothing, and needs no more of them.
    pub const MOST: usize = 16;

    /// An offer of a task.
    pub fn new(task: TaskId, purpose: Purpose, role: Option<RoleName>, provisional: u64) -> Self {
        Self { task, purpose, role, provisional }
    }
}

/// What a machine hears.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum News {
    /// Something happened. What can begin because of it is not offered separately.
    Event(Event),
    /// Something happened to a task that this machine holds or has held, or to all machines. What it lets begin is offered
    /// by itself.
    Held(Event),
    /// A task can be claimed.
    Offer(Offer),
    /// An offer no longer holds: the task is claimed, or in another queue.
    Withdrawn(TaskId),
    /// Offers may have been lost, because the store was away: what could begin has to be looked for.
    Lost,
}

/// What concerns one machine, as it comes.
#[async_trait]
pub trait EventFeed: Send + Sync + Debug {
    /// Takes the next news that are there; none when there are none. Does not wait for more.
    ///
    /// # Behavior
    /// - In order, and without a gap: what was missed while the store was away is read from the log.
    /// - An error loses nothing: the next call goes on at the same place.
    ///
    /// # Errors
    /// `Unavailable`, `Unauthorized`, `Forbidden` as the store.
    async fn take(&mut self) -> Result<Vec<News>>;

    /// Completes once there is something to take, at once when there already is. May be dropped at any time.
    ///
    /// # Errors
    /// `Unavailable` while nothing can come.
    async fn ready(&mut self) -> Result<()>;

    /// How often a reader looks around without any news, as a safety net.
    fn recheck(&self) -> Duration {
        Duration::from_secs(60)
    }
}
