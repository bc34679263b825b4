//! The store over a backend.

mod keys;
mod log;
mod records;
mod reviews;
mod tasks;

use super::idempotency::{Replayable, RequestWrites, once};
use super::{Access, Backend, Reader, Transaction, engine};
use async_trait::async_trait;
use octopoid_core::model::{Policy, Timestamp};
use octopoid_core::store::{
    IdempotentStore, PruneRequest, Pruned, RequestKey, Result, RetentionStore, Store,
};
use octopoid_core::transition::Context;
use std::sync::Arc;

/// Store over a [`Backend`]: a [`Store`] with every rule, an [`IdempotentStore`] and a
/// [`KeyStore`](octopoid_core::store::KeyStore).
#[derive(Debug)]
pub struct BackendStore<B> {
    backend: Arc<B>,
    policy: Arc<Policy>,
    /// The request whose writes are carried out once, if the store answers a request.
    request: Option<Arc<RequestWrites>>,
}

impl<B: Backend> BackendStore<B> {
    /// Returns a store over a backend that applies the bounds of a policy.
    pub fn with_backend(backend: B, policy: Policy) -> Self {
        Self { backend: Arc::new(backend), policy: Arc::new(policy), request: None }
    }

    /// Returns the backend.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    fn with_request(&self, request: RequestKey) -> Self {
        Self {
            backend: Arc::clone(&self.backend),
            policy: Arc::clone(&self.policy),
            request: Some(RequestWrites::new(request)),
        }
    }

    /// Runs a write in a transaction; once, if the store answers a request.
    async fn write<T, F>(&self, mut access: Access, work: F) -> Result<T>
    where
        T: Replayable + Send + 'static,
        F: Fn(&mut B::Transaction<'_>, Context<'_>) -> Result<T> + Send + 'static,
    {
        let Some(request) = self.request.as_ref().map(|request| request.next_write()) else {
            return self.transact(access, work).await;
        };
        access.reply = Some(request.key.clone());
        self.transact(access, move |transaction, context| once(transaction, &request, context, &work)).await?
    }

    /// Runs a write in a transaction, again with each repetition.
    async fn transact<T, F>(&self, access: Access, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut B::Transaction<'_>, Context<'_>) -> Result<T> + Send + 'static,
    {
        let policy = Arc::clone(&self.policy);
        let work = move |transaction: &mut B::Transaction<'_>| {
            let context = Context::new(transaction.now(), &policy);
            work(transaction, context)
        };
        self.backend.transact_with(access, work).await
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut B::Reader<'_>) -> Result<T> + Send + 'static,
    {
        self.backend.read(work).await
    }
}

#[async_trait]
impl<B: Backend> IdempotentStore for BackendStore<B> {
    fn for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn Store> {
        Arc::new(self.with_request(request))
    }

    async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        self.transact(Access::to_all(), move |transaction, _| transaction.remove_replies(before)).await
    }

    async fn is_housekeeper(&self) -> Result<bool> {
        self.backend.is_housekeeper().await
    }
}

#[async_trait]
impl<B: Backend> RetentionStore for BackendStore<B> {
    async fn prune(&self, request: &PruneRequest) -> Result<Pruned> {
        let request = request.clone();
        self.transact(Access::to_all(), move |transaction, context| {
            engine::prune(transaction, &request, context)
        })
        .await
    }
}
