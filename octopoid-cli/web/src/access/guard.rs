//! What every request passes: the host it is for, the page it comes from, and the policy that its answer carries.

use crate::dashboard::Shared;
use crate::failure::{self, Failure};
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// Nothing runs or loads but files of ours; nothing of it is shown in a frame or sent elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Hosts that the dashboard answers for. A page of any site can make its name point at this machine, so a name that is
/// not known is refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Hosts {
    /// This machine: `localhost` and loopback addresses, with any port.
    #[default]
    Loopback,
    /// Every host: what stands around the dashboard checks it.
    Any,
}

impl Hosts {
    fn has(&self, host: &str) -> bool {
        match self {
            Hosts::Any => true,
            Hosts::Loopback => is_loopback(without_port(host)),
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

fn is_loopback(name: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Refuses requests for other hosts and those of other sites' pages, and adds the security headers to answers.
pub(crate) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let response = match check(&shared.hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    let mut response = failure::written(&shared.base, response);
    let headers = response.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_SECURITY_POLICY, fixed(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    // Not `no-referrer`, with which browsers send forms without saying where they come from.
    headers.insert(REFERRER_POLICY, fixed("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), fixed("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), fixed("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(fixed("no-store"));
    response
}

fn check(hosts: &Hosts, request: &Request) -> Result<(), Failure> {
    let headers = request.headers();
    let host = single(headers, &HOST).or_else(|| request.uri().authority().map(|host| host.as_str()));
    let Some(host) = host.filter(|host| hosts.has(host)) else {
        let words = "this dashboard does not answer for that host";
        return Err(Failure::new(StatusCode::MISDIRECTED_REQUEST, words));
    };
    if is_foreign(request.method(), headers, host) {
        return Err(Failure::new(StatusCode::FORBIDDEN, "pages of other sites may not use the dashboard"));
    }
    Ok(())
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Returns whether a page of another site sent the request. A link from one to ours is fine, as it changes nothing.
fn is_foreign(method: &Method, headers: &HeaderMap, host: &str) -> bool {
    if headers.contains_key(ORIGIN) {
        let origin = single(headers, &ORIGIN).and_then(|origin| origin.split_once("://"));
        return origin.is_none_or(|(_, from)| !from.eq_ignore_ascii_case(host));
    }
    let says = |name: &'static str, value: &str| {
        single(headers, &HeaderName::from_static(name)).is_some_and(|said| said == value)
    };
    let is_link =
        *method == Method::GET && says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    (says("sec-fetch-site", "cross-site") || says("sec-fetch-site", "same-site")) && !is_link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "localhost:8788", "127.0.0.1:1", "[::1]:80", "LOCALHOST"] {
            assert!(Hosts::Loopback.has(host), "{host}");
        }
        for host in ["example.org", "localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "", ":80"] {
            assert!(!Hosts::Loopback.has(host), "{host}");
        }
    }

    #[test]
    fn an_origin_must_be_the_host_itself() {
        let foreign = |fields: &[(&'static str, &'static str)], method: Method| {
            let headers = fields
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            is_foreign(&method, &headers.collect(), "localhost:8788")
        };
        assert!(!foreign(&[("origin", "http://localhost:8788")], Method::POST));
        assert!(foreign(&[("origin", "http://localhost:9999")], Method::POST));
        assert!(foreign(&[("origin", "null")], Method::POST));
        assert!(foreign(&[("sec-fetch-site", "cross-site")], Method::GET));
        let link = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert!(!foreign(&link, Method::GET));
        assert!(foreign(&link, Method::POST));
        assert!(!foreign(&[], Method::POST));
    }
}
