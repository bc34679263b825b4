//! What every request goes through, in its order.

use super::access::Visit;
use super::body_limit::{read_short, with_limit};
use super::event_streams::until_stop;
use super::headers::harden;
use super::hosts::meant;
use super::middleware::{Inside, around};
use super::options::ShellOptions;
use super::origins::for_pages;
use super::panics::caught;
use super::patience::within;
use super::plain_errors::explained;
use super::request_id::stamp;
use super::{RequestId, Stopping};
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tracing::Instrument as _;

/// Puts everything around `routes` that does not depend on what they do.
///
/// Give it the whole router, and last: what is added to the result later has none of it, and nesting the result hides the
/// patterns of its paths from the log.
pub fn shell(routes: Router, options: ShellOptions) -> Router {
    // One layer for all of it: each layer of axum's costs every request a copy of what is inside and a place on the heap.
    let options = Arc::new(options);
    routes.layer(around(move |request, inside| attend(Arc::clone(&options), request, inside)))
}

/// From the outside in: the log and the numbers, the request's id, and what browsers are told with every answer.
async fn attend(options: Arc<ShellOptions>, mut request: Request, inside: Inside) -> Response {
    let visit = Visit::new(options.metrics.clone(), &request);
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!(target: "octopoid::http", "request", request.id = id.as_str());
    let mut response = admit(&options, request, inside).instrument(span).await;
    harden(&mut response);
    stamp(&mut response, id);
    visit.answered(&response);
    response
}

/// Answers only what is meant for this server and what pages of others may ask.
async fn admit(options: &ShellOptions, request: Request, inside: Inside) -> Response {
    let host = match meant(&request, &options.hosts) {
        Ok(host) => host,
        Err(problem) => return problem.into_response(),
    };
    for_pages(request, &host, &options.origins, |request| answer(options, request, inside)).await
}

/// Hands the request to its route, which may do no worse than to answer an error.
async fn answer(options: &ShellOptions, request: Request, inside: Inside) -> Response {
    let stopping = request.extensions().get::<Stopping>().cloned();
    let request = match with_limit(request, options.body_limit) {
        Ok(request) => request,
        Err(problem) => return problem.into_response(),
    };
    let answer = async { inside.answer(read_short(request).await).await };
    let response = caught(within(options.patience, answer)).await;
    until_stop(explained(response).await, stopping)
}
