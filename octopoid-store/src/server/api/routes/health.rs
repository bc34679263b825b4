//! Routes that need no key: health, readiness, and the root.

use crate::server::api::app::App;
use crate::server::api::page;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use octopoid_core::model::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The version that programs of the original look at: its interface is that of 2.0.
const VERSION: &str = concat!("2.0.0+octopoid.", env!("CARGO_PKG_VERSION"));

/// The routes that need no key.
pub(crate) fn open_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(ready)).route("/", get(root))
}

/// How the server is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Health {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    version: &'static str,
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// `connected` or `disconnected`.
    database: &'static str,
}

async fn check(app: &App) -> (StatusCode, Json<Health>) {
    let works = app.store.last_event().await.is_ok();
    let (status, words, database) = match works {
        true => (StatusCode::OK, "healthy", "connected"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy", "disconnected"),
    };
    (status, Json(Health { status: words, version: VERSION, timestamp: app.clock.now(), database }))
}

/// Returns whether the server and its store work.
#[utoipa::path(get, path = "/api/health", tag = "health",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn health(State(app): State<App>) -> (StatusCode, Json<Health>) {
    check(&app).await
}

/// Returns whether the server accepts new requests: no longer, once it shuts down.
#[utoipa::path(get, path = "/api/ready", tag = "health",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn ready(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let (status, health) = check(&app).await;
    if app.shutdown.is_triggered() { (StatusCode::SERVICE_UNAVAILABLE, health) } else { (status, health) }
}

/// Returns whether a browser asks, rather than a program.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html")
}

/// Describes the server: a page for people, JSON for programs.
async fn root(headers: HeaderMap) -> Response {
    if wants_page(&headers) {
        return ([(header::CONTENT_SECURITY_POLICY, page::POLICY)], Html(page::HTML)).into_response();
    }
    Json(json!({
        "name": "Octopoid Server",
        "version": VERSION,
        "endpoints": ["/api/health", "/api/ready", "/api/openapi.json", "/api/docs", "/metrics", "/api/v1/tasks",
            "/api/v1/projects", "/api/v1/drafts", "/api/v1/messages", "/api/v1/actions", "/api/v1/flows",
            "/api/v1/roles", "/api/v1/orchestrators", "/api/v1/scheduler/poll", "/api/v1/events", "/api/v1/keys"],
    }))
    .into_response()
}
