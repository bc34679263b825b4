//! What the server does by itself, by its own clock.

use super::app::App;
use octopoid_core::store::{PruneCursor, PruneRequest, Result};
use std::time::Duration;

/// The time between two looks at the leases.
const LEASES: Duration = Duration::from_secs(1);
/// The number of looks at the leases between two at the remembered requests.
const SELDOM: u32 = 600;
/// The number of looks at the leases between two passes over the history.
const HOURLY: u32 = 3600;

/// Frees the claims whose lease has run out, and takes away old requests and history, until the server stops.
pub(crate) async fn keep_up(app: App) {
    let mut round = 0_u32;
    let mut pass = PruneCursor::at(None, None);
    loop {
        tokio::select! {
            () = app.stopping.wait() => return,
            () = app.clock.sleep(LEASES) => {}
        }
        if !app.in_grace()
            && let Err(error) = expire(&app).await
        {
            tracing::warn!(error = %error, "expired leases could not be looked for");
        }
        if round.is_multiple_of(SELDOM)
            && let Some(keep) = app.retention.replies
            && let Err(error) = app.store.forget_requests(app.clock.now() - keep).await
        {
            tracing::warn!(error = %error, "old requests could not be forgotten");
        }
        if round.is_multiple_of(HOURLY) && pass.is_end() {
            pass = PruneCursor::START;
        }
        if !pass.is_end() {
            pass = prune(&app, pass).await.unwrap_or_else(|error| {
                tracing::warn!(error = %error, "old history could not be taken away");
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

/// Takes one bounded step, so that writers do not wait for long. Returns where the next one begins.
async fn prune(app: &App, cursor: PruneCursor) -> Result<PruneCursor> {
    let step = app.store.prune(&PruneRequest::new(None, &app.retention).after(cursor)).await?;
    if step.events + step.runs > 0 {
        tracing::debug!(events = step.events, runs = step.runs, "old history was taken away");
    }
    Ok(step.next)
}
