//! The check that every request of the contract goes through first.

use super::{Caller, Keyring};
use crate::server::api::limiter::RetryAfter;
use crate::server::api::peer::Peer;
use crate::server::api::problem::Problem;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Public id of the key that a request showed, in its answer's extensions, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyId(pub(crate) String);

/// Finds the caller of a request and applies the rate limits of its key and its address.
pub(crate) async fn identify(
    State(keyring): State<Arc<Keyring>>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match keyring.caller(request.headers()).await {
        Ok(caller) => caller,
        Err(problem) => return count_failure(&keyring, &request, problem).into_response(),
    };
    if let Caller::Key { id, .. } = &caller
        && let Err(RetryAfter(wait)) = keyring.count_request(id)
    {
        return Problem::too_many("too many requests came with this key", wait).into_response();
    }
    if matches!(caller, Caller::Key { read_only: true, .. }) && !request.method().is_safe() {
        return Problem::forbidden("this key lets its holder read everything and change nothing")
            .into_response();
    }
    let key = caller.key_id().map(|id| KeyId(id.to_owned()));
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if let Some(key) = key {
        response.extensions_mut().insert(key);
    }
    response
}

/// Counts a wrong key against the address that it came from. A request without a key is not a guess.
fn count_failure(keyring: &Keyring, request: &Request, problem: Problem) -> Problem {
    let peer = request.extensions().get::<Peer>();
    if request.headers().contains_key(header::AUTHORIZATION)
        && let Some(peer) = peer
        && let Err(RetryAfter(wait)) = keyring.count_failure(&peer.network())
    {
        return Problem::too_many("too many wrong keys came from this address", wait);
    }
    problem
}
