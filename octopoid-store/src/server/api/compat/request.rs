//! A request that can be changed before it is passed on, and its answer.

use super::Reply;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Lenient, UnreadKey};
use crate::server::api::problem::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use octopoid_core::model::Timestamp;
use octopoid_core::store::{IdempotentStore, RequestKey, Store};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Fields that hold times.
const TIMES: [&str; 4] = ["expires_at", "completed_at", "last_rebase_attempt_at", "lease_expires_at"];

/// Request with its parameters and its body as values.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    parts: Parts,
    query: Vec<(String, String)>,
    pub(super) body: Map<String, Value>,
    /// The body as it came, for the digest of a request that may come twice.
    bytes: Bytes,
}

impl Incoming {
    /// Reads a request. Returns it unchanged if its body is not a JSON object, unless that is `tolerated` as an empty one.
    pub(super) async fn read(request: Request, tolerated: bool) -> Result<Self, Request<Bytes>> {
        let (parts, body) = request.into_parts();
        // The limit on bodies is a layer further out.
        let Ok(bytes) = to_bytes(body, usize::MAX).await else {
            return Err(Request::from_parts(parts, Bytes::from_static(b"[")));
        };
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        let body = if blank { Ok(Map::new()) } else { serde_json::from_slice(&bytes) };
        let body = if tolerated { Ok(body.unwrap_or_default()) } else { body };
        let query = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default());
        match (body, query) {
            (Ok(body), Ok(query)) => Ok(Self { parts, query, body, bytes }),
            _ => Err(Request::from_parts(parts, bytes)),
        }
    }

    pub(super) fn caller(&self) -> Caller {
        Caller::of(&self.parts.extensions)
    }

    /// Returns the scope that the parameters or the body name.
    pub(super) fn scope(&self) -> Option<&str> {
        let named = self.query("scope").or_else(|| self.text("scope"));
        named.filter(|scope| !scope.is_empty())
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn set_query(&mut self, name: &str, value: impl Into<String>) {
        self.remove_query(name);
        self.query.push((name.to_owned(), value.into()));
    }

    pub(super) fn remove_query(&mut self, name: &str) {
        self.query.retain(|(known, _)| known != name);
    }

    /// Returns a text field of the body.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str)
    }

    /// Returns whether a field is given. As in the original, an empty text, zero and `false` count as missing.
    pub(super) fn given(&self, field: &str) -> bool {
        match self.body.get(field) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(_) => true,
        }
    }

    /// Adds the zone UTC to times that have none.
    pub(super) fn read_times(&mut self) {
        for field in TIMES {
            if let Some(Value::String(text)) = self.body.get_mut(field)
                && let Some(time) = in_utc(text)
            {
                *text = time;
            }
        }
    }

    /// Returns a segment of the path below the prefix of the contract.
    pub(super) fn segment(&self, place: usize) -> &str {
        let path = self.parts.uri.path().strip_prefix('/').unwrap_or_default();
        path.split('/').nth(place).unwrap_or_default()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Returns the store on which a repeated request has no second effect.
    pub(super) fn store(&self, store: Arc<dyn IdempotentStore>) -> Result<Arc<dyn Store>, Problem> {
        Ok(match self.request_key()? {
            Some(key) => store.for_request(key),
            None => store,
        })
    }

    /// Returns the idempotency key of the request.
    pub(super) fn request_key(&self) -> Result<Option<RequestKey>, Problem> {
        Ok(UnreadKey::of(&self.parts)?.map(|named| named.key(&self.caller(), &self.bytes)))
    }

    /// Returns the request for the routes, which ignore its unknown fields and parameters.
    pub(super) fn into_request(mut self) -> Request {
        let mut seen = Vec::new();
        self.query.retain(|(name, _)| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
        let query = serde_urlencoded::to_string(&self.query).unwrap_or_default();
        let path = self.parts.uri.path();
        let address = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        if let Ok(uri) = address.parse::<Uri>() {
            self.parts.uri = uri;
        }
        self.parts.extensions.insert(Lenient);
        self.parts.headers.remove(header::CONTENT_LENGTH);
        let json = HeaderValue::from_static("application/json");
        self.parts.headers.insert(header::CONTENT_TYPE, json);
        Request::from_parts(self.parts, Body::from(Value::Object(self.body).to_string()))
    }
}

/// Returns a time without a zone as one in UTC.
fn in_utc(text: &str) -> Option<String> {
    if text.parse::<Timestamp>().is_ok() {
        return None;
    }
    let time = format!("{}Z", text.trim().replacen(' ', "T", 1));
    time.parse::<Timestamp>().is_ok().then_some(time)
}

/// Reads an answer of the routes. A body that is not JSON is passed on unchanged.
pub(super) async fn reply(response: Response) -> Reply {
    let status = response.status();
    // An error's fields are filled in further out, from the response's extensions.
    if !status.is_success() {
        return Reply::Other(response);
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(value) => Reply::Json(status, value),
            Err(_) => Reply::Other(Response::from_parts(parts, Body::from(bytes))),
        },
        Err(error) => Reply::Other(axum::response::IntoResponse::into_response(Problem::internal(error))),
    }
}
