//! A bound on what a client may send.

use super::{Code, Problem};
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::Limited;

/// Refuses a body that announces more than `limit` bytes, and counts the bytes of every other: one that is longer than
/// that breaks off with an error that axum's extractors answer with 413.
pub(super) async fn body_limit(State(limit): State<usize>, request: Request, next: Next) -> Response {
    if request.body().size_hint().lower() > limit as u64 {
        let message = format!("The body is larger than {limit} bytes");
        return Problem::new(Code::TooLarge, message).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await
}
