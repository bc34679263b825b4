//! The orchestrator: what turns a queue of tasks into merged commits.
//!
//! [`Orchestrator`] is a reconciler. Each tick reads what is, decides purely ([`plan`](self) in its own file), and acts
//! idempotently. It registers for the next wake-up before it reads, so none is lost. A run is one claim of one task,
//! driven by its own task through its stages, each in the journal before the next begins; after a crash
//! [`Orchestrator::run`] takes every unsettled run up where it stood.
//!
//! A program that embeds it puts one together with [`Orchestrator::builder`], listens to its [`Events`] and steers it by its
//! [`Handle`], both of which may be used in other tasks than the one in which it runs.

mod accounts;
mod backoff;
mod builder;
mod claiming;
mod claims;
mod cleanup;
mod events;
mod fit;
mod fleet;
mod forge;
#[cfg(feature = "github")]
mod github;
mod handle;
mod hints;
mod holds;
mod installation;
mod journal;
mod landings;
mod layout;
mod leftover;
mod listener;
mod local;
mod lock;
mod log;
mod news;
mod notice;
mod plan;
mod point;
mod projects;
mod recovery;
mod redact;
pub(crate) mod run;
mod runtime_files;
pub(crate) mod seam;
mod secret;
mod settings;
mod shared;
mod start;
mod state;
mod status;
mod step;
mod summary;
mod thread;
mod tick;
mod unsettled;
mod verdict;
mod watch;

pub use backoff::Backoff;
pub use builder::{BuildError, Builder};
pub use cleanup::{Cleanup, CleanupError, CleanupPlan, Item, Kept, KeptBecause, Proof, Removal, disk_usage};
pub use events::Events;
pub use forge::{Forge, Landed, Landing, Look, Proposal, PullRequest};
#[cfg(feature = "github")]
pub use github::{GithubError, GithubForge, GithubIssue, GithubIssues, GithubSettings, github_repository};
pub use handle::{CancelError, Handle};
pub use layout::Layout;
pub use leftover::Leftover;
pub use listener::Listener;
pub use local::LocalForge;
pub use lock::{LockError, running_pid};
pub use notice::Notice;
pub use plan::Idle;
pub use point::{Observer, Point};
pub use projects::{ProjectError, ProjectLanding, land_project};
pub use run::{Preview, PreviewError};
pub use settings::{
    AgentSettings, LeftoverLimits, Limits, MergeSettings, MergeStrategy, Settings, TestSettings,
    WorktreeSettings,
};
pub use start::RunError;
pub use status::{AccountStatus, AgentStatus, Status, Work};
pub use step::{Step, StepContext, StepEnd};
pub use summary::Summary;
pub use unsettled::unsettled_runs;

use shared::Shared;
use state::Loop;
use std::sync::Arc;
use tokio::sync::broadcast;

/// One machine's worth of agents. Made with [`Orchestrator::builder`].
#[derive(Debug)]
pub struct Orchestrator {
    shared: Arc<Shared>,
    handle: Handle,
    state: Loop,
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
