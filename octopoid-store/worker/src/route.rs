//! Which object a request is for.

use crate::clock::PlatformClock;
use crate::keys::NAME as KEYS_NAME;
use crate::remote_keys::RemoteKeys;
use crate::respond::refuse;
use crate::settings::{KEYS, Objects, SCOPES, Settings};
use crate::testing::object_name;
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{KeyDigest, Scope, Timestamp};
use octopoid_core::store::StoreError;
use octopoid_store::server::{Code, Problem, digest};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use worker::{Env, Method, Request, Response, Result, Stub, Url};

/// Path below which the contract lies.
const CONTRACT: &str = "/api/v1/";
/// Path of the request to remove idempotency records.
const FORGET: &str = "/api/v1/requests/forget";
/// Name of the object of a deployment that has one.
const ONE: &str = "octopoid";
/// How long a key is taken to open the same scope: another request may revoke it.
const FRESH: Duration = Duration::from_secs(2);
/// Largest number of keys whose scopes are remembered.
const REMEMBERED: usize = 10_000;
/// Largest body in which a scope is looked for, in bytes.
const BODY: usize = 8 << 20;

/// Passes a request on to its object.
pub(crate) async fn route(request: Request, env: &Env) -> Result<Response> {
    let settings = match Settings::of(env) {
        Ok(settings) => settings,
        Err(error) => {
            let problem = Problem::new(Code::Unavailable, "the Worker is not set up; its log says why")
                .with_cause(error);
            return refuse(&request, problem).await;
        }
    };
    if settings.objects == Objects::PerScope && request.method() == Method::Post && request.path() == FORGET {
        return forget_everywhere(request, env, settings).await;
    }
    match object(&request, env, settings).await? {
        Ok(object) => object.fetch_with_request(request).await,
        Err(problem) => refuse(&request, problem).await,
    }
}

/// Removes idempotency records in all objects: first in that of the keys, which knows who may.
async fn forget_everywhere(request: Request, env: &Env, settings: &Settings) -> Result<Response> {
    #[derive(Default, Deserialize, Serialize)]
    struct Forgotten {
        forgotten: u64,
    }
    let keys = object_name(settings, &request, KEYS_NAME)?;
    let mut response =
        env.durable_object(KEYS)?.get_by_name(&keys)?.fetch_with_request(request.clone()?).await?;
    if response.status_code() != 200 {
        return Ok(response);
    }
    let mut sum = response.json::<Forgotten>().await?;
    let scopes = match RemoteKeys::of(env, &keys)?.scopes().await {
        Ok(scopes) => scopes,
        Err(error) => return refuse(&request, Problem::from(error)).await,
    };
    for scope in scopes {
        let name = object_name(settings, &request, &scope_name(&scope))?;
        let mut response =
            env.durable_object(SCOPES)?.get_by_name(&name)?.fetch_with_request(request.clone()?).await?;
        if response.status_code() != 200 {
            return Ok(response);
        }
        sum.forgotten += response.json::<Forgotten>().await?.forgotten;
    }
    Response::from_json(&sum)
}

/// Returns the name of the object of a scope.
fn scope_name(scope: &Scope) -> String {
    format!("scope {scope}")
}

/// Returns the object that a request is for.
async fn object(
    request: &Request,
    env: &Env,
    settings: &Settings,
) -> Result<std::result::Result<Stub, Problem>> {
    let url = request.url()?;
    if url.path().starts_with("/internal/") {
        return Ok(Err(Problem::new(Code::NotFound, "There is nothing at this address")));
    }
    let stub = |namespace: &str, name: &str| {
        let name = object_name(settings, request, name)?;
        env.durable_object(namespace)?.get_by_name(&name)
    };
    if settings.objects == Objects::One {
        return stub(SCOPES, ONE).map(Ok);
    }
    if !is_of_a_scope(url.path()) {
        return stub(KEYS, KEYS_NAME).map(Ok);
    }
    let keys = object_name(settings, request, KEYS_NAME)?;
    let scope = match caller(request, env, settings, &keys).await? {
        Ok(Caller::Key(scope)) => scope,
        // The object of the keys refuses it, and counts the wrong keys of each address.
        Ok(Caller::Unknown) => return stub(KEYS, KEYS_NAME).map(Ok),
        Ok(Caller::Anybody) => match named_scope(request, &url).await?.as_deref() {
            None => Scope::single(),
            Some("*") => return Ok(Err(every_scope())),
            Some(name) => match Scope::new(name) {
                Ok(scope) => scope,
                // The routes say what is wrong with it.
                Err(_) => Scope::single(),
            },
        },
        Err(error) => return Ok(Err(Problem::from(error))),
    };
    stub(SCOPES, &scope_name(&scope)).map(Ok)
}

fn every_scope() -> Problem {
    let words = "scope: each scope is an object of its own here, so there is no feed of all of them; name one, or set OCTOPOID_OBJECTS \
                 to `one`";
    Problem::from(StoreError::invalid("scope", words))
}

/// Returns whether a path is that of something in a scope. The others are keys and scopes, and what is asked without a key.
fn is_of_a_scope(path: &str) -> bool {
    let Some(path) = path.strip_prefix(CONTRACT) else { return path == "/metrics" };
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match first {
        "keys" | "requests" | "scopes" => false,
        "orchestrators" => !rest.starts_with("scopes/"),
        _ => true,
    }
}

/// Who sends a request.
enum Caller {
    /// The holder of a scope's key.
    Key(Scope),
    /// The operator, or a sender without a key.
    Anybody,
    /// The holder of a key that opens nothing.
    Unknown,
}

async fn caller(
    request: &Request,
    env: &Env,
    settings: &Settings,
    keys: &str,
) -> Result<std::result::Result<Caller, StoreError>> {
    let Some(authorization) = request.headers().get("authorization")? else { return Ok(Ok(Caller::Anybody)) };
    let key = authorization.split_once(' ').map_or("", |(_, key)| key.trim());
    let digest = digest(key);
    if settings.admin_token.as_deref().is_some_and(|token| self::digest(token) == digest) {
        return Ok(Ok(Caller::Anybody));
    }
    let now = PlatformClock::default().now();
    if let Some(scope) = REMEMBER.get(keys, &digest, now) {
        return Ok(Ok(Caller::Key(scope)));
    }
    let found = RemoteKeys::of(env, keys)?.scope_of(&digest).await;
    Ok(found.map(|found| match found {
        Some(scope) => {
            REMEMBER.put(keys, digest, scope.clone(), now);
            Caller::Key(scope)
        }
        None => Caller::Unknown,
    }))
}

/// Scopes of the keys that were seen lately.
static REMEMBER: Remembered = Remembered(Mutex::new(None));

type Known = HashMap<(String, String), (Scope, Timestamp)>;

struct Remembered(Mutex<Option<Known>>);

impl Remembered {
    fn get(&self, keys: &str, digest: &KeyDigest, now: Timestamp) -> Option<Scope> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (scope, seen) = known.as_ref()?.get(&(keys.to_owned(), digest.as_str().to_owned()))?;
        (now >= *seen && now.since(*seen) < FRESH).then(|| scope.clone())
    }

    fn put(&self, keys: &str, digest: KeyDigest, scope: Scope, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert((keys.to_owned(), digest.as_str().to_owned()), (scope, now));
    }
}

/// Where a body names its scope.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    scope: Option<String>,
    /// A run names it itself.
    run: Option<NamedRun>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NamedRun {
    scope: Option<String>,
}

/// Returns the scope that a request names: in its parameters, or in its body.
async fn named_scope(request: &Request, url: &Url) -> Result<Option<String>> {
    if let Some((_, scope)) = url.query_pairs().find(|(name, _)| name == "scope") {
        return Ok(Some(scope.into_owned()));
    }
    if matches!(request.method(), Method::Get | Method::Head | Method::Options) {
        return Ok(None);
    }
    let length = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    if length.is_none_or(|length| length == 0 || length > BODY) {
        return Ok(None);
    }
    // The object reads it again, and says what is wrong with it.
    let body = request.clone()?.bytes().await?;
    let named: Named = serde_json::from_slice(&body).unwrap_or_default();
    Ok(named.scope.or(named.run.and_then(|run| run.scope)))
}
