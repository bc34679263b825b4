//! The keys of a server.

use super::secret::PREFIX;
use super::{Access, Caller, digest};
use crate::server::api::limiter::{Limiter, RateLimit, RetryAfter};
use crate::server::api::problem::Problem;
use axum::http::{HeaderMap, header};
use octopoid_core::clock::Clock;
use octopoid_core::model::{ApiKey, KeyDigest, Timestamp};
use octopoid_core::store::{KeyStore, RequestKey, Result};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long the list of keys is used before it is read again: another process may revoke one.
const FRESH: Duration = Duration::from_secs(2);

/// The keys as the server last read them, the rule for requests without one, and the rate limits.
#[derive(Debug)]
pub(crate) struct Keyring {
    store: Option<Arc<dyn KeyStore>>,
    clock: Arc<dyn Clock>,
    access: Access,
    admin: Option<KeyDigest>,
    cached: Mutex<Option<(Timestamp, Arc<[ApiKey]>)>>,
    requests: Limiter<String>,
    failures: Limiter<IpAddr>,
}

/// Options for a keyring.
#[derive(Debug)]
pub(crate) struct KeyringOptions {
    pub(crate) store: Option<Arc<dyn KeyStore>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) access: Access,
    pub(crate) admin_token: Option<String>,
    /// Requests of one key.
    pub(crate) requests: RateLimit,
    /// Wrong keys from one address.
    pub(crate) failures: RateLimit,
}

impl Keyring {
    pub(crate) fn new(options: KeyringOptions) -> Self {
        let KeyringOptions { store, clock, access, admin_token, requests, failures } = options;
        Self {
            store,
            access,
            admin: admin_token.as_deref().map(digest),
            cached: Mutex::default(),
            requests: Limiter::new(requests, Arc::clone(&clock)),
            failures: Limiter::new(failures, Arc::clone(&clock)),
            clock,
        }
    }

    pub(crate) fn store(&self) -> Result<&Arc<dyn KeyStore>, Problem> {
        self.store.as_ref().ok_or_else(|| Problem::not_found("this server keeps no keys"))
    }

    /// Returns the key store on which a repeated request has no second effect.
    pub(crate) fn store_for(&self, request: Option<&RequestKey>) -> Result<Arc<dyn KeyStore>, Problem> {
        let keys = Arc::clone(self.store()?);
        Ok(match request {
            // A name of its own, beside the request's other writes.
            Some(RequestKey { key, digest, .. }) => {
                keys.keys_for_request(RequestKey::new(format!("keys {key}"), *digest))
            }
            None => keys,
        })
    }

    /// Returns the keys that are not revoked.
    async fn active(&self) -> Result<Arc<[ApiKey]>> {
        let Some(store) = &self.store else { return Ok(Arc::from([])) };
        let now = self.clock.now();
        {
            let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, keys)) = &*cached
                && now >= *read_at
                && now.since(*read_at) < FRESH
            {
                return Ok(Arc::clone(keys));
            }
        }
        let keys: Arc<[ApiKey]> =
            store.keys(None).await?.into_iter().filter(|key| key.revoked_at.is_none()).collect();
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }

    /// Discards the cached keys, so that the next request reads them again.
    pub(crate) fn invalidate(&self) {
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns whether an earlier caller would be let in now: its key may have been revoked since, or the first one created.
    /// While the keys cannot be read, it stays in.
    pub(crate) async fn still_opens(&self, caller: &Caller) -> bool {
        let Ok(active) = self.active().await else { return true };
        match (caller, self.access) {
            (Caller::Admin, _) | (Caller::Anybody, Access::Everybody) => true,
            (Caller::Key { id, .. }, _) => active.iter().any(|key| &key.id == id),
            (Caller::Anybody, Access::Keys) => false,
            (Caller::Anybody, Access::UntilThereIsAKey) => active.is_empty(),
        }
    }

    /// Returns whether there is neither a key nor an admin token, so that nothing identifies the operator.
    pub(super) async fn has_no_admin(&self) -> Result<bool> {
        Ok(self.admin.is_none() && self.active().await?.is_empty())
    }

    /// Counts a request of a key.
    pub(super) fn count_request(&self, key_id: &str) -> Result<(), RetryAfter> {
        self.requests.check(&key_id.to_owned())
    }

    /// Counts a wrong key from an address.
    pub(super) fn count_failure(&self, address: &IpAddr) -> Result<(), RetryAfter> {
        self.failures.check(address)
    }

    /// Returns the caller whose key the headers show.
    pub(super) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        if !headers.contains_key(header::AUTHORIZATION) {
            let open = match self.access {
                Access::Everybody => true,
                Access::Keys => false,
                Access::UntilThereIsAKey => self.active().await?.is_empty(),
            };
            return if open {
                Ok(Caller::Anybody)
            } else {
                Err(Problem::unauthorized("a key is needed: send `Authorization: Bearer oct_…`"))
            };
        }
        let key = bearer(headers).ok_or_else(|| {
            Problem::unauthorized("Invalid Authorization header: send `Authorization: Bearer oct_…`")
        })?;
        let digest = digest(key);
        if self.admin.as_ref().is_some_and(|admin| same(admin, &digest)) {
            return Ok(Caller::Admin);
        }
        if !key.starts_with(PREFIX) {
            return Err(Problem::unauthorized("Invalid API key format: a key begins with `oct_`"));
        }
        // Every key is compared, so that the time does not tell which one came near.
        let mut found = None;
        for known in self.active().await?.iter() {
            if same(&known.digest, &digest) {
                found = Some(known.clone());
            }
        }
        match found {
            Some(ApiKey { scope, id, read_only, .. }) => Ok(Caller::Key { scope, id, read_only }),
            None => Err(Problem::unauthorized("Invalid API key: it is unknown or was revoked")),
        }
    }
}

/// Returns the key in `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then(|| key.trim())
}

fn same(one: &KeyDigest, other: &KeyDigest) -> bool {
    one.as_str().as_bytes().ct_eq(other.as_str().as_bytes()).into()
}
