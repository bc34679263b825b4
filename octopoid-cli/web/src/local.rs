//! What one machine's installation knows beyond the store.

use async_trait::async_trait;
use octopoid_core::model::TaskId;
use octopoid_core::ops::Situation;
use octopoid_core::orchestrator::Status;
use std::fmt::Debug;
use std::io;
use tokio::sync::watch;

/// State of an installation, read at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct LocalFacts {
    /// What is known around the tasks; where their blockers stand is filled in by the dashboard.
    pub situation: Situation,
    /// Status of the orchestrator; `None` while none runs.
    pub status: Option<Status>,
    /// Branch that tasks without a branch of their own land on.
    pub base_branch: Option<String>,
    /// Limit on the cost of one day, in US dollars.
    pub limit_today: Option<f64>,
}

/// Part of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LogPart {
    /// Text, of whole lines; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Offset in bytes at which the next part begins.
    pub next: u64,
}

impl LogPart {
    /// Returns a part that ends before the offset `next`.
    pub fn new(text: impl Into<String>, next: u64) -> Self {
        Self { text: text.into(), next }
    }
}

/// Installation on the machine that serves the dashboard. Without one, the dashboard knows what the store knows.
#[async_trait]
pub trait Installation: Send + Sync + Debug {
    /// Reads the state of the installation.
    async fn facts(&self) -> LocalFacts;

    /// Returns a receiver that is notified when [`facts`](Self::facts) or a log may have changed.
    fn changes(&self) -> watch::Receiver<()>;

    /// Reads the log of one of a task's runs from an offset in bytes; `None` if there is no such log here.
    ///
    /// # Errors
    /// The log cannot be read.
    async fn log(&self, task: &TaskId, run: u32, from: u64) -> io::Result<Option<LogPart>>;
}
