//! The feed of one machine.

use super::checked;
use super::events::{HEARTBEAT, event_stream};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::dispatch::Registered;
use crate::server::api::problem::Problem;
use crate::wire::{Flag, Names};
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::stream;
use octopoid_core::model::{RoleName, Scope};
use octopoid_core::store::{Interest, StoreError};
use tokio::sync::watch;

/// Returns the interest of a machine that a request states.
pub(super) fn interest(
    scope: Option<Scope>,
    machine: String,
    work: Option<Names>,
    review: Option<Names>,
    land: Option<Flag>,
) -> Result<Interest, Problem> {
    let scope = scope.ok_or_else(|| Problem::invalid("scope", "scope: a machine belongs to one scope"))?;
    let mut interest = Interest::new(scope, checked(machine, "orchestrator_id")?);
    for name in work.unwrap_or_default().0 {
        interest = interest.with_work(checked::<RoleName>(name, "work")?);
    }
    for name in review.unwrap_or_default().0 {
        interest = interest.with_review(checked::<RoleName>(name, "review")?);
    }
    interest.land = land.is_some_and(|land| land.0);
    Ok(interest)
}

/// Opens the feed of a machine.
pub(super) async fn feed(app: App, caller: Caller, interest: Interest) -> Result<Response, Problem> {
    let listens = app.hub.subscribe().await?;
    let machine = app.hub.dispatcher().register(interest).await?;
    let listener = Listener { app, caller, machine, begun: false, _listens: listens };
    let events = stream::unfold(listener, |mut listener| async move {
        let chunk = listener.next().await?;
        Some((Ok::<_, StoreError>(chunk), listener))
    });
    Ok(event_stream(Body::from_stream(events)))
}

struct Listener {
    app: App,
    caller: Caller,
    machine: Registered,
    begun: bool,
    /// Counts it among those who listen.
    _listens: watch::Receiver<u64>,
}

impl Listener {
    /// Returns what to send next; `None` ends the feed. It does not outlive the key that opened it.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            let after = self.machine.position;
            return Some(format!("retry: 1000\nevent: ready\ndata: {{\"after\":{after}}}\n\n").into());
        }
        loop {
            let beats = tokio::select! {
                () = self.app.shutdown.wait() => return None,
                () = self.machine.ready() => false,
                () = self.app.clock.sleep(HEARTBEAT) => true,
            };
            if !self.app.keyring.still_opens(&self.caller).await {
                return None;
            }
            match self.machine.sent() {
                Ok(sent) if sent.news || beats => return Some(sent.text),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a machine's feed ends");
                    return None;
                }
            }
        }
    }
}
