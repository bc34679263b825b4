//! The orchestrator: what turns a queue of tasks into merged commits.
//!
//! [`Orchestrator`] is a reconciler. Each tick reads what is, decides purely ([`plan`](self) in its own file), and acts
//! idempotently. It registers for the next wake-up before it reads, so none is lost. A run is one claim of one task,
//! driven by its own task through its stages, each in the journal before the next begins; after a crash
//! [`Orchestrator::run`] takes every unsettled run up where it stood.
//!
//! A program that embeds it puts one together with [`Orchestrator::builder`], listens to its [`Events`] and steers it by its
//! [`Handle`], both of which may be used in other tasks than the one in which it runs.

mod builder;
mod cleanup;
mod disk;
mod error;
mod events;
pub(crate) mod failpoint;
mod fit;
pub(crate) mod forge;
mod handle;
mod listener;
mod notice;
pub(crate) mod panics;
pub(crate) mod run;
mod scheduler;
mod settings;
mod shared;
mod status;
mod step;

pub use crate::git::MergeStrategy;
pub use builder::Builder;
pub use cleanup::{Cleanup, CleanupError, CleanupPlan, Item, Kept, KeptBecause, Proof, Removal, disk_usage};
pub use disk::layout::Layout;
pub use disk::lock::{LockError, running_pid};
pub use disk::unsettled::unsettled_runs;
pub use error::{BuildError, RunError};
pub use events::Events;
pub use failpoint::{Observer, Point};
#[cfg(feature = "github")]
pub use forge::github::{
    GithubError, GithubForge, GithubIssue, GithubIssues, GithubSettings, github_repository,
};
pub use forge::{Forge, Landing, LandingOutcome, LocalForge, PullRequest, PullRequestBody, PullRequestState};
pub use handle::{CancelError, Handle};
pub use listener::Listener;
pub use notice::Notice;
pub use run::{Preview, PreviewError};
pub use scheduler::chores::projects::{ProjectError, ProjectLanding, land_project};
pub use scheduler::cooldown::Cooldown;
pub use scheduler::leftover::Leftover;
pub use scheduler::plan::Idle;
pub use scheduler::summary::Summary;
pub use settings::{
    AgentSettings, LeftoverLimits, Limits, MergeSettings, Settings, TestSettings, WorktreeSettings,
};
pub use status::{AccountStatus, AgentStatus, Status, Work};
pub use step::{Step, StepContext, StepEnd};

use scheduler::Scheduler;
use scheduler::run_loop::Until;
use tokio::sync::broadcast;

/// One machine's worth of agents. Created with [`Orchestrator::builder`].
#[derive(Debug)]
pub struct Orchestrator {
    scheduler: Scheduler,
    /// Sender of the notices. Kept here alone, so that every stream of them ends with the orchestrator.
    #[expect(dead_code, reason = "it is only held")]
    notices: broadcast::Sender<Notice>,
}

impl Orchestrator {
    /// Returns a builder.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns a handle that steers the orchestrator while it runs.
    pub fn handle(&self) -> Handle {
        self.scheduler.handle.clone()
    }

    /// Returns a stream of the notices from now on. It ends with the orchestrator.
    ///
    /// [`Notice`]s are live and lost with the process; the durable *events* of the history are in the store
    /// ([`EventLog`](crate::store::EventLog)).
    pub fn events(&self) -> Events {
        self.scheduler.handle.events()
    }

    /// Returns where its files lie.
    pub fn layout(&self) -> &Layout {
        &self.scheduler.shared.layout
    }

    /// Works until its [`Handle`](crate::orchestrator::Handle) says to drain or stop.
    ///
    /// # Cancel safety
    /// Dropping the future is as if the process had been killed: nothing is lost, and no agent is stopped. Runs are cut off
    /// where they stand; agents that were started as processes go on by themselves. The tasks stay claimed until their leases end.
    /// The next orchestrator on the same folder takes every run up again from the journal, with the agents that still run. To
    /// end in order, call [`Handle::drain`](crate::orchestrator::Handle::drain) or [`Handle::stop`](crate::orchestrator::Handle::stop) and await the future.
    ///
    /// # Errors
    /// [`RunError`]. What was under way is in the journal, and the next start goes on with it.
    pub async fn run(self) -> Result<Summary, RunError> {
        self.scheduler.run_until(Until::Told).await
    }

    /// Works until nothing is left that it could do. Tasks stay in [`Summary::waiting`] if their agents are paused, are missing or
    /// have failed several times in a row. A limit that lifts by itself is waited for.
    ///
    /// # Cancel safety
    /// As [`Orchestrator::run`].
    ///
    /// # Errors
    /// As [`Orchestrator::run`].
    pub async fn run_until_idle(self) -> Result<Summary, RunError> {
        self.scheduler.run_until(Until::Idle).await
    }

    /// Looks once, and ends when the runs that it started are over.
    ///
    /// # Cancel safety
    /// As [`Orchestrator::run`].
    ///
    /// # Errors
    /// As [`Orchestrator::run`].
    pub async fn run_once(self) -> Result<Summary, RunError> {
        self.scheduler.run_until(Until::Once).await
    }
}
