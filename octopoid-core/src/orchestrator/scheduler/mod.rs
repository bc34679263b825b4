//! The scheduler: a loop that reads the state, decides which work to start, and starts it.
//!
//! [`plan`] decides with a pure function which agents try to claim a task; the other modules of this folder read, act and wait.
//! Periodic work other than claiming is in [`chores`].

pub(crate) mod accounts;
pub(crate) mod chores;
mod claiming;
mod cleanup_due;
pub(crate) mod cooldown;
pub(crate) mod hints;
pub(crate) mod landings;
pub(crate) mod leftover;
mod news;
mod next_wake;
mod pending_claims;
pub(crate) mod plan;
mod recovery;
pub(crate) mod run_loop;
pub(crate) mod state;
pub(crate) mod summary;
pub(crate) mod tick;

use super::handle::Handle;
use super::shared::Shared;
use state::LoopState;
use std::sync::Arc;

/// Scheduler of one orchestrator.
#[derive(Debug)]
pub(crate) struct Scheduler {
    pub(crate) shared: Arc<Shared>,
    pub(crate) handle: Handle,
    pub(crate) state: LoopState,
}
