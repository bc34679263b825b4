//! The keys that open scopes.

use super::BackendStore;
use crate::backend::{Access, Backend, engine};
use async_trait::async_trait;
use octopoid_core::model::{ApiKey, KeyDigest, Scope};
use octopoid_core::store::{KeyStore, RequestKey, Result};
use std::sync::Arc;

#[async_trait]
impl<B: Backend> KeyStore for BackendStore<B> {
    async fn add_key(&self, scope: &Scope, label: &str, digest: KeyDigest, replace: bool) -> Result<ApiKey> {
        let access = Access::to_all();
        let (scope, label) = (scope.clone(), label.to_owned());
        self.write(access, move |transaction, context| {
            engine::add_key(transaction, &scope, &label, &digest, replace, context)
        })
        .await
    }

    async fn add_first_key(&self, scope: &Scope, label: &str, digest: KeyDigest) -> Result<Option<ApiKey>> {
        let access = Access::to_all();
        let (scope, label) = (scope.clone(), label.to_owned());
        self.write(access, move |transaction, context| {
            engine::add_first_key(transaction, &scope, &label, &digest, context)
        })
        .await
    }

    fn keys_for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn KeyStore> {
        Arc::new(self.with_request(request))
    }

    async fn keys(&self, scope: Option<&Scope>) -> Result<Vec<ApiKey>> {
        let scope = scope.cloned();
        self.read(move |reader| engine::keys(reader, scope.as_ref())).await
    }

    async fn revoke_key(&self, id: &str) -> Result<ApiKey> {
        let access = Access::to_all();
        let id = id.to_owned();
        self.write(access, move |transaction, context| engine::revoke_key(transaction, &id, context)).await
    }

    async fn restrict_key(&self, id: &str) -> Result<ApiKey> {
        let access = Access::to_all();
        let id = id.to_owned();
        self.write(access, move |transaction, _| engine::restrict_key(transaction, &id)).await
    }
}
