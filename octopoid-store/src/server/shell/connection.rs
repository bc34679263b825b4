//! One connection, from its first byte to its last.

use super::socket::Socket;
use super::{Metrics, ServeOptions, Stopping};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// The other end of a connection, in the extensions of each of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address; of the proxy, if there is one.
    pub address: SocketAddr,
    /// Whether it speaks TLS with us.
    pub encrypted: bool,
}

impl Peer {
    /// What to count a client's doings by: its address, or the network in which an IPv6 client may take any.
    pub fn network(&self) -> IpAddr {
        match self.address.ip().to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address => address,
        }
    }

    /// The scheme of the addresses that the client sees, as far as we know.
    pub(super) fn scheme_of(request: &Request) -> &'static str {
        match request.extensions().get::<Self>() {
            Some(peer) if peer.encrypted => "https",
            _ => "http",
        }
    }
}

/// What all connections share.
pub(super) struct Connections {
    router: Router,
    http: http1::Builder,
    pub(super) options: ServeOptions,
    /// No more requests.
    pub(super) stopping: Stopping,
    /// Nothing more at all.
    pub(super) cut: Stopping,
}

impl Connections {
    pub(super) fn new(router: Router, options: ServeOptions) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(options.head_timeout)
            .max_header_size(options.head_limit)
            // A head must fit. Less than this is not possible, and more is only memory.
            .max_buf_size(options.head_limit.max(8 << 10) + 1024);
        Self { router, http, options, stopping: Stopping::new(), cut: Stopping::new() }
    }
}

/// Counted for as long as it lives, however it ends.
struct Counted(Option<Metrics>);

impl Counted {
    fn new(metrics: Option<Metrics>) -> Self {
        metrics.iter().for_each(Metrics::connection_opened);
        Self(metrics)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.iter().for_each(Metrics::connection_closed);
    }
}

/// Answers the requests of a connection, one after the other.
pub(super) async fn answer(connections: Arc<Connections>, stream: TcpStream, mut peer: Peer) {
    let _counted = Counted::new(connections.options.metrics.clone());
    // An answer is written at once; waiting for more to come only delays it.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &connections.options.tls else {
        return speak(&connections, stream, peer).await;
    };
    peer.encrypted = true;
    let handshake = tokio::time::timeout(connections.options.handshake_timeout, tls.accept(stream));
    let stream = tokio::select! {
        () = connections.stopping.wait() => return,
        stream = handshake => stream,
    };
    match stream {
        Ok(Ok(stream)) => speak(&connections, stream, peer).await,
        Ok(Err(error)) => {
            tracing::debug!(target: "octopoid::http", peer = %peer.address, %error, "no TLS handshake");
        }
        Err(_) => {
            tracing::debug!(target: "octopoid::http", peer = %peer.address, "the TLS handshake took too long")
        }
    }
}

async fn speak<S>(connections: &Connections, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = AtomicBool::new(false);
    let router = TowerToHyperService::new(connections.router.clone());
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(connections.stopping.clone());
        // On the heap, so that a connection without a request does not keep the room for one.
        Box::pin(router.call(request))
    });
    let stream = Socket::new(stream, connections.options.stall_timeout);
    let mut http = pin!(connections.http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = http.as_mut() => ended,
        () = connections.cut.wait() => return,
        () = connections.stopping.wait() => {
            if !asked.load(Ordering::Relaxed) {
                // It has never asked for anything, and hyper would wait for it to do so.
                return;
            }
            http.as_mut().graceful_shutdown();
            tokio::select! {
                ended = http => ended,
                () = connections.cut.wait() => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(target: "octopoid::http", peer = %peer.address, %error, "a connection broke off");
    }
}
