//! Custom steps of an embedding program, which flows name like the built-in ones.

use crate::git::Repository;
use crate::model::{CommitId, RunId, Task};
use async_trait::async_trait;
use std::error::Error;
use std::fmt::Debug;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// Work on which a step acts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StepContext {
    /// Task that is worked on.
    pub task: Task,
    /// Run in which the step is taken.
    pub run: RunId,
    /// Repository of the orchestrator.
    pub repository: Repository,
    /// Path of the worktree, which is at `head`. Changes made there are not part of the work.
    pub workspace: PathBuf,
    /// Branch on which the work lands.
    pub base_branch: String,
    /// Newest commit of the work; `None` if it has no commits.
    pub head: Option<CommitId>,
    /// Whether the work is merged.
    pub merged: bool,
    /// Token that is cancelled when the step has to stop.
    pub cancel: CancellationToken,
}

/// Result of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepEnd {
    /// Step was done; the text says what it did.
    Done(String),
    /// Step had nothing to do; the text says why.
    Skipped(String),
    /// Step found a problem with the work, which the text describes.
    ///
    /// The work goes back to its agent, or to a person if the flow's `on_fail` says so.
    Refused(String),
    /// Step cannot be done now; the text says why.
    ///
    /// A landing is tried again later; if an agent still holds the task, a person is asked.
    Waits(String),
}

/// Custom action of the orchestrator on a transition of a task, registered with [`Builder::step`](super::Builder::step).
#[async_trait]
pub trait Step: Send + Sync + Debug {
    /// Returns the name by which flows refer to the step.
    fn name(&self) -> &str;

    /// Runs the step.
    ///
    /// # Behavior
    /// May be run again, because an orchestrator was killed before it had recorded the result, or because the content of the work
    /// has changed; so it has to check first what is already done.
    ///
    /// # Errors
    /// Returns an error of the machine or the network, which is not charged to the task.
    async fn run(&self, context: &StepContext) -> Result<StepEnd, Box<dyn Error + Send + Sync>>;
}
