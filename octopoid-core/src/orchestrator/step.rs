//! Steps of an embedding program's own, which flows name like those that are built in.

use crate::git::Repository;
use crate::model::{CommitId, RunId, Task};
use async_trait::async_trait;
use std::error::Error;
use std::fmt::Debug;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What a step may know of the work.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StepContext {
    /// The task.
    pub task: Task,
    /// The run in which the step is taken.
    pub run: RunId,
    /// The repository.
    pub repository: Repository,
    /// The worktree, which stands at `head`. What is changed there is not part of the work.
    pub workspace: PathBuf,
    /// The branch the work lands on.
    pub base_branch: String,
    /// The newest commit of the work; none where it has none.
    pub head: Option<CommitId>,
    /// Whether the work is merged.
    pub merged: bool,
    /// Cancelled when the step is to stop.
    pub cancel: CancellationToken,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepEnd {
    /// Done, and what is to be known of it.
    Done(String),
    /// There was nothing to do, and why.
    Skipped(String),
    /// Something is wrong with the work, and what: it goes back to its agent, or to a person where the flow's `on_fail` says
    /// so.
    Refused(String),
    /// It cannot be done now, and why: a landing is tried again later; a person is asked where an agent still holds the task.
    Waits(String),
}

/// Something that the orchestrator does with work on its way, registered with
/// [`Builder::step`](super::Builder::step).
#[async_trait]
pub trait Step: Send + Sync + Debug {
    /// The name by which flows call it.
    fn name(&self) -> &str;

    /// Does it.
    ///
    /// # Behavior
    /// May be done again, because an orchestrator was killed before it had noted the end of it, or because the work has
    /// another content now; so it looks at what is there first.
    ///
    /// # Errors
    /// What is wrong with the machine or the network. It is not charged to the work.
    async fn run(&self, context: &StepContext) -> Result<StepEnd, Box<dyn Error + Send + Sync>>;
}
