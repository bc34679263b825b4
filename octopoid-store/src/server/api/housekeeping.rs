//! What the server does by itself, by its own clock.

use super::app::App;
use octopoid_core::model::Queue;
use octopoid_core::store::{ArtifactStore as _, PruneCursor, PruneRequest, Result};
use std::time::Duration;

/// Time between two rounds; each expires leases.
const ROUND: Duration = Duration::from_secs(1);
/// Number of rounds between two removals of idempotency records.
const REQUESTS: u32 = 600;
/// Number of rounds between two passes over the history.
const HISTORY: u32 = 3600;

/// Expires claims whose lease has run out, and removes old idempotency records, artifacts and history, until the server shuts down.
/// Of several servers on one database, one does what concerns the database.
pub(super) async fn run(app: App) {
    let mut round = 0_u32;
    let mut pass = PruneCursor::at(None, None);
    loop {
        tokio::select! {
            () = app.shutdown.wait() => return,
            () = app.clock.sleep(ROUND) => {}
        }
        // Where it cannot be found out nothing else can be done in the store either, as the next request says.
        let keeps_house = app.store.is_housekeeper().await.unwrap_or_else(|error| {
            tracing::debug!(error = %error, "it cannot be found out which server removes what is old");
            false
        });
        if keeps_house && let Err(error) = expire(&app).await {
            tracing::warn!(error = %error, "expired leases could not be looked for");
        }
        if keeps_house
            && round.is_multiple_of(REQUESTS)
            && let Err(error) = forget_requests(&app).await
        {
            tracing::warn!(error = %error, "old idempotency records could not be removed");
        }
        if keeps_house && round.is_multiple_of(HISTORY) && pass.is_end() {
            pass = PruneCursor::START;
        }
        if !pass.is_end() {
            pass = prune(&app, pass).await.unwrap_or_else(|error| {
                tracing::warn!(error = %error, "old history could not be removed");
                PruneCursor::at(None, None)
            });
        }
        if round.is_multiple_of(HISTORY)
            && let Err(error) = remove_artifacts(&app).await
        {
            tracing::warn!(error = %error, "old artifacts could not be removed");
        }
        round = round.wrapping_add(1);
    }
}

/// Expires claims whose lease has run out, unless the server has just started.
pub(super) async fn expire(app: &App) -> Result<()> {
    if app.in_grace() {
        return Ok(());
    }
    for scope in app.store.scopes().await? {
        for task in app.store.expire_leases(&scope, None).await? {
            tracing::info!(task.id = %task.id, scope = %scope, "an expired claim was taken away");
        }
    }
    Ok(())
}

/// Removes old idempotency records, artifacts and history.
pub(super) async fn remove_old(app: &App) -> Result<()> {
    forget_requests(app).await?;
    let mut pass = PruneCursor::START;
    while !pass.is_end() {
        pass = prune(app, pass).await?;
    }
    remove_artifacts(app).await
}

async fn forget_requests(app: &App) -> Result<()> {
    if let Some(keep) = app.retention.replies {
        app.store.forget_requests(app.clock.now() - keep).await?;
    }
    Ok(())
}

/// Removes the old artifacts of tasks that are over or do not exist any more.
async fn remove_artifacts(app: &App) -> Result<()> {
    let (Some(artifacts), Some(keep)) = (&app.artifacts, app.retention.transcripts) else { return Ok(()) };
    for (scope, task) in artifacts.unchanged_since(app.clock.now() - keep).await? {
        let is_over = match app.store.task(&scope, &task).await {
            Ok(task) => matches!(task.queue(), Queue::Done | Queue::Failed),
            Err(error) if error.is_not_found() => true,
            Err(error) => return Err(error),
        };
        if is_over {
            artifacts.remove(&scope, &task).await?;
            tracing::debug!(task.id = %task, scope = %scope, "the old artifacts of a task were removed");
        }
    }
    Ok(())
}

/// Removes one bounded part of the history, so that writers do not wait for long. Returns where the next part begins.
async fn prune(app: &App, cursor: PruneCursor) -> Result<PruneCursor> {
    let step = app.store.prune(&PruneRequest::new(None, &app.retention).after(cursor)).await?;
    if step.events + step.runs > 0 {
        tracing::debug!(events = step.events, runs = step.runs, "old history was removed");
    }
    Ok(step.next)
}
