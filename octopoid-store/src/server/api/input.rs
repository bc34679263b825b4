//! Extractors: bodies, parameters, ids. Errors name the field that is invalid.

use super::app::App;
use super::auth::Caller;
use super::problem::short;
use super::problem::{Code, Problem};
use crate::wire::{IDEMPOTENCY_KEY, ORCHESTRATOR, REQUEST_DIGEST, Viewer};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use octopoid_core::model::{OrchestratorId, Scope};
use octopoid_core::store::{RequestKey, Store};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::sync::Arc;

/// Longest idempotency key, in bytes.
const KEY: usize = 255;

/// Parameters of a write, which may name the scope instead of the body.
pub(crate) trait WriteParams: DeserializeOwned + Send {
    /// Returns the scope that they name.
    fn scope(&self) -> Option<&str>;
}

/// Parameters of a request that names the scope alone.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScopeParams {
    /// The tenant.
    pub(crate) scope: Option<String>,
}

impl WriteParams for ScopeParams {
    fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

/// Parameters of a request that has none.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct NoParams {}

impl WriteParams for NoParams {
    fn scope(&self) -> Option<&str> {
        None
    }
}

/// Caller of a write, with the scope that the parameters name.
#[derive(Debug)]
pub(crate) struct WriteCaller {
    caller: Caller,
    named: Option<String>,
}

impl WriteCaller {
    fn named<'a>(&'a self, body: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
        match (body, self.named.as_deref()) {
            (Some(body), Some(query)) if body != query => {
                Err(Problem::invalid("scope", "scope: the body and the parameters name two"))
            }
            (body, query) => Ok(body.or(query)),
        }
    }

    /// Returns the scope of the request: see [`Caller::scope`].
    pub(crate) fn scope(&self, body: Option<&str>) -> Result<Scope, Problem> {
        self.caller.scope(self.named(body)?)
    }
}

impl std::ops::Deref for WriteCaller {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// Empty body.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Empty {}

/// Write: its body, its caller, and the store on which its repetition has no second effect.
#[derive(Debug)]
pub(crate) struct Write<T, P = ScopeParams> {
    pub(crate) body: T,
    pub(crate) params: P,
    pub(crate) caller: WriteCaller,
    pub(crate) viewer: Viewer,
    pub(crate) store: Arc<dyn Store>,
    /// Idempotency key of the request.
    pub(crate) request: Option<RequestKey>,
    /// Whether a new task may be in any queue, as for this project's own client.
    pub(crate) any_place: bool,
}

impl<T: DeserializeOwned, P: WriteParams> FromRequest<App> for Write<T, P> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let caller = Caller::of(request.extensions());
        let viewer = viewer(request.headers());
        let (parts, body) = request.into_parts();
        let named = UnreadKey::of(&parts)?;
        let own_client = parts.headers.contains_key(REQUEST_DIGEST);
        let (json, lenient) = (is_json(&parts.headers), is_lenient(&parts.extensions));
        let params: P = read_query(parts.uri.query(), lenient)?;
        let request = Request::from_parts(parts, body);
        let bytes = Bytes::from_request(request, &()).await.map_err(unread)?;
        if !json && !bytes.is_empty() {
            let rule = "the body must be JSON: send `Content-Type: application/json`";
            return Err(Problem::new(Code::UnsupportedMediaType, rule));
        }
        let request = named.map(|named| named.key(&caller, &bytes));
        let store = app.store.clone();
        let store = match &request {
            Some(request) => store.for_request(request.clone()),
            None => store,
        };
        let body = parse(&bytes, lenient)?;
        let named = params.scope().map(str::to_owned);
        if named.is_some() {
            // Whatever the route does with it: the scope of another is not for this caller.
            caller.scope(named.as_deref())?;
        }
        let caller = WriteCaller { caller, named };
        Ok(Self { body, params, caller, viewer, store, request, any_place: own_client || lenient })
    }
}

/// Idempotency key of a request whose body has not been read.
#[derive(Debug)]
pub(crate) struct UnreadKey {
    key: String,
    /// The method and the address.
    route: String,
    stamp: Option<HeaderValue>,
}

impl UnreadKey {
    /// Returns the key of a request; `None` if it has none.
    pub(crate) fn of(parts: &Parts) -> Result<Option<Self>, Problem> {
        let Some(key) = idempotency_key(&parts.headers)?.map(str::to_owned) else { return Ok(None) };
        // Below the prefix of the contract, so that a request that is repeated to a server with another prefix stays the same.
        let address = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let route = format!("{} {address}", parts.method);
        Ok(Some(Self { key, route, stamp: parts.headers.get(REQUEST_DIGEST).cloned() }))
    }

    /// Returns the key under which the effect of the request is recorded, with the digest of its content.
    pub(crate) fn key(&self, caller: &Caller, body: &[u8]) -> RequestKey {
        let mut digest = Sha256::new();
        digest.update(self.route.as_bytes());
        digest.update([0]);
        digest.update(body);
        digest.update(self.stamp.as_ref().map_or(&[][..], |stamp| stamp.as_bytes()));
        RequestKey::new(format!("{} {}", caller.name(), self.key), digest.finalize().into())
    }
}

/// Write whose body is no JSON. Its repetition has to be harmless by itself.
#[derive(Debug)]
pub(crate) struct RawWrite<P> {
    pub(crate) bytes: Bytes,
    pub(crate) params: P,
    pub(crate) caller: WriteCaller,
}

impl<P: WriteParams> FromRequest<App> for RawWrite<P> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let caller = Caller::of(request.extensions());
        let (parts, body) = request.into_parts();
        idempotency_key(&parts.headers)?;
        let params: P = read_query(parts.uri.query(), is_lenient(&parts.extensions))?;
        let named = params.scope().map(str::to_owned);
        caller.scope(named.as_deref())?;
        let request = Request::from_parts(parts, body);
        let bytes = Bytes::from_request(request, &()).await.map_err(unread)?;
        Ok(Self { bytes, params, caller: WriteCaller { caller, named } })
    }
}

/// Marker of a request whose unknown fields and parameters are ignored instead of refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lenient;

fn is_lenient(extensions: &Extensions) -> bool {
    extensions.get::<Lenient>().is_some()
}

fn unread(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(Code::TooLarge, "the body is too large");
    }
    Problem::invalid("body", "the body could not be read")
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return true };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let rule = || {
        Problem::invalid(
            "Idempotency-Key",
            format!("Idempotency-Key: use 1 to {KEY} visible ASCII characters"),
        )
    };
    let key = key.to_str().map_err(|_| rule())?;
    if key.is_empty() || key.len() > KEY { Err(rule()) } else { Ok(Some(key)) }
}

/// Parses a body. A missing body is an empty object, so that missing fields are named.
fn parse<T: DeserializeOwned>(bytes: &[u8], lenient: bool) -> Result<T, Problem> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Problem::invalid("body", "the body must be a JSON object"));
    }
    let mut unknown = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let value =
        serde_ignored::deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track), |path| {
            unknown.push(path.to_string())
        });
    let value = value.map_err(|error: serde_json::Error| {
        // Some of what cannot be read is JSON nevertheless, such as a number that fits nowhere.
        if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() {
            return Problem::invalid("body", format!("the body is not valid JSON: {error}"));
        }
        let path = track.path().to_string();
        let field = if path == "." { "body".to_owned() } else { path };
        Problem::invalid(&field, format!("{field}: {}", without_place(&error)))
    })?;
    json.end().map_err(|error| Problem::invalid("body", format!("the body is not valid JSON: {error}")))?;
    refuse_unknown(unknown, lenient, "field")?;
    Ok(value)
}

fn refuse_unknown(unknown: Vec<String>, lenient: bool, what: &str) -> Result<(), Problem> {
    match unknown.first() {
        Some(first) if !lenient => {
            let plural = if unknown.len() == 1 { "" } else { "s" };
            let names = unknown.iter().take(20).map(|name| short(name)).collect::<Vec<_>>().join(", ");
            Err(Problem::invalid(short(first), format!("Unknown {what}{plural}: {names}")))
        }
        _ => Ok(()),
    }
}

fn without_place(error: &serde_json::Error) -> String {
    let words = error.to_string();
    match words.rfind(" at line ") {
        Some(place) => words[..place].to_owned(),
        None => words,
    }
}

/// Parameters in the query.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        read_query(parts.uri.query(), is_lenient(&parts.extensions)).map(Self)
    }
}

fn read_query<T: DeserializeOwned>(query: Option<&str>, lenient: bool) -> Result<T, Problem> {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|error| Problem::invalid("query", format!("the parameters cannot be read: {error}")))?;
    let mut fields = serde_json::Map::new();
    for (name, value) in pairs {
        if fields.contains_key(&name) {
            return Err(Problem::invalid(short(&name), format!("{}: is given twice", short(&name))));
        }
        fields.insert(name, serde_json::Value::String(value));
    }
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let value = serde_ignored::deserialize(
        serde_path_to_error::Deserializer::new(serde_json::Value::Object(fields), &mut track),
        |path| unknown.push(path.to_string()),
    );
    let value = value.map_err(|error: serde_json::Error| {
        let field = track.path().to_string();
        Problem::invalid(&field, format!("{field}: {}", without_place(&error)))
    })?;
    refuse_unknown(unknown, lenient, "parameter")?;
    Ok(value)
}

/// Deserializes a number from a parameter, where every value is a text.
pub(crate) fn number<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
    D: serde::Deserializer<'de>,
{
    let text: Option<String> = serde::Deserialize::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

/// Name in the path.
#[derive(Debug)]
pub(crate) struct Name(pub(crate) String);

impl FromRequestParts<App> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(name) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::invalid("path", "the path is not valid UTF-8"))?;
        Ok(Self(name))
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(viewer(&parts.headers))
    }
}

fn viewer(headers: &HeaderMap) -> Viewer {
    let names = headers.get(ORCHESTRATOR).and_then(|names| names.to_str().ok()).unwrap_or_default();
    let orchestrators = names.split(',').filter_map(|name| OrchestratorId::new(name.trim()).ok()).collect();
    Viewer { orchestrators }
}
