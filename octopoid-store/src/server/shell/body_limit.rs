//! A bound on what a client may send.

use super::{Code, Problem};
use axum::body::{Body, HttpBody as _};
use axum::extract::{DefaultBodyLimit, Request};
use http_body_util::Limited;

/// Refuses a body that announces more than `limit` bytes, and counts the bytes of every other: one that is longer than
/// that breaks off with an error that axum's extractors answer with 413.
pub(super) fn with_limit(request: Request, limit: usize) -> Result<Request, Problem> {
    if request.body().size_hint().lower() > limit as u64 {
        return Err(Problem::new(Code::TooLarge, format!("The body is larger than {limit} bytes")));
    }
    let mut request = request.map(|body| Body::new(Limited::new(body, limit)));
    // Axum's own bound on bodies, which is lower, is for those who set none.
    DefaultBodyLimit::disable().apply(&mut request);
    Ok(request)
}
