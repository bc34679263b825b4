//! The keys, as the other objects and the Worker itself reach them.

use crate::keys::{CALLS, Call, Refusal, Reply};
use crate::settings::KEYS;
use async_trait::async_trait;
use octopoid_core::model::{ApiKey, KeyDigest, Scope};
use octopoid_core::store::{ErrorKind, KeyStore, RequestKey, Result, StoreError};
use std::sync::Arc;
use worker::send::{IntoSendFuture as _, SendWrapper};
use worker::wasm_bindgen::JsValue;
use worker::{Env, Method, Request, RequestInit, Stub};

/// Keys in the object of the keys.
#[derive(Clone)]
pub(crate) struct RemoteKeys {
    stub: Arc<SendWrapper<Stub>>,
    /// Request whose writes are carried out once.
    request: Option<(String, [u8; 32])>,
}

impl std::fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteKeys").finish_non_exhaustive()
    }
}

impl RemoteKeys {
    /// Returns the keys in the object of a name.
    pub(crate) fn of(env: &Env, name: &str) -> worker::Result<Self> {
        let stub = env.durable_object(KEYS)?.get_by_name(name)?;
        Ok(Self { stub: Arc::new(SendWrapper::new(stub)), request: None })
    }

    /// Returns the scope that a key opens.
    pub(crate) async fn scope_of(&self, digest: &KeyDigest) -> Result<Option<Scope>> {
        match self.call(&Call::ScopeOf(digest.clone())).await? {
            Reply::Scope(scope) => Ok(scope),
            _ => Err(unexpected()),
        }
    }

    /// Notes the names of scopes, and forgets others.
    pub(crate) async fn register(&self, here: Vec<Scope>, gone: Vec<Scope>) -> Result<()> {
        self.call(&Call::Register { here, gone }).await.map(drop)
    }

    /// Lists the names of scopes.
    pub(crate) async fn scopes(&self) -> Result<Vec<Scope>> {
        match self.call(&Call::Scopes).await? {
            Reply::Scopes(scopes) => Ok(scopes),
            _ => Err(unexpected()),
        }
    }

    async fn call(&self, call: &Call) -> Result<Reply> {
        let away = |error: String| StoreError::unavailable(format!("the keys cannot be reached: {error}"));
        let body = serde_json::to_string(call).map_err(|error| away(error.to_string()))?;
        let sent = async {
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
            let request = Request::new_with_init(&format!("http://keys{CALLS}"), &init)?;
            self.stub.fetch_with_request(request).await?.json::<Reply>().await
        };
        match sent.into_send().await.map_err(|error| away(error.to_string()))? {
            Reply::Refused { kind, message } => Err(refused(kind, message)),
            reply => Ok(reply),
        }
    }

    async fn keys_of(&self, call: Call) -> Result<Vec<ApiKey>> {
        match self.call(&call).await? {
            Reply::Keys(keys) => Ok(keys),
            _ => Err(unexpected()),
        }
    }

    async fn one(&self, call: Call) -> Result<ApiKey> {
        self.keys_of(call).await?.pop().ok_or_else(unexpected)
    }
}

fn unexpected() -> StoreError {
    StoreError::internal("the object of the keys gave another answer than was asked for")
}

fn refused(kind: Refusal, message: String) -> StoreError {
    let kind = match kind {
        Refusal::NotFound => ErrorKind::NotFound,
        Refusal::Conflict => ErrorKind::Conflict,
        Refusal::Label => ErrorKind::Invalid { field: "label".to_owned() },
        Refusal::Unavailable => ErrorKind::Unavailable,
    };
    StoreError::new(kind, message)
}

#[async_trait]
impl KeyStore for RemoteKeys {
    async fn add_key(&self, scope: &Scope, label: &str, digest: KeyDigest, replace: bool) -> Result<ApiKey> {
        let (scope, label, request) = (scope.clone(), label.to_owned(), self.request.clone());
        self.one(Call::Add { scope, label, digest, replace, request }).await
    }

    async fn add_first_key(&self, scope: &Scope, label: &str, digest: KeyDigest) -> Result<Option<ApiKey>> {
        let (scope, label, request) = (scope.clone(), label.to_owned(), self.request.clone());
        Ok(self.keys_of(Call::AddFirst { scope, label, digest, request }).await?.pop())
    }

    fn keys_for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn KeyStore> {
        Arc::new(Self { stub: Arc::clone(&self.stub), request: Some((request.key, request.digest)) })
    }

    async fn keys(&self, scope: Option<&Scope>) -> Result<Vec<ApiKey>> {
        self.keys_of(Call::List(scope.cloned())).await
    }

    async fn revoke_key(&self, id: &str) -> Result<ApiKey> {
        self.one(Call::Revoke(id.to_owned())).await
    }

    async fn restrict_key(&self, id: &str) -> Result<ApiKey> {
        self.one(Call::Restrict(id.to_owned())).await
    }
}
