//! The access log: one line and a few metrics for each request.

use crate::server::api::{KeyId, Metrics, Peer, Problem, RequestId};
use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::Response;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Label of requests that match no route.
const UNMATCHED: &str = "none";

/// Entry for a request. If it is dropped before the answer, because the client disconnected, it says so.
pub(super) struct AccessLog {
    metrics: Metrics,
    method: Method,
    route: Option<MatchedPath>,
    path: String,
    peer: Option<SocketAddr>,
    started: Instant,
    answered: bool,
}

impl AccessLog {
    pub(super) fn new(metrics: Metrics, request: &Request) -> Self {
        metrics.request_started();
        Self {
            metrics,
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            // Never the query: people put secrets there.
            path: request.uri().path().to_owned(),
            peer: request.extensions().get::<Peer>().map(|peer| peer.address),
            started: Instant::now(),
            answered: false,
        }
    }

    /// Returns the pattern of the path, of which there are few.
    fn route(&self) -> &str {
        self.route.as_ref().map_or(UNMATCHED, MatchedPath::as_str)
    }

    /// Logs and counts the request, once the head of its answer is known.
    pub(super) fn answered(mut self, response: &Response) {
        self.answered = true;
        let took = self.started.elapsed();
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

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.metrics.request_ended();
        if !self.answered {
            tracing::info!(
                target: "octopoid::access",
                method = %self.method,
                route = self.route(),
                path = self.path,
                duration_ms = milliseconds(self.started.elapsed()),
                peer = self.peer.map(tracing::field::display),
                "the client left before the answer"
            );
        }
    }
}

fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}
