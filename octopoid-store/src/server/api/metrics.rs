//! Metrics for Prometheus.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// Metrics of a server. Clones count into the same numbers.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "the HTTP half counts"))]
struct Inner {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<RouteLabels, Histogram, fn() -> Histogram>,
    connections: Gauge,
    in_flight: Gauge,
}

impl Metrics {
    /// Content type of [`Metrics::text`].
    pub const CONTENT_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Creates metrics that are all zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("octopoid");
        let requests = Family::default();
        let latency = Family::new_with_constructor(
            (|| Histogram::new(exponential_buckets(0.001, 2.0, 17))) as fn() -> _,
        );
        let (connections, in_flight) = (Gauge::default(), Gauge::default());
        registry.register("http_requests", "Requests that were answered", requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time until the head of the answer",
            latency.clone(),
        );
        registry.register("http_connections_open", "Connections that are open", connections.clone());
        registry.register("http_requests_in_flight", "Requests without an answer yet", in_flight.clone());
        Self(Arc::new(Inner { registry, requests, latency, connections, in_flight }))
    }

    /// Returns all metrics in the `OpenMetrics` text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail, and what was written until a collector failed is still true.
        let _ = text::encode(&mut text, &self.0.registry);
        text
    }
}

/// What the HTTP server counts.
#[cfg(feature = "server")]
impl Metrics {
    pub(in crate::server) fn connection_opened(&self) {
        self.0.connections.inc();
    }

    pub(in crate::server) fn connection_closed(&self) {
        self.0.connections.dec();
    }

    pub(in crate::server) fn request_started(&self) {
        self.0.in_flight.inc();
    }

    pub(in crate::server) fn request_ended(&self) {
        self.0.in_flight.dec();
    }

    pub(in crate::server) fn request_answered(
        &self,
        method: &axum::http::Method,
        route: &str,
        status: u16,
        took: std::time::Duration,
    ) {
        let labels = RequestLabels { method: method_label(method), route: route.to_owned(), status };
        self.0.requests.get_or_create(&labels).inc();
        self.0.latency.get_or_create(&RouteLabels { route: labels.route }).observe(took.as_secs_f64());
    }
}

/// Returns the label of a method. A client may invent methods, but not labels.
#[cfg(feature = "server")]
fn method_label(method: &axum::http::Method) -> &'static str {
    use axum::http::Method;
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
