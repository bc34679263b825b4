//! One line in the log and a few numbers for each request.

use super::request_id::RequestId;
use super::{Metrics, Peer, Problem};
use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Who asked: the public id of a key, never the key. Put into an answer's extensions, it is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(pub String);

/// Where the request went, if it went anywhere: the pattern of the path, of which there are few.
const UNMATCHED: &str = "none";

/// A request that is worked on. When the client leaves before the answer, this is dropped, and says so.
pub(super) struct Visit {
    metrics: Metrics,
    method: Method,
    route: Option<MatchedPath>,
    path: String,
    peer: Option<SocketAddr>,
    began: Instant,
    answered: bool,
}

impl Visit {
    pub(super) fn new(metrics: Metrics, request: &Request) -> Self {
        metrics.request_began();
        Self {
            metrics,
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            // Never the query: people put secrets there.
            path: request.uri().path().to_owned(),
            peer: request.extensions().get::<Peer>().map(|peer| peer.address),
            began: Instant::now(),
            answered: false,
        }
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or(UNMATCHED, MatchedPath::as_str)
    }

    /// Logs and counts the request, now that the head of its answer is known.
    pub(super) fn answered(mut self, response: &Response) {
        self.answered = true;
        let took = self.began.elapsed();
        self.metrics.request_answered(&self.method, self.route(), response.status().as_u16(), took);
        self.log(response, took);
    }

    fn log(&self, response: &Response, took: Duration) {
        let extensions = response.extensions();
        let id = extensions.get::<RequestId>().map(RequestId::as_str);
        if let Some(cause) = extensions.get::<Problem>().and_then(Problem::cause) {
            tracing::error!(target: "octopoid::http", route = self.route(), request.id = id, cause, "a request failed");
        }
        tracing::info!(
            target: "octopoid::access",
            method = %self.method,
            route = self.route(),
            path = self.path,
            status = response.status().as_u16(),
            duration_ms = milliseconds(took),
            bytes = response.body().size_hint().exact(),
            peer = self.peer.map(tracing::field::display),
            request.id = id,
            key.id = extensions.get::<KeyId>().map(|key| key.0.as_str()),
            "answered"
        );
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.metrics.request_ended();
        if !self.answered {
            tracing::info!(
                target: "octopoid::access",
                method = %self.method,
                route = self.route(),
                path = self.path,
                duration_ms = milliseconds(self.began.elapsed()),
                peer = self.peer.map(tracing::field::display),
                "the client left before the answer"
            );
        }
    }
}

fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}
