//! The layers in their order.

use super::access::access;
use super::body_limit::body_limit;
use super::event_streams::event_streams;
use super::headers::headers;
use super::hosts::hosts;
use super::options::ShellOptions;
use super::origins::origins;
use super::panics::panics;
use super::patience::patience;
use super::plain_errors::plain_errors;
use super::request_id::request_id;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use std::sync::Arc;

/// Puts everything around `routes` that does not depend on what they do.
///
/// Give it the whole router, and last: what is added to the result later has none of it, and nesting the result hides the
/// patterns of its paths from the log.
pub fn shell(routes: Router, options: ShellOptions) -> Router {
    let ShellOptions { metrics, body_limit: limit, patience: limit_of_time, hosts: known, origins: allowed } =
        options;
    // From the inside out.
    routes
        .layer(from_fn(event_streams))
        // Axum's own bound, which is lower, is for those who set none.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(limit, body_limit))
        .layer(from_fn_with_state(limit_of_time, patience))
        // Outside the panics, which are answers by then, and inside of what puts headers on every answer.
        .layer(from_fn(panics))
        .layer(from_fn(plain_errors))
        .layer(from_fn_with_state(Arc::new(allowed), origins))
        .layer(from_fn_with_state(Arc::new(known), hosts))
        .layer(from_fn(headers))
        .layer(from_fn(request_id))
        .layer(from_fn_with_state(metrics, access))
}
