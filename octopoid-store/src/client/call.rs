//! Requests to the server, each sent until it is answered or its time is over.

use super::HttpOptions;
use super::connections::{Connections, Pool};
use super::retry::{backoff, next_pause};
use crate::wire::{ARTIFACT_LENGTH, IDEMPOTENCY_KEY, ORCHESTRATOR, ProblemBody, REQUEST_DIGEST};
use octopoid_core::model::{OrchestratorId, Timestamp};
use octopoid_core::store::{ArtifactPart, RequestKey, Result, StoreError};
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Sends requests to the server.
#[derive(Debug)]
pub(super) struct Wire {
    connections: Connections,
    base: Url,
    options: HttpOptions,
    /// Machines that have claimed through this client, and thus may see their tokens.
    holders: Mutex<BTreeSet<OrchestratorId>>,
    away_since: Mutex<Option<Timestamp>>,
}

/// Successful answer, with its status.
pub(super) struct Answer<T> {
    pub(super) status: StatusCode,
    pub(super) body: T,
}

/// Request to a route of the contract.
pub(super) struct Call<'a> {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Body>,
    key: Option<&'a RequestKey>,
    /// Time that the server takes to answer because it waits for something.
    wait: Duration,
}

/// Body of a request.
struct Body {
    bytes: Vec<u8>,
    kind: &'static str,
}

/// Successful answer as it came.
struct Reply {
    status: StatusCode,
    /// Length of the artifact of which the body is a part.
    artifact_length: Option<u64>,
    bytes: Vec<u8>,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: impl Into<String>) -> Self {
        let (method, path) = (Method::GET, path.into());
        Self { method, path, query: Vec::new(), body: None, key: None, wait: Duration::ZERO }
    }

    /// Creates a write, whose repetition under the same key has no second effect.
    pub(super) fn write(
        method: Method,
        path: impl Into<String>,
        key: &'a RequestKey,
        body: &impl Serialize,
    ) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(|error| {
            StoreError::internal("a request cannot be written as JSON").with_source(error)
        })?;
        let body = Body { bytes: body, kind: "application/json" };
        Ok(Self { method, body: Some(body), key: Some(key), ..Self::get(path) })
    }

    /// Creates a write of bytes, whose repetition has no second effect by itself.
    pub(super) fn put_bytes(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        let body = Body { bytes, kind: "application/octet-stream" };
        Self { method: Method::PUT, body: Some(body), ..Self::get(path) }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Lets the server wait for so many seconds.
    pub(super) fn waiting(mut self, seconds: u64) -> Self {
        self.wait = Duration::from_secs(seconds);
        self.with("wait_seconds", seconds)
    }

    pub(super) fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a parameter with several values; without values, no parameter.
    pub(super) fn with_list<T: ToString>(self, name: &'static str, values: &[T]) -> Self {
        if values.is_empty() {
            return self;
        }
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        self.with(name, values.join(","))
    }
}

/// Outcome of an attempt that failed.
enum Failure {
    /// Another attempt may succeed, after this time if the server named one.
    Transient(StoreError, Option<Duration>),
    Permanent(StoreError),
}

impl Wire {
    pub(super) fn new(options: HttpOptions) -> Result<Self> {
        let base = base(&options.url)?;
        let connections = Connections::new(&options)?;
        let holders = options.orchestrator.iter().cloned().collect();
        Ok(Self { connections, base, options, holders: Mutex::new(holders), away_since: Mutex::default() })
    }

    pub(super) fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// Returns since when the server has not answered.
    pub(super) fn away_since(&self) -> Option<Timestamp> {
        *self.away_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a machine that claims through this client.
    pub(super) fn add_holder(&self, orchestrator: &OrchestratorId) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if !holders.contains(orchestrator) {
            holders.insert(orchestrator.clone());
        }
    }

    /// Sends a request and parses its answer.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<Answer<T>> {
        let Reply { status, bytes, .. } = self.send(call).await?;
        let body = serde_json::from_slice(&bytes).map_err(|error| self.foreign(call).with_source(error))?;
        Ok(Answer { status, body })
    }

    /// Sends a request for a part of an artifact.
    pub(super) async fn part(&self, call: &Call<'_>) -> Result<ArtifactPart> {
        let Reply { artifact_length, bytes, .. } = self.send(call).await?;
        let total = artifact_length.ok_or_else(|| self.foreign(call))?;
        Ok(ArtifactPart::new(bytes, total))
    }

    /// Like [`Wire::call`], for a record that may not exist: returns `None` for a 404 that `missing` accepts.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        missing: impl Fn(&ProblemBody) -> bool,
    ) -> Result<Option<T>> {
        let answered =
            self.send_until(call, |status, problem| status == StatusCode::NOT_FOUND && missing(problem));
        match answered.await? {
            None => Ok(None),
            Some(Reply { bytes, .. }) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| self.foreign(call).with_source(error)),
        }
    }

    fn foreign(&self, call: &Call<'_>) -> StoreError {
        let words = format!("`{}` answered {} {} with something else", self.base, call.method, call.path);
        StoreError::internal(format!("{words}: is it an Octopoid server of this version?"))
    }

    async fn send(&self, call: &Call<'_>) -> Result<Reply> {
        let answered = self.send_until(call, |_, _| false).await?;
        answered.ok_or_else(|| self.foreign(call))
    }

    async fn send_until(
        &self,
        call: &Call<'_>,
        nothing: impl Fn(StatusCode, &ProblemBody) -> bool,
    ) -> Result<Option<Reply>> {
        let url = self.url(&call.path, &call.query)?;
        let mut spent = Duration::ZERO;
        let mut backoff = backoff();
        loop {
            let began = tokio::time::Instant::now();
            let (error, retry_after) = match self.attempt(call, url.clone(), &nothing).await {
                Ok(answer) => {
                    self.mark_answered();
                    return Ok(answer);
                }
                Err(Failure::Permanent(error)) => {
                    self.mark_answered();
                    return Err(error);
                }
                Err(Failure::Transient(error, retry_after)) => (error, retry_after),
            };
            let pause = next_pause(&mut backoff, retry_after);
            spent += began.elapsed() + pause;
            if spent > self.options.retry_timeout {
                self.mark_away();
                return Err(error);
            }
            tracing::debug!(error = %error, attempt = backoff.attempts(), "the request is sent again");
            tokio::time::sleep(pause).await;
        }
    }

    fn mark_answered(&self) {
        *self.away_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn mark_away(&self) {
        let mut away = self.away_since.lock().unwrap_or_else(PoisonError::into_inner);
        away.get_or_insert_with(|| self.options.clock.now());
    }

    /// Returns the URL of a path of the contract.
    pub(super) fn url(&self, path: &str, query: &[(&'static str, String)]) -> Result<Url> {
        let mut url = self.base.clone();
        {
            let mut segments =
                url.path_segments_mut().map_err(|()| StoreError::invalid("url", "cannot have a path"))?;
            segments.pop_if_empty().extend(["api", "v1"]).extend(path.split('/'));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Creates a request for the feed, which is not sent again by itself, with the connections that it goes over.
    pub(super) fn stream(&self, url: Url) -> (Pool, reqwest::RequestBuilder) {
        let pool = self.connections.current();
        let request = pool.client.get(url);
        (pool, request)
    }

    /// Reads the key again after the server refused that of a request for the feed.
    pub(super) fn renew_key(&self, pool: &Pool) {
        self.connections.renew(pool, &self.options);
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        url: Url,
        nothing: impl Fn(StatusCode, &ProblemBody) -> bool,
    ) -> Result<Option<Reply>, Failure> {
        let pool = self.connections.current();
        let mut request =
            pool.client.request(call.method.clone(), url).timeout(self.options.timeout + call.wait);
        let holders = self.holder_names();
        if !holders.is_empty() {
            request = request.header(ORCHESTRATOR, holders);
        }
        if let Some(RequestKey { key, digest, .. }) = call.key {
            request = request.header(IDEMPOTENCY_KEY, key).header(REQUEST_DIGEST, hex(digest));
        }
        if let Some(Body { bytes, kind }) = &call.body {
            request = request.header("content-type", *kind).body(bytes.clone());
        }
        let away = |error: reqwest::Error| {
            if error.is_timeout() && !error.is_connect() {
                self.connections.abandon(&pool, &self.options);
            }
            let words = format!("the server at `{}` does not answer", self.base);
            Failure::Transient(StoreError::unavailable(words).with_source(error.without_url()), None)
        };
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        let number =
            |name: &str| -> Option<u64> { response.headers().get(name)?.to_str().ok()?.parse().ok() };
        let (retry_after, artifact_length) = (number(RETRY_AFTER.as_str()), number(ARTIFACT_LENGTH));
        let bytes = response.bytes().await.map_err(away)?;
        if status.is_success() {
            return Ok(Some(Reply { status, artifact_length, bytes: bytes.to_vec() }));
        }
        let problem: ProblemBody = serde_json::from_slice(&bytes).unwrap_or_default();
        if nothing(status, &problem) {
            return Ok(None);
        }
        let error = problem.to_error(status.as_u16());
        if status == StatusCode::UNAUTHORIZED && self.connections.renew(&pool, &self.options) {
            return Err(Failure::Transient(error, Some(Duration::ZERO)));
        }
        if error.is_retryable() {
            return Err(Failure::Transient(error, retry_after.map(Duration::from_secs)));
        }
        Err(Failure::Permanent(error))
    }

    fn holder_names(&self) -> String {
        let holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.iter().map(OrchestratorId::as_str).collect::<Vec<_>>().join(",")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn base(url: &str) -> Result<Url> {
    let wrong = |why: &str| StoreError::invalid("url", format_args!("`{url}` {why}"));
    let base = Url::parse(url).map_err(|error| wrong(&format!("is not an address: {error}")))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(wrong("must begin with http:// or https://"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(StoreError::invalid("url", "must not hold a name or a password; give the key by itself"));
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked() {
        for good in ["http://127.0.0.1:8787", "https://octopoid.example.org/team/"] {
            assert!(base(good).is_ok(), "{good}");
        }
        for bad in ["", "127.0.0.1:8787", "ftp://a", "file:///etc", "https://key@a"] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }
}
