//! Sample task and step context, without a store or an orchestrator.

use super::TempRepository;
use crate::git::{Git, Repository};
use crate::model::{CommitId, NewTask, Policy, RunId, Task, TaskId, Timestamp};
use crate::orchestrator::StepContext;
use crate::transition::{self, Context, Placement};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// Returns a task for the role `implement` that is not claimed, as a store creates it.
///
/// # Panics
/// When the title or the description is empty or too long.
pub fn task(title: &str, description: &str) -> Task {
    let placement = Placement { id: TaskId::numbered(1), seq: 1, blockers: Vec::new() };
    let context = Context { now: Timestamp::from_millis(0), policy: &Policy::default() };
    let made = transition::create(&NewTask::new(title, description), placement, context);
    made.expect("a task with a title and a description").task
}

/// Returns the context of a step before the merge, on the newest commit of a repository, whose checkout is the worktree.
///
/// `environment` is the environment of git; it needs a `PATH`. The fields may be changed before the step gets the context.
///
/// ```
/// use async_trait::async_trait;
/// use octopoid_core::orchestrator::{Step, StepContext, StepEnd};
/// use octopoid_core::testing::{TempRepository, step_context};
///
/// /// Refuses work that leaves a marker behind.
/// #[derive(Debug)]
/// struct NoMarkers;
///
/// #[async_trait]
/// impl Step for NoMarkers {
///     fn name(&self) -> &str {
///         "no_markers"
///     }
///
///     async fn run(&self, context: &StepContext) -> Result<StepEnd, Box<dyn std::error::Error + Send + Sync>> {
///         let text = std::fs::read_to_string(context.workspace.join("a.txt"))?;
///         Ok(match text.contains("FIXME") {
///             true => StepEnd::Refused("a.txt has a FIXME".to_owned()),
///             false => StepEnd::Done("no markers".to_owned()),
///         })
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let repository = TempRepository::new();
/// repository.write("a.txt", "FIXME later\n");
/// repository.commit("Add a file");
/// let context = step_context(&repository, std::env::vars().collect());
/// let end = NoMarkers.run(&context).await.unwrap();
/// assert_eq!(end, StepEnd::Refused("a.txt has a FIXME".to_owned()));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
/// When the repository cannot be read.
pub fn step_context(repository: &TempRepository, environment: BTreeMap<String, String>) -> StepContext {
    let task = task("A sample", "Something to do.");
    let head = repository.git(&["rev-parse", "HEAD"]);
    StepContext {
        run: RunId::of(&task.id, 1),
        task,
        repository: Repository::open(repository.path(), Git::new(environment)).expect("a repository"),
        workspace: repository.path().to_owned(),
        base_branch: "main".to_owned(),
        head: CommitId::new(head.trim()).ok(),
        merged: false,
        cancel: CancellationToken::new(),
    }
}
