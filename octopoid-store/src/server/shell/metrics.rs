//! Numbers for Prometheus.

use axum::http::Method;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// What the server counts. Clones are the same numbers.
#[derive(Clone)]
pub struct Metrics(Arc<Numbers>);

struct Numbers {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    latency: Family<Route, Histogram, fn() -> Histogram>,
    connections: Gauge,
    in_flight: Gauge,
}

impl Metrics {
    /// What [`Metrics::text`] is, for the `content-type` of its answer.
    pub const CONTENT_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// All numbers at zero.
    pub fn new() -> Self {
        let numbers = Numbers {
            registry: Mutex::new(Registry::with_prefix("octopoid")),
            requests: Family::default(),
            latency: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 17))),
            connections: Gauge::default(),
            in_flight: Gauge::default(),
        };
        let metrics = Self(Arc::new(numbers));
        metrics.register(|registry| metrics.describe(registry));
        metrics
    }

    fn describe(&self, registry: &mut Registry) {
        let it = &self.0;
        registry.register("http_requests", "Requests that were answered", it.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time until the head of the answer",
            it.latency.clone(),
        );
        registry.register("http_connections_open", "Connections that are open", it.connections.clone());
        registry.register("http_requests_in_flight", "Requests without an answer yet", it.in_flight.clone());
    }

    /// Adds numbers of others: `add` gets the registry, whose names begin with `octopoid_`. It must not call this type.
    pub fn register<R>(&self, add: impl FnOnce(&mut Registry) -> R) -> R {
        add(&mut self.0.registry.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything in the `OpenMetrics` text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail, and what was written until a collector failed is still true.
        let _ = self.register(|registry| text::encode(&mut text, registry));
        text
    }

    pub(super) fn connection_opened(&self) {
        self.0.connections.inc();
    }

    pub(super) fn connection_closed(&self) {
        self.0.connections.dec();
    }

    pub(super) fn request_began(&self) {
        self.0.in_flight.inc();
    }

    pub(super) fn request_ended(&self) {
        self.0.in_flight.dec();
    }

    pub(super) fn request_answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let labels = Request { method: known(method), route: route.to_owned(), status };
        self.0.requests.get_or_create(&labels).inc();
        self.0.latency.get_or_create(&Route { route: labels.route }).observe(took.as_secs_f64());
    }
}

/// A client may invent methods, but not labels.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
