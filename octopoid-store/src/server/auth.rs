//! Who asks, and which scope that opens.

use super::app::App;
use super::shell::{Code, Inside, KeyId, Limiter, Peer, Problem, RetryAfter};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use octopoid_core::clock::Clock;
use octopoid_core::model::{ApiKey, KeyDigest, Scope, Timestamp};
use octopoid_core::store::{KeyStore, RequestKey, Result};
use rand::Rng;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// What a key begins with.
const PREFIX: &str = "oct_";
/// How long the list of keys is used before it is read again: another process may revoke one.
const FRESH: Duration = Duration::from_secs(2);

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Access {
    /// Anybody, until there is a key; from then on only those who have one. For a loopback address.
    #[default]
    UntilThereIsAKey,
    /// Only those who have a key, programs written for the original server included.
    Keys,
    /// Anybody.
    Everybody,
}

/// The keys, as the server knows them.
#[derive(Debug)]
pub(crate) struct Keyring {
    store: Option<Arc<dyn KeyStore>>,
    access: Access,
    admin: Option<KeyDigest>,
    known: Mutex<Option<(Timestamp, Arc<[ApiKey]>)>>,
    requests: Limiter<String>,
    failures: Limiter<std::net::IpAddr>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Somebody with the key of a scope.
    Key { scope: Scope, id: String },
    /// Whoever runs the server.
    Admin,
    /// Anybody, where that is allowed.
    Anybody,
}

impl Keyring {
    pub(crate) fn new(
        store: Option<Arc<dyn KeyStore>>,
        access: Access,
        admin: Option<&str>,
        requests: Limiter<String>,
        failures: Limiter<std::net::IpAddr>,
    ) -> Self {
        Self { store, access, admin: admin.map(digest), known: Mutex::default(), requests, failures }
    }

    pub(crate) fn store(&self) -> Result<&Arc<dyn KeyStore>, Problem> {
        self.store.as_ref().ok_or_else(|| Problem::not_found("this server keeps no keys"))
    }

    /// The keys, for a write that may come twice.
    pub(crate) fn store_for(&self, request: Option<&RequestKey>) -> Result<Arc<dyn KeyStore>, Problem> {
        let keys = Arc::clone(self.store()?);
        Ok(match request {
            // A name of its own, beside the request's other writes.
            Some(RequestKey { key, digest }) => {
                keys.keys_for_request(RequestKey { key: format!("keys {key}"), digest: *digest })
            }
            None => keys,
        })
    }

    /// The keys that open something.
    async fn active(&self, clock: &dyn Clock) -> Result<Arc<[ApiKey]>> {
        let Some(store) = &self.store else { return Ok(Arc::from([])) };
        let now = clock.now();
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, keys)) = &*known
                && now >= *read_at
                && now.since(*read_at) < FRESH
            {
                return Ok(Arc::clone(keys));
            }
        }
        let keys: Arc<[ApiKey]> =
            store.keys(None).await?.into_iter().filter(|key| key.revoked_at.is_none()).collect();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }

    /// Reads the keys again before the next request.
    pub(crate) fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a caller who was let in before would be let in now: its key may have been revoked meanwhile, or the first one
    /// made. While the keys cannot be read, nothing says otherwise.
    pub(crate) async fn still_opens(&self, caller: &Caller, clock: &dyn Clock) -> bool {
        let Ok(active) = self.active(clock).await else { return true };
        match (caller, self.access) {
            (Caller::Admin, _) | (Caller::Anybody, Access::Everybody) => true,
            (Caller::Key { id, .. }, _) => active.iter().any(|key| &key.id == id),
            (Caller::Anybody, Access::Keys) => false,
            (Caller::Anybody, Access::UntilThereIsAKey) => active.is_empty(),
        }
    }

    /// Whether nothing says who runs the server: there is no key and no secret.
    async fn is_open(&self, clock: &dyn Clock) -> Result<bool> {
        Ok(self.admin.is_none() && self.active(clock).await?.is_empty())
    }

    async fn caller(&self, headers: &HeaderMap, clock: &dyn Clock) -> Result<Caller, Problem> {
        let Some(shown) = headers.get(header::AUTHORIZATION) else {
            let open = match self.access {
                Access::Everybody => true,
                Access::Keys => false,
                Access::UntilThereIsAKey => self.active(clock).await?.is_empty(),
            };
            return if open {
                Ok(Caller::Anybody)
            } else {
                Err(Problem::unauthorized("a key is needed: send `Authorization: Bearer oct_…`"))
            };
        };
        let shown = shown.to_str().map_err(|_| malformed())?;
        let key = match shown.split_once(' ') {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() => key.trim(),
            _ => return Err(malformed()),
        };
        let digest = digest(key);
        if self.admin.as_ref().is_some_and(|admin| same(admin, &digest)) {
            return Ok(Caller::Admin);
        }
        if !key.starts_with(PREFIX) {
            return Err(Problem::unauthorized("Invalid API key format: a key begins with `oct_`"));
        }
        // Every key is compared, so that the time tells nothing of which one came near.
        let mut found = None;
        for known in self.active(clock).await?.iter() {
            if same(&known.digest, &digest) {
                found = Some(known.clone());
            }
        }
        match found {
            Some(ApiKey { scope, id, .. }) => Ok(Caller::Key { scope, id }),
            None => Err(Problem::unauthorized("Invalid API key: it is unknown or was revoked")),
        }
    }
}

fn malformed() -> Problem {
    Problem::unauthorized("Invalid Authorization header: send `Authorization: Bearer oct_…`")
}

fn same(one: &KeyDigest, other: &KeyDigest) -> bool {
    one.as_str().as_bytes().ct_eq(other.as_str().as_bytes()).into()
}

/// The SHA-256 of a key, which is all that is kept of it.
///
/// # Panics
/// Never: the digits are what a digest consists of.
pub fn digest(key: &str) -> KeyDigest {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(key.as_bytes()) {
        let _ = write!(digits, "{byte:02x}");
    }
    match KeyDigest::new(digits) {
        Ok(digest) => digest,
        Err(_) => unreachable!("64 hexadecimal digits are a digest"),
    }
}

/// Refuses to answer a repeated request for a key: the key is there, but its secret was in the first answer alone.
pub(crate) fn shown_now(added: &ApiKey, digest: &KeyDigest) -> Result<(), Problem> {
    if &added.digest == digest {
        return Ok(());
    }
    let ApiKey { id, scope, .. } = added;
    let words = format!(
        "this request has made {id} before, and a key is shown once; if that answer was lost, whoever runs the server \
         revokes {id} and makes another for {scope}"
    );
    Err(Problem::new(Code::Conflict, words).with_field("key_id", id.clone()))
}

/// A new key: `oct_` and 256 random bits.
pub fn generate_key() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let mut key = PREFIX.to_owned();
    for byte in bytes {
        let _ = write!(key, "{byte:02x}");
    }
    key
}

/// Finds out who asks, before anything else is done.
pub(crate) async fn identify(app: App, mut request: Request, inside: Inside) -> Response {
    let address = request.extensions().get::<Peer>().map(Peer::network);
    let keyring = &app.keyring;
    let shows_key = request.headers().contains_key(header::AUTHORIZATION);
    let caller = match keyring.caller(request.headers(), &*app.clock).await {
        Ok(caller) => caller,
        Err(problem) => {
            if shows_key
                && let Some(address) = address
                && let Err(RetryAfter(wait)) = keyring.failures.check(&address)
            {
                return Problem::too_many("too many wrong keys came from this address", wait).into_response();
            }
            return problem.into_response();
        }
    };
    if let Caller::Key { id, .. } = &caller
        && let Err(RetryAfter(wait)) = keyring.requests.check(id)
    {
        return Problem::too_many("too many requests came with this key", wait).into_response();
    }
    let key = match &caller {
        Caller::Key { id, .. } => Some(id.clone()),
        Caller::Admin => Some("admin".to_owned()),
        Caller::Anybody => None,
    };
    request.extensions_mut().insert(caller);
    let mut response = inside.answer(request).await;
    if let Some(key) = key {
        response.extensions_mut().insert(KeyId(key));
    }
    response
}

impl Caller {
    /// The scope that is meant: the key's own, or the one that is named.
    pub(crate) fn scope(&self, named: Option<&str>) -> Result<Scope, Problem> {
        let named = named
            .map(|name| Scope::new(name).map_err(|error| Problem::invalid("scope", error.to_string())))
            .transpose()?;
        match (self, named) {
            (Caller::Key { scope, .. }, Some(named)) if *scope != named => Err(Problem::forbidden(format!(
                "Scope mismatch: authenticated as \"{scope}\" but requested \"{named}\""
            ))),
            (Caller::Key { scope, .. }, _) => Ok(scope.clone()),
            (_, named) => Ok(named.unwrap_or_else(Scope::single)),
        }
    }

    /// The scope of a feed: `*` is every scope, for whoever is not bound to one.
    pub(crate) fn feed_scope(&self, named: Option<&str>) -> Result<Option<Scope>, Problem> {
        match (self, named) {
            (Caller::Admin | Caller::Anybody, Some("*")) => Ok(None),
            _ => self.scope(named).map(Some),
        }
    }

    /// Whether keys may be made and seen: by whoever runs the server, and by anybody as long as there is neither a key nor
    /// a secret of whoever runs it. From then on nobody gives himself one, also where he may come in without.
    pub(crate) async fn check_admin(&self, app: &App) -> Result<(), Problem> {
        let refused = "only the operator of the server creates and lists keys";
        match self {
            Caller::Admin => Ok(()),
            Caller::Anybody if app.keyring.is_open(&*app.clock).await? => Ok(()),
            Caller::Anybody => Err(Problem::unauthorized(refused)),
            Caller::Key { .. } => Err(Problem::forbidden(refused)),
        }
    }

    /// What the keys of this caller's requests begin with, so that nobody answers to another's.
    pub(crate) fn name(&self) -> &str {
        match self {
            Caller::Key { scope, .. } => scope.as_str(),
            Caller::Admin => "*admin",
            Caller::Anybody => "*",
        }
    }
}
