//! Requests of callers that a thread carries out in groups: one transaction for all of them, and an answer for each.

use super::{Backend, is_fault};
use octopoid_core::store::{Result, StoreError};
use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// Request of one caller.
pub(crate) trait Job<B: Backend>: Send {
    /// Carries it out within the open transaction and keeps the result. The error is given where the transaction can no longer be
    /// committed. May be called again after that transaction was undone.
    fn run(&mut self, transaction: &mut B::Transaction<'_>) -> Result<()>;

    /// Sends the result, now that it is committed, or why it is not.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Request<F, T> {
    work: F,
    result: Result<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<B, F, T> Job<B> for Request<F, T>
where
    B: Backend,
    F: Fn(&mut B::Transaction<'_>) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, transaction: &mut B::Transaction<'_>) -> Result<()> {
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(transaction)));
        self.result = result.unwrap_or_else(|_| Err(StoreError::internal("a defect: the request panicked")));
        match &self.result {
            Err(error) if is_fault(error) => Err(shared(error)),
            // A refusal comes before the first write, so it has left nothing behind.
            _ => Ok(()),
        }
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let answer = match committed {
            Ok(()) => self.result,
            Err(error) => Err(error),
        };
        // A caller that no longer waits has nothing to be told.
        let _ = self.reply.send(answer);
    }
}

/// Returns a request, and the receiver of its answer.
pub(crate) fn job<B, T, F>(work: F) -> (Box<dyn Job<B>>, oneshot::Receiver<Result<T>>)
where
    B: Backend,
    T: Send + 'static,
    F: Fn(&mut B::Transaction<'_>) -> Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let result = Err(StoreError::internal("the request was not carried out"));
    (Box::new(Request { work, result, reply }), answer)
}

/// Sends the results of requests that are committed. Waking a thread to do this takes longer than doing it.
pub(crate) fn answer<B: Backend>(jobs: impl IntoIterator<Item = Box<dyn Job<B>>>) {
    for job in jobs {
        job.answer(Ok(()));
    }
}

/// Sends the reason why none of the requests is committed.
pub(crate) fn refuse<B: Backend>(jobs: impl IntoIterator<Item = Box<dyn Job<B>>>, error: &StoreError) {
    for job in jobs {
        job.answer(Err(shared(error)));
    }
}

/// Returns a copy of an error, for one of several callers that it concerns.
fn shared(error: &StoreError) -> StoreError {
    let copy = StoreError::new(error.kind().clone(), error.to_string());
    match error.source() {
        Some(source) => copy.with_source(source.to_string()),
        None => copy,
    }
}
