//! What one machine's installation knows beyond the store.

use async_trait::async_trait;
use octopoid_core::ops::Situation;
use octopoid_core::orchestrator::Status;
use std::fmt::Debug;
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

/// Installation on the machine that serves the dashboard. Without one, the dashboard knows what the store knows.
#[async_trait]
pub trait Installation: Send + Sync + Debug {
    /// Reads the state of the installation.
    async fn facts(&self) -> LocalFacts;

    /// Returns a receiver that is notified when [`facts`](Self::facts) may have changed, or an artifact grown.
    fn changes(&self) -> watch::Receiver<()>;
}
