//! What the server does by itself, by its own clock.

use super::app::App;
use octopoid_core::store::Result;
use std::time::Duration;

/// The time between two looks at the leases.
const LEASES: Duration = Duration::from_secs(1);
/// How long a request's key is remembered.
const REQUESTS: Duration = Duration::from_secs(24 * 60 * 60);
/// The number of looks at the leases between two at the remembered requests.
const SELDOM: u32 = 600;

/// Frees the claims whose lease has run out, and forgets old requests, until the server stops.
pub(crate) async fn keep_up(app: App) {
    let mut round = 0_u32;
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
        if round.is_multiple_of(SELDOM) {
            let before = app.clock.now() - REQUESTS;
            if let Err(error) = app.store.forget_requests(before).await {
                tracing::warn!(error = %error, "old requests could not be forgotten");
            }
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
