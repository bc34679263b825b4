//! What the server does by itself, by its own clock.

use super::app::App;
use octopoid_core::store::{PruneCursor, PruneRequest, Result};
use std::time::Duration;

/// Time between two rounds; each expires leases.
const ROUND: Duration = Duration::from_secs(1);
/// Number of rounds between two removals of idempotency records.
const REQUESTS: u32 = 600;
/// Number of rounds between two passes over the history.
const HISTORY: u32 = 3600;

/// Expires claims whose lease has run out, and removes old idempotency records and history, until the server shuts down.
pub(super) async fn run(app: App) {
    let mut round = 0_u32;
    let mut pass = PruneCursor::at(None, None);
    loop {
        tokio::select! {
            () = app.shutdown.wait() => return,
            () = app.clock.sleep(ROUND) => {}
        }
        if !app.in_grace()
            && let Err(error) = expire(&app).await
        {
            tracing::warn!(error = %error, "expired leases could not be looked for");
        }
        if round.is_multiple_of(REQUESTS)
            && let Some(keep) = app.retention.replies
            && let Err(error) = app.store.forget_requests(app.clock.now() - keep).await
        {
            tracing::warn!(error = %error, "old idempotency records could not be removed");
        }
        if round.is_multiple_of(HISTORY) && pass.is_end() {
            pass = PruneCursor::START;
        }
        if !pass.is_end() {
            pass = prune(&app, pass).await.unwrap_or_else(|error| {
                tracing::warn!(error = %error, "old history could not be removed");
                PruneCursor::at(None, None)
            });
        }
        round = round.wrapping_add(1);
    }
}

async fn expire(app: &App) -> Result<()> {
    for scope in app.store.scopes().await? {
        for task in app.store.expire_leases(&scope, None).await? {
            tracing::info!(task.id = %task.id, scope = %scope, "an expired claim was taken away");
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
