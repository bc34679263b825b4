//! Accepting connections, until it is enough.

use super::connection::{Connections, answer};
use super::{Peer, ServeOptions};
use axum::Router;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many connections the system keeps at most; it may have a lower bound of its own.
const BACKLOG: u32 = 4096;

/// How long to wait when the system has nothing left for another connection, as in too many open files.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// A listener at `address` that keeps many connections which come at once, as all listeners do when a server is back,
/// until they are accepted.
///
/// # Errors
/// The address is not ours, or taken.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that starts again must not wait for the connections of the one before. Elsewhere it means another thing.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers connections with `router` until `stop` completes and what was taken in is answered.
///
/// At the stop, no more connections are accepted, idle ones are closed, `text/event-stream`s end, and requests are finished;
/// those that are not within the grace are cut off. Dropping the future stops accepting, but not the connections.
///
/// # Errors
/// The listener is not one. What goes wrong with a connection is logged, and stays with it.
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
    let mut crowded = false;
    loop {
        let next = next(&listener, &free, &mut crowded);
        let (stream, peer, permit) = tokio::select! {
            () = &mut stop => break,
            next = next => match next {
                Ok(next) => next,
                Err(error) => {
                    rest(&error).await;
                    continue;
                }
            },
        };
        let connections = Arc::clone(&connections);
        tokio::spawn(async move {
            answer(connections, stream, peer).await;
            drop(permit);
        });
    }
    drop(listener);
    finish(&connections, &free, most as u32).await;
    Ok(())
}

/// The next connection, as soon as there may be one more. Until then the system keeps those that come.
async fn next(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
    crowded: &mut bool,
) -> io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let permit = Arc::clone(free).try_acquire_owned();
    if permit.is_err() && !*crowded {
        tracing::warn!(target: "octopoid::http", "there are as many connections as are allowed, others wait");
    }
    *crowded = permit.is_err();
    let permit = match permit {
        Ok(permit) => permit,
        Err(_) => Arc::clone(free).acquire_owned().await.map_err(io::Error::other)?,
    };
    let (stream, address) = listener.accept().await?;
    Ok((stream, Peer { address, encrypted: false }, permit))
}

/// A connection that broke off before it was accepted is nothing. Without resources, accepting fails at once and again
/// until others have ended, so it is left alone for a moment.
async fn rest(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        return;
    }
    tracing::error!(target: "octopoid::http", %error, "accepting a connection failed, trying again soon");
    tokio::time::sleep(EXHAUSTED).await;
}

/// Waits for the connections: all of them have ended when every permit is back.
async fn finish(connections: &Connections, free: &Semaphore, most: u32) {
    connections.stopping.stop();
    let grace = connections.options.grace;
    if tokio::time::timeout(grace, free.acquire_many(most)).await.is_ok() {
        return;
    }
    let left = most as usize - free.available_permits();
    tracing::warn!(target: "octopoid::http", connections = left, "cutting off what was not finished in time");
    connections.cut.stop();
    let _ = free.acquire_many(most).await;
}
