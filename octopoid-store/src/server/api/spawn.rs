//! Work in the background.

use futures_util::future::{AbortHandle, abortable};
use std::fmt::Debug;
use std::pin::Pin;

/// Future that is run in the background.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs futures in the background, such as the one that reads the event feed for all listeners.
pub trait Spawn: Debug + Send + Sync + 'static {
    /// Runs a future to its end, whether or not its caller goes on.
    fn spawn(&self, task: Task);
}

/// Runs futures as tasks of the tokio runtime in which it is called.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioSpawn;

impl Spawn for TokioSpawn {
    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

/// Runs a future in the background until it ends or is aborted.
pub(super) fn spawn(spawner: &dyn Spawn, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    let (work, handle) = abortable(work);
    spawner.spawn(Box::pin(async move {
        // Nobody waits for it, whether it ended or was aborted.
        let _ = work.await;
    }));
    handle
}
