//! A bound on what a client may send.

use super::{Code, Problem};
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{DefaultBodyLimit, Request};
use http_body_util::Limited;

/// The longest body that is read before its route is asked, in bytes.
const READ_FIRST: u64 = 64 * 1024;

/// Reads a short body to its end. A route that refuses without reading leaves it on the connection, which then cannot be
/// used again: the client's next request would meet a connection that has just been closed.
pub(super) async fn read_short(request: Request) -> Request {
    let length = request.body().size_hint();
    if length.upper().is_none_or(|most| most == 0 || most > READ_FIRST) {
        return request;
    }
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => Body::from(bytes),
        // What breaks off is for the route to meet.
        Err(error) => Body::from_stream(futures_util::stream::once(async move { Err::<Bytes, _>(error) })),
    };
    Request::from_parts(parts, body)
}

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
