//! Host validation: a server answers for its own names only.
//!
//! A page of any site can make its name point at this machine (DNS rebinding) and then talk to a local server as if to
//! its own. The browser says the site's name in `Host`, so a name that we do not know is refused.

use super::authority::{Authority, Host};
use super::cors_and_csrf::scheme_of;
use crate::server::api::{Code, Problem};
use axum::extract::Request;
use axum::http::header::HOST;
use std::net::SocketAddr;

/// Names that a server answers for.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    pub(super) listen: SocketAddr,
    pub(super) allowed: Vec<Authority>,
    pub(super) any: bool,
}

impl Hosts {
    pub(super) fn new(listen: SocketAddr) -> Self {
        Self { listen, allowed: Vec::new(), any: false }
    }

    fn has(&self, asked: &Authority, scheme: &str) -> bool {
        let port = asked.port_of(scheme);
        let listed = |it: &Authority| it.host == asked.host && it.port.is_none_or(|only| Some(only) == port);
        self.any || self.allowed.iter().any(listed) || self.is_own(asked, port)
    }

    /// Returns whether a host is allowed without being listed. On a loopback address that is this machine, with the port. Elsewhere, where
    /// a proxy or a port mapping may be in between, it is every address: a rebound name is never one.
    fn is_own(&self, asked: &Authority, port: Option<u16>) -> bool {
        if self.listen.ip().is_loopback() {
            asked.host.is_this_machine() && port == Some(self.listen.port())
        } else {
            asked.host.is_this_machine() || matches!(asked.host, Host::Address(_))
        }
    }
}

/// Returns the host that a request is for; refuses one that is not in `known`.
pub(super) fn check_host(request: &Request, known: &Hosts) -> Result<Authority, Problem> {
    let scheme = scheme_of(request);
    let (host, target) = asked(request).map_err(|message| Problem::new(Code::Invalid, message))?;
    if !known.has(&host, scheme) || target.is_some_and(|target| !known.has(&target, scheme)) {
        return Err(Problem::new(Code::Misdirected, "This server does not answer for that host"));
    }
    Ok(host)
}

/// Returns the host in the header, and the one in the request line of a client that takes us for a proxy.
fn asked(request: &Request) -> Result<(Authority, Option<Authority>), &'static str> {
    let mut named = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else {
        return Err("A request needs one Host header");
    };
    let host = host.to_str().ok().and_then(Authority::parse).ok_or("The Host header is not a host")?;
    let target = request
        .uri()
        .authority()
        .map(|target| Authority::parse(target.as_str()).ok_or("The request line does not name a host"));
    Ok((host, target.transpose()?))
}
