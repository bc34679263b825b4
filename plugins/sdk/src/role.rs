//! The trait that a plugin's role implements.

use crate::error::Error;
use crate::host::Host;
use crate::message::{Outcome, RoleManifest, RunRequest};
use serde::de::DeserializeOwned;

/// A kind of work, blocking: each run has its own thread.
///
/// A role is a function of a task, a workspace and a host. It never pushes, merges or changes a task's state: the
/// orchestrator does that. After a restart it is simply run again for the same run.
pub trait Role: Send + Sync + Sized + 'static {
    /// The agent's `settings` for the role; `()` for a role without any. Put `deny_unknown_fields` on it, so that a
    /// typo in `agents.yaml` is refused.
    type Settings: DeserializeOwned + Default;

    /// Returns what the role is, and what it needs.
    fn spec() -> RoleManifest;

    /// Creates the role, once for each set of settings.
    ///
    /// # Errors
    /// When the settings do not make sense.
    fn new(settings: Self::Settings) -> Result<Self, Error>;

    /// Carries out one run.
    ///
    /// # Errors
    /// When there is no outcome. An error of an agent or of the host is best handed on with `?`.
    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error>;

    /// Called from another thread when a run is to stop; returns at once. [`Host::is_cancelled`] returns `true` then, and a
    /// call of the host that is waiting ends by itself.
    fn cancel(&self, _run: &str) {}
}
