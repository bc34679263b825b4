//! One run of a plugin's role.

use super::host_calls::HostCalls;
use octopoid_core::process::Launcher;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A run to carry out.
#[derive(Debug)]
pub(super) struct Job {
    /// The name of the role.
    pub(super) role: String,
    /// The settings, as JSON.
    pub(super) config: String,
    /// The request, as JSON.
    pub(super) request: String,
    /// What answers the plugin's calls.
    pub(super) calls: Arc<HostCalls>,
    /// How a child process is started.
    pub(super) launcher: Arc<dyn Launcher>,
    /// Cancelled when the run is to stop.
    pub(super) cancel: CancellationToken,
    /// The longest time without a sign of life.
    pub(super) idle: Duration,
    /// The longest time to stop.
    pub(super) grace: Duration,
}
