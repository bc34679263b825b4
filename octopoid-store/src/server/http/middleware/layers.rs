//! The middleware stack, in its order.
//!
//! tower-http's layers serve where they do what is needed here. Ours do the rest, with a reason each: [`RequestId`] accepts
//! a client's id only if it may stand in a log and writes it into problems; the time-out answers a problem with
//! `Retry-After`; [`cors_and_csrf`] refuses foreign pages, which `CorsLayer` leaves to the browser.

use super::MiddlewareOptions;
use super::access_log::AccessLog;
use super::body::read_short;
use super::check_host::check_host;
use super::cors_and_csrf::cors_and_csrf;
use super::event_streams::until_shutdown;
use crate::server::api::{Code, Problem, RequestId, Shutdown, problem_json};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::map_request_body::MapRequestBodyLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument as _;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Puts the middleware around a router.
///
/// Call it last, with the whole router: routes that are added to the result have no middleware, and nesting the result
/// hides the patterns of its paths from the log.
pub fn with_middleware(router: Router, options: MiddlewareOptions) -> Router {
    let options = Arc::new(options);
    let body_limit = RequestBodyLimitLayer::new(options.body_limit);
    router.layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(Arc::clone(&options), handle))
            // Browsers take answers as what they are called, keep none unless told to, and show none in pages of other
            // sites. What scripts and styles a page of ours may load is that page's own matter.
            .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, fixed("nosniff")))
            .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, fixed("no-store")))
            .layer(SetResponseHeaderLayer::if_not_present(REFERRER_POLICY, fixed("no-referrer")))
            .layer(SetResponseHeaderLayer::if_not_present(CROSS_ORIGIN_RESOURCE_POLICY, fixed("same-origin")))
            .layer(from_fn_with_state(Arc::clone(&options), guard))
            .layer(from_fn_with_state(options, route))
            .layer(CatchPanicLayer::custom(catch_panic))
            .layer(body_limit)
            .layer(MapRequestBodyLayer::new(Body::new))
            // axum's own limit, which is lower, is for routers that set none.
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn(read_short)),
    )
}

fn fixed(value: &'static str) -> HeaderValue {
    HeaderValue::from_static(value)
}

/// Gives the request its id, and logs and counts it with its answer.
async fn handle(State(options): State<Arc<MiddlewareOptions>>, mut request: Request, next: Next) -> Response {
    let log = AccessLog::new(options.metrics.clone(), &request);
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!(target: "octopoid::http", "request", request.id = id.as_str());
    let mut response = next.run(request).instrument(span).await;
    id.stamp(&mut response);
    log.answered(&response);
    response
}

/// Refuses requests for other hosts, and those of pages that may not use the server.
async fn guard(State(options): State<Arc<MiddlewareOptions>>, request: Request, next: Next) -> Response {
    match check_host(&request, &options.hosts) {
        Ok(host) => cors_and_csrf(request, &host, &options.origins, next).await,
        Err(problem) => problem.into_response(),
    }
}

/// Passes the request to its route, and gives errors that are none of ours our form. The time-out bounds the time until the
/// head of the answer is known; a stream may then go on for as long as it likes.
async fn route(State(options): State<Arc<MiddlewareOptions>>, request: Request, next: Next) -> Response {
    let shutdown = request.extensions().get::<Shutdown>().cloned();
    let response = match tokio::time::timeout(options.timeout, next.run(request)).await {
        Ok(response) => problem_json(response, options.body_limit).await,
        Err(_) => timed_out().into_response(),
    };
    until_shutdown(response, shutdown)
}

fn timed_out() -> Problem {
    Problem::new(Code::Unavailable, "The request took too long").with_retry_after(Duration::from_secs(1))
}

/// Answers 500 for a handler that panicked, so that its connection, and the next requests on it, go on.
fn catch_panic(panic: Box<dyn Any + Send>) -> Response {
    let message = panic.downcast_ref::<&str>().copied();
    let message = message.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(format_args!("a handler panicked: {}", message.unwrap_or("no message"))).into_response()
}
