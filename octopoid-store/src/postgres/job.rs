//! Requests with what they are known to use.

use super::backend::PostgresBackend;
use super::transaction::PostgresTransaction;
use crate::backend::{Access, job};
use octopoid_core::store::{Result, StoreError};
use tokio::sync::oneshot;

/// Request of one caller, and what it is known to use.
pub(super) struct Job {
    pub(super) access: Access,
    request: Box<dyn job::Job<PostgresBackend>>,
}

impl Job {
    /// Carries it out, as [`job::Job::run`].
    pub(super) fn run(&mut self, transaction: &mut PostgresTransaction<'_>) -> Result<()> {
        self.request.run(transaction)
    }
}

/// Returns a request, and the receiver of its answer.
pub(super) fn request<T, F>(access: Access, work: F) -> (Job, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: Fn(&mut PostgresTransaction<'_>) -> Result<T> + Send + 'static,
{
    let (request, answer) = job::job::<PostgresBackend, _, _>(work);
    (Job { access, request }, answer)
}

/// Sends the results of requests that are committed.
pub(super) fn answer(jobs: Vec<Job>) {
    job::answer(jobs.into_iter().map(|job| job.request));
}

/// Sends the reason why none of the requests is committed.
pub(super) fn refuse(jobs: Vec<Job>, error: &StoreError) {
    job::refuse(jobs.into_iter().map(|job| job.request), error);
}
