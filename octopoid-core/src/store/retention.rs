//! How long history is kept, and taking away what is older.

use super::Result;
use crate::model::Scope;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long things are kept once they are over; `None` keeps them for ever.
///
/// What belongs to a task that is not over is never taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// Logs of the orchestrator, of its agents and of tasks, and what it set aside. 30 days.
    pub logs: Option<Duration>,
    /// What agents said and did in each attempt. 30 days.
    pub transcripts: Option<Duration>,
    /// Events in the store, at least a day. 90 days.
    pub events: Option<Duration>,
    /// Records of runs in the store, at least a day. 365 days.
    pub runs: Option<Duration>,
    /// Answers that a server keeps for repeated requests. 24 hours.
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
    /// Keeps everything for ever.
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

    /// Sets how long answers are kept for repeated requests.
    #[must_use]
    pub const fn with_replies(mut self, replies: Option<Duration>) -> Self {
        self.replies = replies;
        self
    }
}

/// A step of taking old history away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PruneRequest {
    /// The tenant; none takes every scope.
    pub scope: Option<Scope>,
    /// How long events are kept; none keeps them.
    pub events: Option<Duration>,
    /// How long records of runs are kept; none keeps them.
    pub runs: Option<Duration>,
    /// Where the step before ended.
    pub after: PruneCursor,
    /// How many events, and how many runs, are looked at, from 1 to 10 000.
    pub limit: u32,
}

/// How far a pass over the history has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PruneCursor {
    /// The last event that was looked at; none when all that are old enough were.
    pub event: Option<u64>,
    /// The same of the runs, in the order in which they were first recorded.
    pub run: Option<u64>,
}

impl PruneCursor {
    /// The beginning of a pass.
    pub const START: Self = Self { event: Some(0), run: Some(0) };

    /// A place within a pass.
    pub const fn at(event: Option<u64>, run: Option<u64>) -> Self {
        Self { event, run }
    }

    /// Whether the pass is over.
    pub const fn is_end(&self) -> bool {
        self.event.is_none() && self.run.is_none()
    }
}

impl PruneRequest {
    /// The most that is looked at in one step.
    pub const MAX_LIMIT: u32 = 10_000;

    /// The first step of a pass over a scope, or over all of them, of 1000 events and runs.
    pub fn new(scope: Option<Scope>, retention: &Retention) -> Self {
        let Retention { events, runs, .. } = *retention;
        Self { scope, events, runs, after: PruneCursor::START, limit: 1000 }
    }

    /// Goes on where a step ended.
    #[must_use]
    pub const fn after(mut self, cursor: PruneCursor) -> Self {
        self.after = cursor;
        self
    }
}

/// What a step took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pruned {
    /// Events.
    pub events: u64,
    /// Records of runs.
    pub runs: u64,
    /// Where the next step begins.
    pub next: PruneCursor,
    /// Whether that is left to the server that the store speaks to; then nothing was done.
    pub by_server: bool,
}

impl Pruned {
    /// What a step took away, and where the next one begins.
    pub const fn new(events: u64, runs: u64, next: PruneCursor) -> Self {
        Self { events, runs, next, by_server: false }
    }

    /// Says that the server does it by its own settings.
    pub const fn by_server() -> Self {
        Self { events: 0, runs: 0, next: PruneCursor::at(None, None), by_server: true }
    }
}

/// Taking away old history.
#[async_trait]
pub trait RetentionStore: Send + Sync + Debug {
    /// Takes a bounded step: looks at so many events and runs, the oldest first, and removes those that are older than the
    /// request says, by the store's clock.
    ///
    /// # Behavior
    /// - Only what belongs to a task that is `done` or `failed` and has not changed since, or that is not there any more.
    /// - Never the newest event, so that numbers only grow, nor anything of the last 24 hours, so that sums of a day are
    ///   right, nor a run that is not settled.
    /// - A reader of events whose place is gone goes on with the next one that is there.
    /// - Adds no event, and may be repeated.
    ///
    /// # Errors
    /// `Invalid` for the limit; `Unavailable`.
    async fn prune(&self, request: &PruneRequest) -> Result<Pruned>;
}
