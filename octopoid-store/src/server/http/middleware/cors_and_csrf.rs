//! CORS, and protection from cross-site request forgery.
//!
//! A browser sends requests of any page to any address. It names the page's origin in `Origin`, and, without one, says in
//! `Sec-Fetch-Site` whether the page is of another site. Requests of pages that are not allowed are refused here: reading
//! the answer is what a browser would withhold from them, not the effect of a write.

use super::authority::Authority;
use crate::server::api::{Code, Peer, Problem};
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Origin of a page.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    scheme: String,
    authority: Authority,
}

impl Origin {
    /// Parses `scheme://host[:port]`. The `null` of pages without an origin is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        Some(Self { scheme: scheme.to_ascii_lowercase(), authority: Authority::parse(rest)? })
    }

    fn port(&self) -> Option<u16> {
        self.authority.port_of(&self.scheme)
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.authority.host == other.authority.host
            && self.port() == other.port()
    }
}

/// Page that sent a request.
enum Page {
    /// None, or one of ours.
    Ours,
    /// One that is allowed, with its origin for the answer.
    Allowed(HeaderValue),
    Foreign,
}

/// Refuses requests of pages that are not allowed, and tells browsers about those that are. `host` is the host that the
/// request is for.
pub(super) async fn cors_and_csrf(
    request: Request,
    host: &Authority,
    allowed: &[Origin],
    next: Next,
) -> Response {
    let mut response = match page(&request, host, allowed) {
        Page::Ours => next.run(request).await,
        Page::Foreign => {
            Problem::new(Code::Forbidden, "Pages of other sites may not use this server").into_response()
        }
        Page::Allowed(origin) => {
            let answer = if is_preflight(&request) { preflight() } else { next.run(request).await };
            shared_with(origin, answer)
        }
    };
    if !allowed.is_empty() {
        response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
    }
    response
}

fn page(request: &Request, host: &Authority, allowed: &[Origin]) -> Page {
    let mut named = request.headers().get_all(ORIGIN).iter();
    let Some(value) = named.next() else {
        return if is_cross_site(request) { Page::Foreign } else { Page::Ours };
    };
    let Some(origin) = value.to_str().ok().and_then(Origin::parse).filter(|_| named.next().is_none()) else {
        return Page::Foreign;
    };
    let ours = Origin { scheme: scheme_of(request).to_owned(), authority: host.clone() };
    if origin == ours {
        Page::Ours
    } else if allowed.contains(&origin) {
        Page::Allowed(value.clone())
    } else {
        Page::Foreign
    }
}

/// Returns whether another site sent the request without naming its origin, as for an image or a form. A link to a page of
/// ours is fine: a `GET` changes nothing, and the other site sees nothing of the answer.
fn is_cross_site(request: &Request) -> bool {
    let says = |name: &str, value: &str| is(request.headers(), name, value);
    let follows_link = request.method() == Method::GET
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document");
    says("sec-fetch-site", "cross-site") && !follows_link
}

/// Returns the scheme that the client uses, as far as this server knows.
pub(super) fn scheme_of(request: &Request) -> &'static str {
    match request.extensions().get::<Peer>() {
        Some(peer) if peer.encrypted => "https",
        _ => "http",
    }
}

fn is(headers: &HeaderMap, name: &str, value: &str) -> bool {
    headers.get(name).is_some_and(|said| said.as_bytes() == value.as_bytes())
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, idempotency-key, last-event-id, x-request-id",
        ),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Allows a page to read the answer. Never with credentials: the page sends its key by itself, the browser does not.
fn shared_with(origin: HeaderValue, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers
        .insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("allow, retry-after, x-request-id"));
    response
}
