//! Requests of callers.

use super::error::shared;
use super::transaction::PostgresTransaction;
use crate::backend::{Access, is_fault};
use octopoid_core::store::{Result, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// Request of one caller.
pub(super) trait Job: Send {
    /// Returns what it is known to use.
    fn access(&self) -> &Access;

    /// Carries it out within the open transaction and keeps the result. The error is given where the transaction can no longer be
    /// committed. May be called again after that transaction was undone.
    fn run(&mut self, transaction: &mut PostgresTransaction<'_>) -> Result<()>;

    /// Sends the result, now that it is committed, or why it is not.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Request<F, T> {
    access: Access,
    work: F,
    result: Result<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<F, T> Job for Request<F, T>
where
    F: Fn(&mut PostgresTransaction<'_>) -> Result<T> + Send,
    T: Send,
{
    fn access(&self) -> &Access {
        &self.access
    }

    fn run(&mut self, transaction: &mut PostgresTransaction<'_>) -> Result<()> {
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

/// Returns a request, and where its answer comes.
pub(super) fn request<T, F>(access: Access, work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: Fn(&mut PostgresTransaction<'_>) -> Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let result = Err(StoreError::internal("the request was not carried out"));
    (Box::new(Request { access, work, result, reply }), answer)
}

/// Sends the results of requests that are committed.
pub(super) fn answer(jobs: Vec<Box<dyn Job>>) {
    for job in jobs {
        job.answer(Ok(()));
    }
}

/// Tells those who asked why nothing was committed.
pub(super) fn refuse(jobs: Vec<Box<dyn Job>>, error: &StoreError) {
    for job in jobs {
        job.answer(Err(shared(error)));
    }
}
