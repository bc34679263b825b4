//! A server that answers on a listener by itself.

use super::{MiddlewareOptions, ServeOptions, serve, with_middleware};
use crate::server::api::{Server, Shutdown};
use std::io;
use tokio::net::TcpListener;

impl Server {
    /// Answers on a listener until `stop` completes, and then finishes the requests that it has accepted. Expires claims
    /// meanwhile.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub async fn serve(
        self,
        listener: TcpListener,
        middleware: MiddlewareOptions,
        options: ServeOptions,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let metrics = self.metrics();
        let shutdown = Shutdown::new();
        let handle = self.start(shutdown.clone());
        let router = with_middleware(handle.router(), middleware.with_metrics(metrics.clone()));
        let housekeeping = tokio::spawn(handle.housekeeping());
        let stop = async {
            stop.await;
            // The long waits first, so that the accept loop does not wait for them.
            shutdown.trigger();
        };
        let served = serve(router, listener, options.with_metrics(metrics), stop).await;
        shutdown.trigger();
        let _ = housekeeping.await;
        served
    }
}
