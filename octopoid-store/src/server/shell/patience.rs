//! A handler that does not answer is given up.

use super::{Code, Problem};
use axum::response::{IntoResponse as _, Response};
use std::time::Duration;

/// Bounds the time until the head of the answer is known. A stream may then go on for as long as it likes.
pub(super) async fn within(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(limit, answer).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::Unavailable, "The request took too long")
            .with_retry_after(Duration::from_secs(1))
            .into_response(),
    }
}
