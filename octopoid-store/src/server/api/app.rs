//! State that all handlers share.

use super::auth::Keyring;
use super::hub::Hub;
use super::known_roles::KnownRoles;
use super::live_artifacts::LiveArtifacts;
use super::metrics::Metrics;
use super::shutdown::Shutdown;
use octopoid_core::clock::Clock;
use octopoid_core::store::{IdempotentStore, Retention};
use std::sync::Arc;
use std::time::Duration;

/// State that all handlers share. Clones are the same state.
#[derive(Debug, Clone)]
pub(crate) struct App(pub(super) Arc<State>);

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) store: Arc<dyn IdempotentStore>,
    /// `None` on a server that keeps no artifacts.
    pub(crate) artifacts: Option<Arc<LiveArtifacts>>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hub: Hub,
    pub(crate) roles: KnownRoles,
    /// Ends long answers.
    pub(crate) shutdown: Shutdown,
    pub(crate) metrics: Metrics,
    /// By the monotonic clock.
    pub(crate) started_at: Duration,
    /// Time after the start in which no claim is expired, whoever asks for it: machines could not renew while the server
    /// was away, and those that still work come back first (I10).
    pub(crate) grace: Duration,
    /// How long history is kept.
    pub(crate) retention: Retention,
}

impl State {
    /// Returns whether machines that could not renew while the server was away may still come back.
    pub(crate) fn in_grace(&self) -> bool {
        self.clock.monotonic().saturating_sub(self.started_at) < self.grace
    }
}

impl std::ops::Deref for App {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}
