//! Short request bodies.

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// Longest body that is read before its route is called, in bytes.
const SHORT: u64 = 64 * 1024;

/// Reads a short body to its end. A route that refuses without reading leaves it on the connection, which then cannot be
/// used again: the client's next request would meet a connection that has just been closed.
pub(super) async fn read_short(request: Request, next: Next) -> Response {
    let length = request.body().size_hint();
    if length.upper().is_none_or(|most| most == 0 || most > SHORT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => Body::from(bytes),
        // The route meets the error when it reads.
        Err(error) => Body::from_stream(futures_util::stream::once(async move { Err::<Bytes, _>(error) })),
    };
    next.run(Request::from_parts(parts, body)).await
}
