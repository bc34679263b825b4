//! The news that the server stops.

use tokio_util::sync::CancellationToken;

/// Tells when the server stops; in every request's extensions. What may wait for long ends its wait then: the server
/// stays for requests that are being answered, but not for ever.
#[derive(Debug, Clone, Default)]
pub struct Stopping(CancellationToken);

impl Stopping {
    /// For a server that has not been told to stop.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells everyone.
    pub fn stop(&self) {
        self.0.cancel();
    }

    /// Whether the server stops.
    pub fn is_stopping(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Completes when the server stops; at once, if it already does.
    pub async fn wait(&self) {
        self.0.cancelled().await;
    }

    /// Like [`Stopping::wait`], for a stream to keep.
    pub fn wait_owned(self) -> impl Future<Output = ()> + Send + 'static {
        self.0.cancelled_owned()
    }
}
