//! The other end of a connection.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Remote end of a connection, in the extensions of each of its requests. A program that serves the router by an accept loop
/// of its own adds it, so that wrong keys are counted per address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// The remote address; that of the proxy, if there is one.
    pub address: SocketAddr,
    /// Whether the connection is encrypted by this server.
    pub encrypted: bool,
}

impl Peer {
    /// Returns the peer of an unencrypted connection.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, encrypted: false }
    }

    /// Sets whether the connection is encrypted.
    #[must_use]
    pub fn with_encrypted(mut self, encrypted: bool) -> Self {
        self.encrypted = encrypted;
        self
    }

    /// Returns what a client is counted by: its address, or its network for IPv6, in which a client may use any address.
    pub(crate) fn network(&self) -> IpAddr {
        match self.address.ip().to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address => address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_with_a_network_of_its_own_is_one_client() {
        let network =
            |address: &str| Peer::new(format!("{address}:80").parse().unwrap()).network().to_string();
        assert_eq!(network("10.1.2.3"), "10.1.2.3");
        assert_eq!(network("[::ffff:10.1.2.3]"), "10.1.2.3");
        assert_eq!(network("[2001:db8:1:2:3:4:5:6]"), "2001:db8:1:2::");
    }
}
