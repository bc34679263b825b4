//! The bounds of one program.

use crate::process::StopPlan;
use crate::runner::AgentRequest;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a program may take and print, and how it is stopped when that is too much.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) max_output: u64,
    pub(super) cancel: CancellationToken,
    pub(super) stop: StopPlan,
}

impl Bounds {
    pub(super) fn of(request: &AgentRequest, stop: StopPlan) -> Self {
        Self {
            timeout: request.timeout,
            idle_timeout: request.idle_timeout,
            max_output: request.max_output,
            cancel: request.cancel.clone(),
            stop,
        }
    }
}
