//! The feed: one connection on which the server sends every event.

use super::call::Wire;
use super::retry::{backoff, next_pause};
use crate::feed::Feed;
use octopoid_core::store::{Result, StoreError};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use std::sync::Arc;

/// Follows the feed without end, and publishes the newest event's number.
pub(super) async fn follow(wire: Arc<Wire>, feed: Arc<Feed>) {
    let idle_timeout = wire.options().idle_timeout;
    let mut newest = None;
    let mut backoff = backoff();
    loop {
        match connect(&wire, newest).await {
            Ok(mut response) => {
                feed.reconnect();
                let mut lines = Lines::default();
                while let Ok(Ok(Some(chunk))) = tokio::time::timeout(idle_timeout, response.chunk()).await {
                    backoff.reset();
                    for seq in lines.numbers(&chunk) {
                        newest = newest.max(Some(seq));
                        feed.publish(seq);
                    }
                }
            }
            Err(error) => {
                tracing::debug!(error = %error, "the feed cannot be read");
                feed.disconnect();
            }
        }
        tokio::time::sleep(next_pause(&mut backoff, None)).await;
    }
}

async fn connect(wire: &Wire, newest: Option<u64>) -> Result<Response> {
    let scope = match (&wire.options().scope, &wire.options().key) {
        (Some(scope), _) => Some(scope.to_string()),
        (None, None) => Some("*".to_owned()),
        // The key knows its scope.
        (None, Some(_)) => None,
    };
    let query: Vec<_> = scope.map(|scope| ("scope", scope)).into_iter().collect();
    open(wire, &query, newest).await
}

/// Opens a stream of events, after the event `newest` if one is given.
pub(super) async fn open(
    wire: &Wire,
    query: &[(&'static str, String)],
    newest: Option<u64>,
) -> Result<Response> {
    let (pool, request) = wire.stream(wire.url("events", query)?);
    let mut request = request.header("accept", "text/event-stream");
    if let Some(newest) = newest {
        request = request.header("last-event-id", newest.to_string());
    }
    let away = |error: reqwest::Error| {
        StoreError::unavailable("the feed cannot be reached").with_source(error.without_url())
    };
    let response = tokio::time::timeout(wire.options().timeout, request.send())
        .await
        .map_err(|_| StoreError::unavailable("the feed does not answer"))?
        .map_err(away)?;
    if response.status() == StatusCode::UNAUTHORIZED {
        wire.renew_key(&pool);
    }
    if response.status() == StatusCode::BAD_REQUEST {
        return Err(StoreError::invalid("query", "the feed does not take these parameters"));
    }
    if !response.status().is_success() {
        return Err(StoreError::unavailable(format!("the feed answered with status {}", response.status())));
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("text/event-stream") {
        return Err(StoreError::unavailable("something else than the feed answered"));
    }
    Ok(response)
}

/// Parser for the lines of the feed.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Returns the numbers in a chunk: those of events, and the one after which the feed begins.
    fn numbers(&mut self, chunk: &[u8]) -> Vec<u64> {
        self.rest.extend_from_slice(chunk);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        whole.split(|byte| *byte == b'\n').filter_map(number).collect()
    }
}

fn number(line: &[u8]) -> Option<u64> {
    let line = std::str::from_utf8(line).ok()?;
    let number =
        line.strip_prefix("id: ").or_else(|| line.strip_prefix("data: {\"after\":")?.strip_suffix('}'));
    number?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_the_bytes_are_cut() {
        let text = b"retry: 1000\nevent: ready\ndata: {\"after\":7}\n\n:\n\nid: 8\nevent: created\ndata: {\"seq\":8}\n\nid: 9\n";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let found: Vec<u64> = text.chunks(size).flat_map(|chunk| lines.numbers(chunk)).collect();
            assert_eq!(found, [7, 8, 9], "in pieces of {size}");
        }
    }
}
