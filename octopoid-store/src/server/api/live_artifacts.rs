//! Artifacts that are followed while they grow.

use super::dispatch::Dispatcher;
use async_trait::async_trait;
use octopoid_core::clock::Clock;
use octopoid_core::model::{Artifact, ArtifactKey, Scope, TaskId, Timestamp};
use octopoid_core::store::{ArtifactPart, ArtifactReader, ArtifactStore, Result};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::broadcast;

/// Time after which a waiting reader looks by itself: another server may have taken the bytes.
const LOOK: Duration = Duration::from_secs(10);
/// Number of appends that a waiting reader may be behind before it looks by itself.
const BEHIND: usize = 256;

/// Store of artifacts whose readers can wait for more. The machine that writes an artifact is told that it is
/// followed, and sends new bytes more often.
#[derive(Debug)]
pub(crate) struct LiveArtifacts {
    store: Arc<dyn ArtifactStore>,
    clock: Arc<dyn Clock>,
    grown: broadcast::Sender<ArtifactKey>,
    /// Tells the machines; set once the server has started.
    dispatcher: OnceLock<Dispatcher>,
}

impl LiveArtifacts {
    pub(crate) fn new(store: Arc<dyn ArtifactStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, grown: broadcast::Sender::new(BEHIND), dispatcher: OnceLock::new() }
    }

    /// Sets what tells the machines.
    pub(crate) fn tell_by(&self, dispatcher: &Dispatcher) {
        let _ = self.dispatcher.set(dispatcher.clone());
    }

    async fn is_longer(&self, artifact: &ArtifactKey, than: u64) -> Result<bool> {
        Ok(self.store.append(artifact, 0, &[]).await? > than)
    }
}

/// Completes once an artifact may have grown.
async fn growth(grown: &mut broadcast::Receiver<ArtifactKey>, artifact: &ArtifactKey) {
    while grown.recv().await.is_ok_and(|one| &one != artifact) {}
}

#[async_trait]
impl ArtifactReader for LiveArtifacts {
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart> {
        self.store.read(artifact, from, most).await
    }

    async fn wait(&self, artifact: &ArtifactKey, from: u64, longest: Duration) -> Result<bool> {
        let end = self.clock.monotonic() + longest;
        // Registered before the first look, so that nothing is missed.
        let mut grown = self.grown.subscribe();
        loop {
            let is_longer = self.is_longer(artifact, from).await?;
            let now = self.clock.monotonic();
            if is_longer || now >= end {
                return Ok(is_longer);
            }
            if let Some(dispatcher) = self.dispatcher.get() {
                dispatcher.followed(artifact);
            }
            tokio::select! {
                () = growth(&mut grown, artifact) => {}
                () = self.clock.sleep_until(end.min(now + LOOK)) => {}
            }
        }
    }

    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>> {
        self.store.list(scope, task).await
    }
}

#[async_trait]
impl ArtifactStore for LiveArtifacts {
    async fn append(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<u64> {
        let length = self.store.append(artifact, at, bytes).await?;
        if !bytes.is_empty() && self.grown.receiver_count() > 0 {
            let _ = self.grown.send(artifact.clone());
        }
        Ok(length)
    }

    async fn remove(&self, scope: &Scope, task: &TaskId) -> Result<()> {
        self.store.remove(scope, task).await
    }

    async fn unchanged_since(&self, before: Timestamp) -> Result<Vec<(Scope, TaskId)>> {
        self.store.unchanged_since(before).await
    }
}
