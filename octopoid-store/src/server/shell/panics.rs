//! A panic in a handler is an answer like any other.

use super::Problem;
use axum::response::{IntoResponse as _, Response};
use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Answers 500 where a handler panics, so that one bad request does not take its connection, and the next requests on
/// it, along.
pub(super) async fn caught(answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    // Unwind safety: after a panic the handler is never polled again, and what it shares guards itself.
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready(problem(panic.as_ref()).into_response()))
    })
    .await
}

fn problem(panic: &(dyn Any + Send)) -> Problem {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(format_args!("a handler panicked: {}", said.unwrap_or("no message")))
}
