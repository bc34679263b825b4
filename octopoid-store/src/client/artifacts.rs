//! Artifacts of runs.

use super::HttpStore;
use super::call::Call;
use crate::wire::{ArtifactLength, Artifacts, LONGEST_WAIT};
use async_trait::async_trait;
use octopoid_core::model::{Artifact, ArtifactKey, Scope, TaskId, Timestamp};
use octopoid_core::store::{ArtifactPart, ArtifactReader, ArtifactStore, Result};
use std::time::Duration;

fn path(artifact: &ArtifactKey) -> String {
    format!("runs/{}/artifacts/{}", artifact.run, artifact.kind)
}

#[async_trait]
impl ArtifactReader for HttpStore {
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart> {
        let call = Call::get(path(artifact)).with("scope", &artifact.scope);
        self.get_part(call.with("from", from).with("length", most)).await
    }

    async fn wait(&self, artifact: &ArtifactKey, from: u64, longest: Duration) -> Result<bool> {
        let call =
            Call::get(path(artifact)).with("scope", &artifact.scope).with("from", from).with("length", 0);
        let found = self.get_part(call.waiting(longest.as_secs().min(LONGEST_WAIT))).await;
        match found {
            Ok(part) => Ok(part.total > from),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>> {
        let call = Call::get(format!("tasks/{task}/artifacts")).with("scope", scope);
        let found: Artifacts = self.get(call).await?;
        Ok(found.artifacts)
    }
}

#[async_trait]
impl ArtifactStore for HttpStore {
    async fn append(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<u64> {
        let call = Call::put_bytes(path(artifact), bytes.to_vec()).with("scope", &artifact.scope);
        let ArtifactLength { length } = self.get(call.with("at", at)).await?;
        Ok(length)
    }

    async fn remove(&self, scope: &Scope, task: &TaskId) -> Result<()> {
        self.delete(format!("tasks/{task}/artifacts"), scope).await
    }

    /// Returns nothing: the server removes old artifacts by itself.
    async fn unchanged_since(&self, _: Timestamp) -> Result<Vec<(Scope, TaskId)>> {
        Ok(Vec::new())
    }
}
