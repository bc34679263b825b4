//! One connection.

use super::ServeOptions;
use super::socket::Socket;
use crate::server::api::{Metrics, Peer, Shutdown};
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// State that all connections share.
pub(super) struct Connections {
    router: Router,
    http: http1::Builder,
    pub(super) options: ServeOptions,
    /// Accept no more requests.
    pub(super) shutdown: Shutdown,
    /// Close at once.
    pub(super) abort: Shutdown,
}

impl Connections {
    pub(super) fn new(router: Router, options: ServeOptions) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(options.header_timeout)
            .max_header_size(options.header_limit)
            // A head must fit. Less than 8 KiB is not possible, and more is only memory.
            .max_buf_size(options.header_limit.max(8 << 10) + 1024);
        Self { router, http, options, shutdown: Shutdown::new(), abort: Shutdown::new() }
    }
}

/// Counts a connection as open until it is dropped.
struct OpenConnection(Option<Metrics>);

impl OpenConnection {
    fn new(metrics: Option<Metrics>) -> Self {
        metrics.iter().for_each(Metrics::connection_opened);
        Self(metrics)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.iter().for_each(Metrics::connection_closed);
    }
}

/// Answers the requests of a connection, one after the other.
pub(super) async fn serve_connection(connections: Arc<Connections>, stream: TcpStream, peer: Peer) {
    let _open = OpenConnection::new(connections.options.metrics.clone());
    // An answer is written at once; waiting for more to come only delays it.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &connections.options.tls else {
        return serve_stream(&connections, stream, peer).await;
    };
    let peer = peer.with_encrypted(true);
    let handshake = tokio::time::timeout(connections.options.handshake_timeout, tls.accept(stream));
    let stream = tokio::select! {
        () = connections.shutdown.wait() => return,
        stream = handshake => stream,
    };
    match stream {
        Ok(Ok(stream)) => serve_stream(&connections, stream, peer).await,
        Ok(Err(error)) => {
            tracing::debug!(target: "octopoid::http", peer = %peer.address, %error, "the TLS handshake failed");
        }
        Err(_) => {
            tracing::debug!(target: "octopoid::http", peer = %peer.address, "the TLS handshake timed out")
        }
    }
}

async fn serve_stream<S>(connections: &Connections, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let active = AtomicBool::new(false);
    let router = TowerToHyperService::new(connections.router.clone());
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
        active.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(connections.shutdown.clone());
        // Boxed, so that an idle connection does not hold the memory of a request.
        Box::pin(router.call(request))
    });
    let stream = Socket::new(stream, connections.options.write_timeout);
    let mut http = pin!(connections.http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = http.as_mut() => ended,
        () = connections.abort.wait() => return,
        () = connections.shutdown.wait() => {
            if !active.load(Ordering::Relaxed) {
                // It has never sent a request, and hyper would wait for the first one.
                return;
            }
            http.as_mut().graceful_shutdown();
            tokio::select! {
                ended = http => ended,
                () = connections.abort.wait() => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(target: "octopoid::http", peer = %peer.address, %error, "the connection broke off");
    }
}
