//! The OpenAPI description, made from the code.

mod rules;

use super::app::App;
use super::page;
use super::routes::{PREFIX, contract, open_routes};
use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Root of the description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Octopoid",
        description = "The task queue of Octopoid over HTTP. Every error is a problem with one sentence, a code, and the \
                       field where one is wrong. Writes take an `Idempotency-Key`: the same key and body within a day \
                       answer as the first time, except that the `content` of a task is as it is by then, or empty if the \
                       task is gone. With a key, `Authorization: Bearer oct_…`, the key's scope is meant. \
                       In compatibility mode, programs of the original server are served as it served them: \
                       the scope of an id is found, claim tokens may be left out, unknown fields are ignored, leases are cut \
                       to the bound, tasks stand in and are claimed from any queue, and any of their fields can be changed; \
                       Octopoid's own programs are served as described here."
    ),
    tags(
        (name = "tasks", description = "The queue: create, claim, submit, review"),
        (name = "reviews", description = "Comments on the lines of submitted work, and the reviews that send them"),
        (name = "events", description = "What happened, as a feed that can be taken up again"),
        (name = "orchestrators", description = "The machines that run agents"),
        (name = "keys", description = "Keys that open scopes"),
    )
)]
struct Described;

/// Returns the OpenAPI description as JSON text.
///
/// # Panics
/// Never: it is made of plain texts.
pub fn openapi_json() -> String {
    let described = OpenApiRouter::<App>::with_openapi(Described::openapi())
        .merge(open_routes())
        .nest(PREFIX, contract());
    let mut described = described.into_openapi();
    rules::apply(&mut described);
    let mut text = match described.to_pretty_json() {
        Ok(text) => text,
        Err(error) => unreachable!("plain texts are JSON: {error}"),
    };
    text.push('\n');
    text
}

pub(super) fn routes() -> Router<App> {
    let described = openapi_json();
    Router::new()
        .route(
            "/api/openapi.json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], described.clone()) }),
        )
        .route(
            "/api/docs",
            get(|| async { ([(header::CONTENT_SECURITY_POLICY, page::POLICY)], Html(page::HTML)) }),
        )
}
