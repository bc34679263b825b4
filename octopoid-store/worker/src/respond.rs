//! Requests of the platform, answered by a router.

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use axum::response::IntoResponse as _;
use futures_util::FutureExt as _;
use octopoid_store::server::{Code, Peer, Problem, RequestId, problem_json};
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use tower::ServiceExt as _;
use worker::{HttpRequest, ResponseBuilder, Result};

/// Largest body of a request, in bytes.
const BODY: usize = 8 << 20;
/// Largest body that is read before it is refused, in bytes.
const DRAINED: usize = 16 << 20;
/// Longest body of an answer that is sent in one piece, in bytes.
const PIECE: u64 = 1 << 20;

/// Returns a router that takes bodies of the size that is accepted.
pub(crate) fn with_body_limit(router: Router) -> Router {
    router.layer(DefaultBodyLimit::max(BODY))
}

/// Answers a request by a router.
pub(crate) async fn respond(router: &Router, request: worker::Request) -> Result<worker::Response> {
    let what = what(&request)?;
    let mut id = None;
    let response = match read(request).await? {
        Ok(request) => {
            id = Some(RequestId::of(request.headers()));
            let answer = AssertUnwindSafe(router.clone().oneshot(request)).catch_unwind().await;
            match answer {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                Err(_) => Problem::internal("a handler panicked").into_response(),
            }
        }
        Err(problem) => problem.into_response(),
    };
    let id = id.unwrap_or_else(|| RequestId::of(&HeaderMap::new()));
    finish(problem_json(response, BODY).await, &what, id).await
}

/// Answers a request with a problem.
pub(crate) async fn refuse(request: &worker::Request, problem: Problem) -> Result<worker::Response> {
    let id = RequestId::of(&HeaderMap::from(request.headers()));
    finish(problem.into_response(), &what(request)?, id).await
}

fn what(request: &worker::Request) -> Result<String> {
    Ok(format!("{} {}", request.method(), request.path()))
}

/// Sends an answer with the id of its request, and logs a failure.
async fn finish(mut response: Response<Body>, what: &str, id: RequestId) -> Result<worker::Response> {
    if response.status().is_server_error() {
        let cause =
            response.extensions().get::<Problem>().and_then(|problem| problem.cause()).unwrap_or_default();
        tracing::error!(
            status = response.status().as_u16(),
            request.id = id.as_str(),
            cause,
            "{what} failed"
        );
    }
    id.stamp(&mut response);
    send(harden(response)).await
}

/// Reads a request. Its body is read at once, where its length is known.
async fn read(mut request: worker::Request) -> Result<Result<Request<Body>, Problem>> {
    let length = request.headers().get(CONTENT_LENGTH.as_str())?;
    let length = length.and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY) {
        // Read to its end, as far as that goes: a client that is still sending would not see the answer.
        let _ = to_bytes(Body::new(HttpRequest::try_from(request)?.into_body()), DRAINED).await;
        return Ok(Err(Problem::new(Code::TooLarge, format!("The body is larger than {BODY} bytes"))));
    }
    let mut read = match length {
        Some(length) => {
            let bytes = if length == 0 { Vec::new() } else { request.bytes().await? };
            let mut read = Request::builder().method(request.method().as_ref()).uri(request.url()?.as_str());
            if let Some(headers) = read.headers_mut() {
                *headers = HeaderMap::from(request.headers());
            }
            read.body(Body::from(bytes)).map_err(|error| worker::Error::from(error.to_string()))?
        }
        // Not read yet, which it has to be for this.
        None => HttpRequest::try_from(request)?.map(Body::new),
    };
    if let Some(peer) = peer(read.headers()) {
        read.extensions_mut().insert(peer);
    }
    Ok(Ok(read))
}

/// Returns the other end of the connection, by which wrong keys are counted.
fn peer(headers: &HeaderMap) -> Option<Peer> {
    let address = headers.get("cf-connecting-ip")?.to_str().ok()?.parse::<IpAddr>().ok()?;
    Some(Peer::new(SocketAddr::new(address, 0)).with_encrypted(true))
}

/// Adds the headers that browsers are to follow.
fn harden(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let usual = [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in usual {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Hands an answer to the platform: a short one in one piece, since each piece of a stream is a call.
async fn send(response: Response<Body>) -> Result<worker::Response> {
    if response.body().size_hint().exact().is_none_or(|length| length > PIECE) {
        return response.try_into();
    }
    let (parts, body) = response.into_parts();
    let bytes =
        to_bytes(body, PIECE as usize).await.map_err(|error| worker::Error::from(error.to_string()))?;
    let mut builder = ResponseBuilder::new().with_status(parts.status.as_u16());
    for (name, value) in &parts.headers {
        builder = builder.with_header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    if bytes.is_empty() { Ok(builder.empty()) } else { Ok(builder.fixed(bytes.to_vec())) }
}
