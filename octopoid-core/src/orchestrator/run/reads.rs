//! What a run reads of its task in the store, however long that is away.

use super::abort::RunAbort;
use super::context::RunContext;
use super::retry::require;
use crate::model::{Message, ReviewComment, Run, Usage};
use crate::store::{RunQuery, UsageQuery};

/// Number of runs that are looked back at.
pub(super) const RECENT_RUNS: u32 = 20;

/// Reads the thread of the task.
pub(super) async fn thread(context: &RunContext) -> Result<Vec<Message>, RunAbort> {
    require(context, || context.shared.store.messages(&context.task.scope, &context.task.id)).await
}

/// Reads the review comments on the task.
pub(super) async fn review_comments(context: &RunContext) -> Result<Vec<ReviewComment>, RunAbort> {
    let (scope, task) = (&context.task.scope, &context.task.id);
    require(context, || async {
        match context.shared.store.review_comments(scope, task).await {
            // A server of the version before knows no review comments.
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            read => read,
        }
    })
    .await
}

/// Reads what the task's runs have used so far.
pub(super) async fn spent(context: &RunContext) -> Result<Usage, RunAbort> {
    let mut query = UsageQuery::new(context.task.scope.clone());
    query.task = Some(context.task.id.clone());
    require(context, || context.shared.store.usage(&query)).await
}

/// Reads the newest runs of the task.
pub(super) async fn recent_runs(context: &RunContext) -> Result<Vec<Run>, RunAbort> {
    let mut query = RunQuery::new(context.task.scope.clone()).of_task(context.task.id.clone());
    query.limit = RECENT_RUNS;
    require(context, || context.shared.store.list_runs(&query)).await
}
