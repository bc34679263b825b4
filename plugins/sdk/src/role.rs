//! A role of one's own.

use crate::error::Error;
use crate::host::Host;
use crate::message::{Outcome, RoleManifest, RunRequest};
use serde::de::DeserializeOwned;

/// A kind of work, blocking: each run has a thread of its own.
///
/// A role is a function of a task, a workspace and a host. It never pushes, merges or changes a task's state: the
/// orchestrator does that. After a restart it is simply run again for the same run.
pub trait Role: Send + Sync + Sized + 'static {
    /// The agent's `settings` for the role; `()` for a role without any. Put `deny_unknown_fields` on it, so that a
    /// slip in `agents.yaml` is refused.
    type Settings: DeserializeOwned + Default;

    /// What it is, and what it needs.
    fn spec() -> RoleManifest;

    /// Makes it, once for each set of settings.
    ///
    /// # Errors
    /// The settings do not make sense.
    fn new(settings: Self::Settings) -> Result<Self, Error>;

    /// Works on one run.
    ///
    /// # Errors
    /// Why there is no outcome. An error of an agent or of the host is best handed on with `?`.
    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error>;

    /// Hears that a run is to stop, from another thread; returns at once. [`Host::is_cancelled`] says the same, and a
    /// waiting call of the host ends by itself.
    fn cancel(&self, _run: &str) {}
}
