//! The signal that the server shuts down.

use tokio_util::sync::CancellationToken;

/// Signal that the server shuts down, in the extensions of every request. A handler that may wait for long ends its wait
/// then: the server waits for requests that are being answered, but only for a bounded time. Clones are the same signal.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Creates a signal that has not been given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the signal, and wakes all waiters.
    pub fn trigger(&self) {
        self.0.cancel();
    }

    /// Returns whether the signal was given.
    pub fn is_triggered(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Completes when the signal is given; at once, if it was before.
    pub async fn wait(&self) {
        self.0.cancelled().await;
    }

    /// Like [`Shutdown::wait`], for a future that owns the signal.
    pub fn wait_owned(self) -> impl Future<Output = ()> + Send + 'static {
        self.0.cancelled_owned()
    }
}
