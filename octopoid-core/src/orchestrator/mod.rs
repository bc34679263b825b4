//! The orchestrator: turns a queue of tasks into merged commits.
//!
//! [`Orchestrator`] is a reconciler: it compares what is with what should be, and acts on the difference. Each tick reads the current state, decides with pure functions (`scheduler/plan.rs`), and
//! acts idempotently. It registers for the next wake-up before it reads, so no wake-up is lost. A run is one claim of one task;
//! its own tokio task drives it through its stages, each of which is in the journal before the next begins. After a crash
//! [`Orchestrator::run`] resumes every unsettled run from the stage it had reached.
//!
//! An embedding program builds an orchestrator with [`Orchestrator::builder`], receives its [`Events`] and controls it with its
//! [`Handle`]; both may be used from other tasks than the one in which it runs.
//!
//! # Map
//!
//! Data goes down this list, notices and results come up. No folder imports one above it (`tests/it/surface/layers.rs`); the files at the top
//! level are shared by all.
//!
//! | module | owns | talks to |
//! |---|---|---|
//! | `builder`, `build_checks` | putting an orchestrator together, and refusing parts that do not fit | everything below |
//! | `scheduler/run_loop` | the loop: recover, tick, wait | `tick`, the feed, `Handle` |
//! | `scheduler/tick` | one pass: chores, claims, landings; starting runs | store, `plan`, `run` |
//! | `scheduler/plan` | which agents try to claim, and why the others do not; pure | nothing |
//! | `scheduler/{hints,news}` | for which roles there may be a task, as learnt from events | the feed |
//! | `scheduler/{claiming,pending_claims,landings}` | claims, and claims whose answer was lost | store |
//! | `scheduler/{accounts,cooldown}` | pauses after faults and limits | `disk` |
//! | `scheduler/recovery` | runs that an earlier process left | `disk/journal`, `run` |
//! | `scheduler/chores` | clean-up, heartbeats, finished projects, the status file | store, `cleanup`, `disk` |
//! | `run` | one attempt: its stages, its steps, its lease, its journal entry | role, runner, `forge`, git, store |
//! | `forge` | where work is shown and merged: the repository itself, GitHub | git, HTTP |
//! | `cleanup` | what may be removed from this disk, and the removal | git, store |
//! | `disk` | `.octopoid`: layout, journal, locks, logs, small state files | the file system |
//! | `handle`, `events`, `listener`, `notice`, `status` | what an embedding program sees of the orchestrator, and how it controls it | nothing |

mod build_checks;
mod builder;
mod cleanup;
mod disk;
mod error;
mod events;
pub(crate) mod failpoint;
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
mod upload;

pub use crate::git::landing::MergeStrategy;
pub use builder::Builder;
pub use cleanup::{Cleanup, CleanupError, CleanupPlan, Item, Kept, KeptBecause, Proof, Removal, disk_usage};
pub use disk::artifacts::LocalArtifacts;
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
pub use forge::{
    Forge, ForgeComment, Landing, LandingOutcome, LocalForge, PullRequest, PullRequestBody, PullRequestState,
};
pub use handle::{CancelError, Handle};
pub use listener::Listener;
pub use notice::Notice;
pub use run::{Preview, PreviewError};
pub use scheduler::chores::projects::{ProjectError, ProjectLanding, land_project};
pub use scheduler::cooldown::Cooldown;
pub use scheduler::leftover::Leftover;
pub use scheduler::summary::Summary;
pub use settings::{
    AgentSettings, LeftoverLimits, Limits, MergeSettings, Settings, TestSettings, WorktreeSettings,
};
pub use status::{AccountStatus, AgentStatus, Idle, Status, Work};
pub use step::{Step, StepContext, StepEnd};

use scheduler::Scheduler;
use scheduler::run_loop::Until;
use tokio::sync::broadcast;

/// Orchestrator of one machine: claims tasks and runs their agents. Created with [`Orchestrator::builder`].
#[derive(Debug)]
pub struct Orchestrator {
    scheduler: Scheduler,
    /// Sender of the notices. No other strong sender exists, so every stream of notices ends with the orchestrator.
    #[expect(dead_code, reason = "it is only held")]
    notices: broadcast::Sender<Notice>,
}

impl Orchestrator {
    /// Returns a builder for an orchestrator.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns a handle that controls the orchestrator while it runs.
    pub fn handle(&self) -> Handle {
        self.scheduler.handle.clone()
    }

    /// Returns a stream of the notices from now on, which ends with the orchestrator.
    ///
    /// [`Notice`]s are live and are lost with the process; the durable *events* of the history are in the store
    /// ([`EventLog`](crate::store::EventLog)).
    pub fn events(&self) -> Events {
        self.scheduler.handle.events()
    }

    /// Returns the layout of the orchestrator's files.
    pub fn layout(&self) -> &Layout {
        &self.scheduler.shared.layout
    }

    /// Runs until its [`Handle`] is told to drain or stop.
    ///
    /// # Cancel safety
    /// Dropping the future has the effect of a killed process: nothing is lost, and no agent is stopped. Runs are cut off where
    /// they are; agents that were started as processes go on by themselves. The tasks stay claimed until their leases end. The
    /// next orchestrator on the same folder resumes every run from the journal, including its running agents. For an orderly end,
    /// call [`Handle::drain`](crate::orchestrator::Handle::drain) or [`Handle::stop`](crate::orchestrator::Handle::stop) and
    /// await the future.
    ///
    /// # Errors
    /// Returns a [`RunError`]. Unsettled runs are in the journal, and the next start resumes them.
    pub async fn run(self) -> Result<Summary, RunError> {
        self.scheduler.run_until(Until::Told).await
    }

    /// Runs until no work is left that it could do.
    ///
    /// Tasks stay in [`Summary::waiting`] if their agents are paused, are missing or have failed several times in a row. A limit
    /// that lifts by itself is waited for.
    ///
    /// # Cancel safety
    /// See [`Orchestrator::run`].
    ///
    /// # Errors
    /// See [`Orchestrator::run`].
    pub async fn run_until_idle(self) -> Result<Summary, RunError> {
        self.scheduler.run_until(Until::Idle).await
    }

    /// Performs one tick, and ends when the runs that it started are over.
    ///
    /// # Cancel safety
    /// See [`Orchestrator::run`].
    ///
    /// # Errors
    /// See [`Orchestrator::run`].
    pub async fn run_once(self) -> Result<Summary, RunError> {
        self.scheduler.run_until(Until::Once).await
    }
}
