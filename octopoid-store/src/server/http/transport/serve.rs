//! The accept loop.

use super::ServeOptions;
use super::connection::{Connections, serve_connection};
use crate::server::api::Peer;
use axum::Router;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Largest number of connections that the system queues until they are accepted; it may have a lower limit of its own.
const BACKLOG: u32 = 4096;

/// Pause after the system had nothing left for another connection, as with too many open files.
const PAUSE: Duration = Duration::from_millis(200);

/// Binds a listener with a long backlog: when a server is back, all of its clients connect at once.
///
/// # Errors
/// The address is not one of this machine, or in use.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that starts again must not wait for the old connections to time out. Elsewhere the option means another thing.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers connections with `router` until `stop` completes and all accepted requests are answered.
///
/// When it completes, no more connections are accepted, idle ones are closed, `text/event-stream`s end, and requests are
/// finished; those that are not within the shutdown time-out are cut off. Dropping the future stops accepting, but not the
/// connections.
///
/// # Errors
/// The listener has no address. Errors of a connection are logged, and end that connection alone.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    options: ServeOptions,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let local = listener.local_addr()?;
    let most = options.connections.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
    let free = Arc::new(Semaphore::new(most));
    let connections = Arc::new(Connections::new(router, options));
    tracing::info!(target: "octopoid::http", address = %local, tls = connections.options.tls.is_some(), "listening");

    let mut stop = pin!(stop);
    let mut full = false;
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &free, &mut full) => accepted,
        };
        match accepted {
            Ok((stream, peer, permit)) => {
                let connections = Arc::clone(&connections);
                tokio::spawn(async move {
                    serve_connection(connections, stream, peer).await;
                    drop(permit);
                });
            }
            Err(error) => pause_after(&error).await,
        }
    }
    drop(listener);
    drain(&connections, &free, most as u32).await;
    Ok(())
}

/// Accepts the next connection, as soon as there may be one more. Until then the system queues those that come.
async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
    full: &mut bool,
) -> io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let permit = Arc::clone(free).try_acquire_owned();
    if permit.is_err() && !*full {
        tracing::warn!(target: "octopoid::http", "the limit on connections is reached: further ones wait to be accepted");
    }
    *full = permit.is_err();
    let permit = match permit {
        Ok(permit) => permit,
        Err(_) => Arc::clone(free).acquire_owned().await.map_err(io::Error::other)?,
    };
    let (stream, address) = listener.accept().await?;
    Ok((stream, Peer::new(address), permit))
}

/// Pauses after accepting failed, unless just one connection broke off before it was accepted. Without resources, accepting
/// would fail again at once until other connections have ended.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        return;
    }
    tracing::error!(target: "octopoid::http", %error, "accepting a connection failed, trying again soon");
    tokio::time::sleep(PAUSE).await;
}

/// Waits for the connections to end: all of them have when every permit is back.
async fn drain(connections: &Connections, free: &Semaphore, most: u32) {
    connections.shutdown.trigger();
    let timeout = connections.options.shutdown_timeout;
    if tokio::time::timeout(timeout, free.acquire_many(most)).await.is_ok() {
        return;
    }
    let left = most as usize - free.available_permits();
    tracing::warn!(target: "octopoid::http", connections = left, "closing connections whose requests were not finished in time");
    connections.abort.trigger();
    let _ = free.acquire_many(most).await;
}
