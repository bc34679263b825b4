//! The object of the keys and of the names of the scopes.

use crate::database::ObjectDatabase;
use crate::instance::{Instance, Parts, open};
use crate::respond::{refuse, respond};
use crate::settings::Settings;
use crate::testing::StoreClock;
use octopoid_core::model::{ApiKey, KeyDigest, Scope};
use octopoid_core::store::{ErrorKind, KeyStore, RequestKey, StoreError, TaskStore as _};
use octopoid_store::server::Problem;
use octopoid_store::sqlite::{HostDatabase as _, HostError, HostValue};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// Name of the object.
pub(crate) const NAME: &str = "keys";
/// Path of the calls of the other objects, which no request from outside reaches.
pub(crate) const CALLS: &str = "/internal/keys";

/// Call of another object.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Call {
    /// Returns the scope that a key opens.
    ScopeOf(KeyDigest),
    /// Lists keys.
    List(Option<Scope>),
    /// Adds a key.
    Add { scope: Scope, label: String, digest: KeyDigest, replace: bool, request: Option<(String, [u8; 32])> },
    /// Adds the first key of a scope.
    AddFirst { scope: Scope, label: String, digest: KeyDigest, request: Option<(String, [u8; 32])> },
    /// Revokes a key.
    Revoke(String),
    /// Makes a key read-only.
    Restrict(String),
    /// Notes the names of scopes, and forgets others.
    Register { here: Vec<Scope>, gone: Vec<Scope> },
    /// Lists the names of scopes.
    Scopes,
}

/// Answer to a [`Call`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The scope of a key.
    Scope(Option<Scope>),
    /// Keys.
    Keys(Vec<ApiKey>),
    /// Names of scopes.
    Scopes(Vec<Scope>),
    /// It is done.
    Done,
    /// It was refused.
    Refused { kind: Refusal, message: String },
}

/// Why a call was refused.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Refusal {
    NotFound,
    Conflict,
    Label,
    Unavailable,
}

impl From<StoreError> for Reply {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind() {
            ErrorKind::NotFound => Refusal::NotFound,
            ErrorKind::Conflict => Refusal::Conflict,
            ErrorKind::Invalid { .. } => Refusal::Label,
            _ => Refusal::Unavailable,
        };
        Self::Refused { kind, message: error.to_string() }
    }
}

/// Object of the keys. It also answers what is asked of no scope.
#[durable_object(fetch)]
pub struct KeysObject {
    state: State,
    env: Env,
    clock: StoreClock,
    instance: OnceCell<Instance>,
}

// As for the object of a scope.
impl UnwindSafe for KeysObject {}
impl RefUnwindSafe for KeysObject {}

impl DurableObject for KeysObject {
    fn new(state: State, env: Env) -> Self {
        let testing = Settings::of(&env).is_ok_and(|settings| settings.testing);
        Self { state, env, clock: StoreClock::of(testing), instance: OnceCell::new() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        self.clock.hear(&request);
        let instance = match self.instance() {
            Ok(instance) => instance,
            Err(error) => return refuse(&request, Problem::from(error)).await,
        };
        if request.path() == CALLS {
            let call = request.json().await?;
            let reply = self.answer(instance, call).await.unwrap_or_else(Reply::from);
            return Response::from_json(&reply);
        }
        respond(&instance.router, request).await
    }
}

impl KeysObject {
    fn instance(&self) -> Result<&Instance, StoreError> {
        if let Some(instance) = self.instance.get() {
            return Ok(instance);
        }
        let settings = Settings::of(&self.env)
            .map_err(|error| StoreError::unavailable(format!("the Worker is not set up: {error}")))?;
        let store = open(Arc::new(ObjectDatabase::of(&self.state)), &self.clock, settings)?;
        let parts = Parts { store: store.clone(), keys: store, artifacts: None, grace: Duration::ZERO };
        let started = Instance::start(settings, parts);
        Ok(self.instance.get_or_init(|| started))
    }

    async fn answer(&self, instance: &Instance, call: Call) -> Result<Reply, StoreError> {
        let keys = |request: Option<(String, [u8; 32])>| -> Arc<dyn KeyStore> {
            match request {
                Some((key, digest)) => instance.store.clone().keys_for_request(RequestKey::new(key, digest)),
                None => instance.store.clone(),
            }
        };
        let one = |key| Reply::Keys(vec![key]);
        Ok(match call {
            Call::ScopeOf(digest) => {
                let all = instance.store.keys(None).await?;
                let key = all.into_iter().find(|key| key.digest == digest && key.revoked_at.is_none());
                Reply::Scope(key.map(|key| key.scope))
            }
            Call::List(scope) => Reply::Keys(instance.store.keys(scope.as_ref()).await?),
            Call::Add { scope, label, digest, replace, request } => {
                one(keys(request).add_key(&scope, &label, digest, replace).await?)
            }
            Call::AddFirst { scope, label, digest, request } => {
                let added = keys(request).add_first_key(&scope, &label, digest).await?;
                Reply::Keys(added.into_iter().collect())
            }
            Call::Revoke(id) => one(instance.store.revoke_key(&id).await?),
            Call::Restrict(id) => one(instance.store.restrict_key(&id).await?),
            Call::Register { here, gone } => {
                self.register(&here, &gone).map_err(|error| {
                    StoreError::unavailable("the database cannot be written").with_source(error)
                })?;
                Reply::Done
            }
            Call::Scopes => Reply::Scopes(instance.store.scopes().await?),
        })
    }

    /// Notes the names of scopes, each as a record of it: the list of the scopes is of those that have records.
    fn register(&self, here: &[Scope], gone: &[Scope]) -> Result<(), HostError> {
        let database = ObjectDatabase::of(&self.state);
        let name = |scope: &Scope| [HostValue::Text(scope.to_string())];
        for scope in here {
            let sql = "INSERT INTO records (kind, scope, id, body) VALUES ('scopes', ?1, 'object', '{}')
                       ON CONFLICT DO NOTHING";
            database.execute(sql, &name(scope))?;
        }
        for scope in gone {
            database.execute("DELETE FROM records WHERE kind = 'scopes' AND scope = ?1", &name(scope))?;
        }
        Ok(())
    }
}
