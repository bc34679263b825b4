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
mod summary;

pub use builder::{BuildError, Builder};
pub use cleanup::{Cleanup, CleanupError, CleanupPlan, Item, Kept, KeptBecause, Proof, Removal, disk_usage};
pub use disk::layout::Layout;
pub use disk::lock::{LockError, running_pid};
pub use disk::unsettled::unsettled_runs;
pub use error::RunError;
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
pub use settings::{
    AgentSettings, LeftoverLimits, Limits, MergeSettings, MergeStrategy, Settings, TestSettings,
    WorktreeSettings,
};
pub use status::{AccountStatus, AgentStatus, Status, Work};
pub use step::{Step, StepContext, StepEnd};
pub use summary::Summary;

use scheduler::state::LoopState;
use shared::Shared;
use std::sync::Arc;
use tokio::sync::broadcast;

/// One machine's worth of agents. Made with [`Orchestrator::builder`].
#[derive(Debug)]
pub struct Orchestrator {
    shared: Arc<Shared>,
    handle: Handle,
    state: LoopState,
    /// The feed's source. Kept here alone, so that every stream of it ends with the orchestrator.
    #[expect(dead_code, reason = "it is only held")]
    notices: broadcast::Sender<Notice>,
}

impl Orchestrator {
    /// What an orchestrator is made of.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Steers it while it runs.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What it does from now on, as it does it, typed. The stream ends with the orchestrator.
    ///
    /// What it gives are [`Notice`]s; the durable *events* of the history are in the store
    /// ([`EventLog`](crate::store::EventLog)).
    pub fn events(&self) -> Events {
        self.handle.events()
    }

    /// Where its files lie.
    pub fn layout(&self) -> &Layout {
        &self.shared.layout
    }
}
