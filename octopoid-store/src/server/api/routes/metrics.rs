//! Metrics for a monitoring system.

use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::metrics::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use octopoid_core::model::Queue;
use octopoid_core::store::MachineQuery;
use std::fmt::Write;

/// `/metrics`. Needs a key where the contract does, and then counts the tasks of its scope alone.
pub(crate) fn metrics_route() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(app): State<App>, caller: Caller) -> Response {
    let mut text = app.metrics.text();
    let end = "# EOF\n";
    if text.ends_with(end) {
        text.truncate(text.len() - end.len());
    }
    if let Err(error) = queues(&app, &caller, &mut text).await {
        tracing::warn!(error = %error, "the queues could not be counted");
    }
    text.push_str(end);
    ([(header::CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response()
}

async fn queues(app: &App, caller: &Caller, text: &mut String) -> octopoid_core::store::Result<()> {
    let _ = write!(
        text,
        "# HELP octopoid_feed_listeners Clients that listen to the feed.\n# TYPE octopoid_feed_listeners gauge\n\
         octopoid_feed_listeners {}\n\
         # HELP octopoid_tasks Tasks by scope and queue.\n# TYPE octopoid_tasks gauge\n",
        app.hub.listeners()
    );
    let mut machines = String::new();
    let scopes = match caller {
        Caller::Key { scope, .. } => vec![scope.clone()],
        Caller::Admin | Caller::Anybody => app.store.scopes().await?,
    };
    for scope in scopes {
        let counts = app.store.queue_counts(&scope).await?;
        for queue in Queue::ALL {
            let number = counts.in_queue(queue);
            let _ = writeln!(text, "octopoid_tasks{{scope=\"{scope}\",queue=\"{queue}\"}} {number}");
        }
        let known = app.store.machines(&MachineQuery::new(scope.clone())).await?;
        for status in octopoid_core::model::MachineStatus::ALL {
            let number = known.iter().filter(|machine| machine.status == status).count();
            let status = status.as_str();
            let _ = writeln!(
                machines,
                "octopoid_orchestrators{{scope=\"{scope}\",status=\"{status}\"}} {number}"
            );
        }
    }
    text.push_str(
        "# HELP octopoid_orchestrators Machines by scope and status.\n# TYPE octopoid_orchestrators gauge\n",
    );
    text.push_str(&machines);
    Ok(())
}
