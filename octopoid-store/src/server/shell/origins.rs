//! Pages of other sites cannot drive a server.
//!
//! A browser sends requests for any page to any address. It says on whose behalf in `Origin`, and, without one, how near
//! the page is in `Sec-Fetch-Site`.

use super::authority::Authority;
use super::{Code, Peer, Problem};
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// Where a page comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    scheme: String,
    authority: Authority,
}

impl Origin {
    /// Reads `scheme://host[:port]`. The `null` of pages without an origin is none.
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

/// What a request says about the page behind it.
enum Page {
    /// There is none, or it is ours.
    Ours,
    /// It is one that was allowed; this is its origin, for the answer.
    Allowed(HeaderValue),
    Foreign,
}

/// Refuses requests on behalf of pages that were not allowed, and tells browsers about those that were. `host` is what the
/// request is meant for, `answer` gives what it is answered where the page may know it.
pub(super) async fn for_pages<A: Future<Output = Response>>(
    request: Request,
    host: &Authority,
    allowed: &[Origin],
    answer: impl FnOnce(Request) -> A,
) -> Response {
    let mut response = match page(&request, host, allowed) {
        Page::Ours => answer(request).await,
        Page::Foreign => {
            Problem::new(Code::Forbidden, "Pages of other sites may not use this server").into_response()
        }
        Page::Allowed(origin) => {
            let answer = if is_preflight(&request) { preflight() } else { answer(request).await };
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
        return if is_from_afar(request) { Page::Foreign } else { Page::Ours };
    };
    let Some(origin) = value.to_str().ok().and_then(Origin::parse).filter(|_| named.next().is_none()) else {
        return Page::Foreign;
    };
    let ours = Origin { scheme: Peer::scheme_of(request).to_owned(), authority: host.clone() };
    if origin == ours {
        Page::Ours
    } else if allowed.contains(&origin) {
        Page::Allowed(value.clone())
    } else {
        Page::Foreign
    }
}

/// Another site asks without saying who it is, as for an image or a form. Following a link to a page of ours is fine:
/// nothing changes by a `GET`, and the other site sees nothing of it.
fn is_from_afar(request: &Request) -> bool {
    let says = |name: &str, value: &str| is(request.headers(), name, value);
    let follows_link = request.method() == Method::GET
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document");
    says("sec-fetch-site", "cross-site") && !follows_link
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

/// Never with credentials: a key is sent by the page itself, not by the browser on its own.
fn shared_with(origin: HeaderValue, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers
        .insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("allow, retry-after, x-request-id"));
    response
}
