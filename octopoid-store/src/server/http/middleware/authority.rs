//! Hosts with ports, as in the `Host` header.

use std::net::IpAddr;

/// Host in the form in which hosts are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    /// In lower case, without the dot at the end.
    Name(String),
}

impl Host {
    /// Returns whether the host is always this machine.
    pub(super) fn is_this_machine(&self) -> bool {
        match self {
            Host::Address(address) => address.is_loopback(),
            Host::Name(name) => name == "localhost",
        }
    }
}

/// Host and port that a request is for, or that a page comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) host: Host,
    pub(super) port: Option<u16>,
}

impl Authority {
    /// Parses `host`, `host:port`, `[address]` or `[address]:port`, and nothing else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // The grammar of the characters is http's; a user before an `@` has no place in a header.
        let parsed: axum::http::uri::Authority = text.parse().ok()?;
        let host = parsed.host();
        let port = match text.strip_prefix(host)? {
            "" => None,
            rest => Some(rest.strip_prefix(':')?.parse().ok()?),
        };
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => Host::Address(IpAddr::V6(address.parse().ok()?)),
            None => match host.parse() {
                Ok(address) => Host::Address(address),
                Err(_) => Host::Name(host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()),
            },
        };
        (host != Host::Name(String::new())).then_some(Self { host, port })
    }

    /// Returns the port, or the default one of the scheme.
    pub(super) fn port_of(&self, scheme: &str) -> Option<u16> {
        self.port.or(match scheme {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        })
    }
}
