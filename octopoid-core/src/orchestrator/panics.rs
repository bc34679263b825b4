//! Isolation of code of roles, runners and steps: a panic there becomes a failure with a reason; it neither ends the orchestrator
//! nor keeps a task or an agent occupied (I36).

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Runs a future to completion; returns the message of a panic as an error.
pub(crate) async fn catch_panic<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        // The future is not polled again after its panic.
        Err(panic) => Poll::Ready(Err(words(&*panic))),
    })
    .await
}

/// Returns the message of a panic.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn i36_a_panic_is_an_error_with_its_words_also_after_a_wait() {
        let after_a_wait = async {
            tokio::task::yield_now().await;
            let number = 7;
            assert_eq!(number, 8, "the number is wrong");
        };
        assert!(catch_panic(after_a_wait).await.unwrap_err().contains("the number is wrong"));
        assert_eq!(catch_panic(async { 7 }).await, Ok(7));
    }
}
