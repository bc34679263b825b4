//! When a program is stopped, and how.

use nix::sys::signal::Signal;
use octopoid_core::runner::AgentRequest;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a program may take and print.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub(crate) timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_output: u64,
    pub(crate) cancel: CancellationToken,
    pub(crate) stop: StopPlan,
}

impl Bounds {
    pub(crate) fn of(request: &AgentRequest, stop: StopPlan) -> Self {
        Self {
            timeout: request.timeout,
            idle_timeout: request.idle_timeout,
            max_output: request.max_output,
            cancel: request.cancel.clone(),
            stop,
        }
    }
}

/// How a program is stopped: one signal after the other, each with some time to heed it, and in the end it is killed.
#[derive(Debug, Clone)]
pub(crate) struct StopPlan {
    pub(crate) signals: &'static [Signal],
    pub(crate) grace: Duration,
    /// How long it may stay, without a sign of life, after it has given its result.
    pub(crate) linger: Duration,
}

impl StopPlan {
    pub(crate) const fn new(signals: &'static [Signal]) -> Self {
        Self { signals, grace: Duration::from_secs(5), linger: Duration::from_secs(30) }
    }
}
