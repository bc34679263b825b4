//! Retention: how long history is kept, and the pruning of what is older.

use super::Result;
use crate::model::Scope;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Time for which records are kept after they are over; `None` keeps them forever.
///
/// Records of a task that is not over are never removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// Logs of the orchestrator, of its agents and of tasks, and files it set aside. Default: 30 days.
    pub logs: Option<Duration>,
    /// Artifacts of each attempt: its log, its transcript, its diff and the output of its tests. Default: 30 days.
    pub transcripts: Option<Duration>,
    /// Events in the store, at least one day. Default: 90 days.
    pub events: Option<Duration>,
    /// Records of runs in the store, at least one day. Default: 365 days.
    pub runs: Option<Duration>,
    /// Replies that a server stores for repeated requests. Default: 24 hours.
    pub replies: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            logs: Some(30 * DAY),
            transcripts: Some(30 * DAY),
            events: Some(90 * DAY),
            runs: Some(365 * DAY),
            replies: Some(24 * HOUR),
        }
    }
}

impl Retention {
    /// Returns a retention that keeps everything forever.
    pub const fn forever() -> Self {
        Self { logs: None, transcripts: None, events: None, runs: None, replies: None }
    }

    /// Sets how long logs and transcripts are kept.
    #[must_use]
    pub const fn with_logs(mut self, logs: Option<Duration>, transcripts: Option<Duration>) -> Self {
        (self.logs, self.transcripts) = (logs, transcripts);
        self
    }

    /// Sets how long events and records of runs are kept.
    #[must_use]
    pub const fn with_history(mut self, events: Option<Duration>, runs: Option<Duration>) -> Self {
        (self.events, self.runs) = (events, runs);
        self
    }

    /// Sets how long a server's stored replies are kept.
    #[must_use]
    pub const fn with_replies(mut self, replies: Option<Duration>) -> Self {
        self.replies = replies;
        self
    }
}

/// Request to prune one batch of old history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PruneRequest {
    /// Scope (tenant); `None` prunes every scope.
    pub scope: Option<Scope>,
    /// Time for which events are kept; `None` keeps all.
    pub events: Option<Duration>,
    /// Time for which records of runs are kept; `None` keeps all.
    pub runs: Option<Duration>,
    /// Cursor at which the previous batch ended.
    pub after: PruneCursor,
    /// Maximum number of events, and of runs, examined, from 1 to 10 000.
    pub limit: u32,
}

/// Progress of a pass over the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PruneCursor {
    /// Sequence number of the last event examined; `None` when all that are old enough were.
    pub event: Option<u64>,
    /// Number of the last run examined, in the order in which runs were first recorded; `None` when all that are old enough were.
    pub run: Option<u64>,
}

impl PruneCursor {
    /// Beginning of a pass.
    pub const START: Self = Self { event: Some(0), run: Some(0) };

    /// Returns a position within a pass.
    pub const fn at(event: Option<u64>, run: Option<u64>) -> Self {
        Self { event, run }
    }

    /// Returns whether the pass is complete.
    pub const fn is_end(&self) -> bool {
        self.event.is_none() && self.run.is_none()
    }
}

impl PruneRequest {
    /// Maximum number of records examined in one batch.
    pub const MAX_LIMIT: u32 = 10_000;

    /// Returns the first batch of a pass over one scope or all of them, examining 1000 events and 1000 runs.
    pub fn new(scope: Option<Scope>, retention: &Retention) -> Self {
        let Retention { events, runs, .. } = *retention;
        Self { scope, events, runs, after: PruneCursor::START, limit: 1000 }
    }

    /// Sets the cursor at which the previous batch ended.
    #[must_use]
    pub const fn after(mut self, cursor: PruneCursor) -> Self {
        self.after = cursor;
        self
    }
}

/// Result of pruning one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pruned {
    /// Number of events removed.
    pub events: u64,
    /// Number of records of runs removed.
    pub runs: u64,
    /// Cursor at which the next batch begins.
    pub next: PruneCursor,
    /// Whether pruning is left to the server that the store talks to; then nothing was removed.
    pub by_server: bool,
}

impl Pruned {
    /// Returns the result of a batch: the numbers removed, and where the next one begins.
    pub const fn new(events: u64, runs: u64, next: PruneCursor) -> Self {
        Self { events, runs, next, by_server: false }
    }

    /// Returns the result of a store whose server prunes by its own settings.
    pub const fn by_server() -> Self {
        Self { events: 0, runs: 0, next: PruneCursor::at(None, None), by_server: true }
    }
}

/// Pruning of old history.
#[async_trait]
pub trait RetentionStore: Send + Sync + Debug {
    /// Prunes one batch: examines up to the limit of events and of runs, oldest first, and removes those that are older than the
    /// request's limits, by the store's clock.
    ///
    /// # Behavior
    /// - Removes only records of tasks that are `done` or `failed` and have not changed since, or that no longer exist.
    /// - Never removes the newest event, so that sequence numbers only grow; nor anything of the last 24 hours, so that sums per
    ///   day are right; nor a run that is not settled.
    /// - A reader of events whose position was removed continues with the next event that exists.
    /// - Adds no event, and may be repeated.
    ///
    /// # Errors
    /// `Invalid` for the limit; `Unavailable`.
    async fn prune(&self, request: &PruneRequest) -> Result<Pruned>;
}
