//! Client for the GitHub REST API.

use super::GithubSettings;
use super::wire::{
    CheckRun, CheckRuns, CombinedStatus, Comment, Event, FoundIssue, Merged, Pull, Remark, Review, Status,
};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, LINK, RETRY_AFTER,
};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Timeout of one call.
const LONGEST: Duration = Duration::from_secs(30);
/// Number of responses that are cached; when it is reached, the cache is cleared.
const REMEMBERED: usize = 500;
/// Pause if GitHub reports a rate limit without saying how long it lasts.
const LIMITED: Duration = Duration::from_secs(60);
/// Entries per page, the largest number that GitHub returns.
const PAGE: usize = 100;
/// Largest number of pages of a listing that are read; a longer listing is treated as an invalid response.
const PAGES: usize = 200;

/// Error returned when a call to GitHub fails. The message says what to do, and never contains the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GithubError {
    /// Settings are invalid.
    #[error("{0}")]
    Settings(String),
    /// Access was denied.
    #[error("GitHub refuses {url} ({status}): {message}; {remedy}")]
    Access {
        /// Address that was requested.
        url: String,
        /// HTTP status.
        status: u16,
        /// Message from GitHub.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Rate limit is exceeded.
    #[error("GitHub asks for a pause of {} s: {message}", wait.as_secs())]
    Limited {
        /// Time until the next request is allowed.
        wait: Duration,
        /// Message from GitHub.
        message: String,
    },
    /// Request was rejected with a status that the caller may handle.
    #[error("GitHub refuses {url} ({status}): {message}")]
    Refused {
        /// Address that was requested.
        url: String,
        /// HTTP status.
        status: u16,
        /// Message from GitHub.
        message: String,
    },
    /// GitHub cannot be reached or its response is invalid; the error is temporary.
    #[error("{url} gives no usable answer: {message}; it is asked again later")]
    Unavailable {
        /// Address that was requested.
        url: String,
        /// Cause.
        message: String,
    },
}

pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    /// Responses by address, with their ETags: a request for an unchanged response does not count against the rate limit.
    known: Mutex<HashMap<String, (HeaderValue, Answer)>>,
    /// Time until which no request is sent, and the reason.
    pause: Mutex<Option<(Instant, String)>>,
}

/// Response to a request.
#[derive(Clone)]
struct Answer {
    value: Value,
    /// Address of the next page, if the response gave one; cached because a "not modified" response does not repeat it.
    next: Option<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(settings: &GithubSettings, repository: &str) -> Result<Self, GithubError> {
        let wrong = |message: &str| GithubError::Settings(message.to_owned());
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", settings.token.trim())).map_err(|_| {
                wrong("the GitHub token has characters that no token has; set GITHUB_TOKEN again")
            })?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
        ]);
        // The same provider as in the client of our own server: ring needs only a C compiler to build.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(concat!("octopoid/", env!("CARGO_PKG_VERSION")))
            .timeout(LONGEST)
            // A redirect would send the token to another host.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| GithubError::Settings(format!("no connection can be made: {error}")))?;
        let base = format!("{}/repos/{repository}", settings.api_url.trim_end_matches('/'));
        Ok(Self { http, base, known: Mutex::default(), pause: Mutex::default() })
    }

    /// Returns the newest pull request of a branch.
    pub(super) async fn pull_of(&self, owner: &str, branch: &str) -> Result<Option<Pull>, GithubError> {
        let head = format!("{owner}:{branch}");
        let query = [("head", head.as_str()), ("state", "all"), ("sort", "created"), ("direction", "desc")];
        let found: Vec<Pull> = self.get("/pulls", &query).await?;
        Ok(found.into_iter().max_by_key(|pull| pull.number))
    }

    pub(super) async fn open(
        &self,
        head: &str,
        base: &str,
        title: &str,
        body: &str,
    ) -> Result<Pull, GithubError> {
        let wanted = json!({ "head": head, "base": base, "title": title, "body": body });
        self.send(Method::POST, "/pulls", &wanted).await
    }

    pub(super) async fn describe(&self, number: u64, title: &str, body: &str) -> Result<Pull, GithubError> {
        let wanted = json!({ "title": title, "body": body });
        self.send(Method::PATCH, &format!("/pulls/{number}"), &wanted).await
    }

    pub(super) async fn reviews(&self, number: u64) -> Result<Vec<Review>, GithubError> {
        self.all(&format!("/pulls/{number}/reviews")).await
    }

    pub(super) async fn remarks(&self, number: u64) -> Result<Vec<Remark>, GithubError> {
        self.all(&format!("/pulls/{number}/comments")).await
    }

    pub(super) async fn comments(&self, number: u64) -> Result<Vec<Comment>, GithubError> {
        self.all(&format!("/issues/{number}/comments")).await
    }

    pub(super) async fn comment(&self, number: u64, body: &str) -> Result<Comment, GithubError> {
        let path = format!("/issues/{number}/comments");
        self.send(Method::POST, &path, &json!({ "body": body })).await
    }

    pub(super) async fn remark(&self, number: u64, remark: &Value) -> Result<Value, GithubError> {
        self.send(Method::POST, &format!("/pulls/{number}/comments"), remark).await
    }

    pub(super) async fn events(&self, number: u64) -> Result<Vec<Event>, GithubError> {
        self.all(&format!("/issues/{number}/events")).await
    }

    pub(super) async fn has_branch(&self, branch: &str) -> Result<bool, GithubError> {
        match self.get::<Value>(&format!("/git/ref/heads/{branch}"), &[]).await {
            Ok(_) => Ok(true),
            // A 404 means that the branch is missing: earlier requests to the repository itself have succeeded.
            Err(GithubError::Access { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn statuses(&self, sha: &str) -> Result<Vec<Status>, GithubError> {
        self.pages(&format!("/commits/{sha}/status"), &[], |page: CombinedStatus| page.statuses).await
    }

    pub(super) async fn check_runs(&self, sha: &str) -> Result<Vec<CheckRun>, GithubError> {
        self.pages(&format!("/commits/{sha}/check-runs"), &[], |page: CheckRuns| page.check_runs).await
    }

    pub(super) async fn merge(&self, number: u64, wanted: &Value) -> Result<Merged, GithubError> {
        self.send(Method::PUT, &format!("/pulls/{number}/merge"), wanted).await
    }

    pub(super) async fn issues(&self, query: &[(&str, &str)]) -> Result<Vec<FoundIssue>, GithubError> {
        self.pages("/issues", query, |page: Vec<FoundIssue>| page).await
    }

    async fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, GithubError> {
        self.pages(path, &[], |page: Vec<T>| page).await
    }

    /// Returns the entries of all pages of a listing, because a failed check may be on the last page.
    ///
    /// Follows the addresses that GitHub gives if they are on its own host; otherwise requests pages by number.
    async fn pages<P: DeserializeOwned, T>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        entries: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>, GithubError> {
        let url = format!("{}{path}", self.base);
        let numbered = |page: usize| {
            let number = [("per_page", PAGE.to_string()), ("page", page.to_string())];
            self.http.get(&url).query(query).query(&number)
        };
        let wrong = |message: String| GithubError::Unavailable { url: plain(&url), message };
        let (mut found, mut request) = (Vec::new(), numbered(1));
        for page in 1..=PAGES {
            let answer = self.exchange(request).await?;
            let part = entries(read(answer.value, &url)?);
            let full = part.len() >= PAGE;
            found.extend(part);
            request = match answer.next {
                Some(next) if same_host(&next, &self.base) => self.http.get(next),
                None if !full => return Ok(found),
                // Also if the address is on another host, which would receive the token.
                _ => numbered(page + 1),
            };
        }
        Err(wrong(format!("it has more than {PAGES} pages")))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, GithubError> {
        let url = format!("{}{path}", self.base);
        read(self.exchange(self.http.get(&url).query(query)).await?.value, &url)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, GithubError> {
        let url = format!("{}{path}", self.base);
        read(self.exchange(self.http.request(method, &url).json(body)).await?.value, &url)
    }

    async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Answer, GithubError> {
        if let Some((until, message)) = lock(&self.pause).clone() {
            let wait = until.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                return Err(GithubError::Limited { wait, message });
            }
        }
        let mut request = request
            .build()
            .map_err(|error| GithubError::Settings(format!("`github.api_url` is unusable: {error}")))?;
        let url = request.url().to_string();
        let unavailable = |message: String| GithubError::Unavailable { url: plain(&url), message };
        let asks = request.method() == Method::GET;
        let known = lock(&self.known).get(&url).cloned().filter(|_| asks);
        if let Some((version, _)) = &known {
            request.headers_mut().insert(IF_NONE_MATCH, version.clone());
        }
        let answer =
            self.http.execute(request).await.map_err(|error| unavailable(error.without_url().to_string()))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if let (StatusCode::NOT_MODIFIED, Some((_, answer))) = (status, known) {
            return Ok(answer);
        }
        let bytes = answer.bytes().await.map_err(|error| unavailable(error.without_url().to_string()))?;
        if !status.is_success() {
            return Err(self.refusal(&url, status, &headers, &bytes));
        }
        let value =
            serde_json::from_slice(&bytes).map_err(|error| unavailable(format!("it is no JSON: {error}")))?;
        let answer = Answer { value, next: next_page(&headers) };
        if let (true, Some(version)) = (asks, headers.get(ETAG)) {
            let mut known = lock(&self.known);
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(url, (version.clone(), answer.clone()));
        }
        Ok(answer)
    }

    fn refusal(&self, url: &str, status: StatusCode, headers: &HeaderMap, bytes: &[u8]) -> GithubError {
        let url = plain(url);
        let said = serde_json::from_slice::<Value>(bytes).ok();
        let message = said.as_ref().and_then(|said| said["message"].as_str()).unwrap_or("no reason given");
        let details = said.as_ref().and_then(|said| said["errors"].as_array()).into_iter().flatten();
        let details: Vec<_> = details.filter_map(|error| error["message"].as_str()).collect();
        let message = match details.is_empty() {
            true => message.to_owned(),
            false => format!("{message}: {}", details.join("; ")),
        };
        if let Some(wait) = pause(status, headers, &message) {
            *lock(&self.pause) = Some((Instant::now() + wait, message.clone()));
            return GithubError::Limited { wait, message };
        }
        let access = |remedy| GithubError::Access {
            url: url.clone(),
            status: status.as_u16(),
            message: message.clone(),
            remedy,
        };
        match status.as_u16() {
            401 => access("the token is not valid: set GITHUB_TOKEN to a new one, or run `gh auth login`"),
            403 => access("the token may not do that: it needs write access to contents and pull requests"),
            404 => access("see that `github.repository` is right and that the token may see it"),
            500.. => GithubError::Unavailable { url, message: format!("{status}: {message}") },
            status => GithubError::Refused { url, status, message },
        }
    }
}

fn read<T: DeserializeOwned>(value: Value, url: &str) -> Result<T, GithubError> {
    serde_json::from_value(value).map_err(|error| GithubError::Unavailable {
        url: plain(url),
        message: format!("it is no such answer: {error}"),
    })
}

/// Returns the address of the next page from a header such as `<https://…?page=2>; rel="next", <https://…?page=9>; rel="last"`.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let links = headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok());
    links.flat_map(|link| link.split('<').skip(1)).find_map(|link| {
        let (address, rest) = link.split_once('>')?;
        let is_next = rest.split([';', ',']).any(|part| part.trim().replace('"', "") == "rel=next");
        is_next.then(|| address.to_owned())
    })
}

fn same_host(one: &str, other: &str) -> bool {
    let origin = |address: &str| reqwest::Url::parse(address).ok().map(|url| url.origin());
    origin(one).is_some_and(|one| Some(one) == origin(other))
}

/// Returns the time for which no request may be sent, if the response asks for a pause.
fn pause(status: StatusCode, headers: &HeaderMap, message: &str) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let limited = status == StatusCode::TOO_MANY_REQUESTS;
    let maybe = limited || status == StatusCode::FORBIDDEN;
    if let (true, Some(seconds)) = (maybe, number(RETRY_AFTER.as_str())) {
        return Some(Duration::from_secs(seconds));
    }
    if maybe && number("x-ratelimit-remaining") == Some(0) {
        let now = wall_clock().duration_since(UNIX_EPOCH).unwrap_or_default();
        let reset = number("x-ratelimit-reset").map(Duration::from_secs);
        return Some(reset.map_or(LIMITED, |reset| reset.saturating_sub(now)));
    }
    (limited || maybe && message.contains("rate limit")).then_some(LIMITED)
}

/// Returns the address without its parts that may be secret.
fn plain(url: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(url) else { return "GitHub".to_owned() };
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.to_string()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the time of day: GitHub gives the end of a limit as one. It is used only for the pause until then.
#[expect(
    clippy::disallowed_methods,
    reason = "the other side's clock tells the time of day, not the injected one"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests;
