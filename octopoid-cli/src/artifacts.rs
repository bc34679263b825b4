//! The artifacts of tasks, wherever they are: in files here, or on the server.

mod lines;

pub(crate) use lines::ArtifactLines;

use crate::environment::Environment;
use crate::error::Result as CliResult;
use crate::installation::Installation;
use async_trait::async_trait;
use octopoid_core::model::{Artifact, ArtifactKey, ArtifactKind, RunId, Scope, TaskId};
use octopoid_core::orchestrator::LocalArtifacts;
use octopoid_core::store::{ArtifactPart, ArtifactReader, Result, StoreError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The number of bytes that are read at once.
const PART: u64 = 1 << 20;

/// Reader of artifacts: the files here come first, since they are the newest, and then those that the server has.
#[derive(Debug, Clone)]
pub(crate) struct Artifacts {
    files: Option<LocalArtifacts>,
    server: Option<Arc<dyn ArtifactReader>>,
}

impl Artifacts {
    pub(crate) fn new(files: Option<LocalArtifacts>, server: Option<Arc<dyn ArtifactReader>>) -> Self {
        Self { files, server }
    }

    /// Returns the reader of an installation.
    pub(crate) async fn of(installation: &Installation, environment: &Environment) -> CliResult<Self> {
        let files = LocalArtifacts::new(installation.layout.clone(), installation.scope());
        let server: Option<Arc<dyn ArtifactReader>> = match installation.connection(environment)? {
            Some(connection) => Some(Arc::new(connection.open().await?)),
            None => None,
        };
        Ok(Self::new(Some(files), server))
    }

    /// Reads an artifact as text; none if there is no such file, here or on the server.
    pub(crate) async fn text(&self, artifact: &ArtifactKey) -> Result<Option<String>> {
        let mut bytes = Vec::new();
        loop {
            let part = match self.read(artifact, bytes.len() as u64, PART).await {
                Err(error) if error.is_not_found() => return Ok(None),
                part => part?,
            };
            if part.bytes.is_empty() {
                return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
            }
            bytes.extend(part.bytes);
        }
    }

    /// Returns the file of an artifact that is here.
    pub(crate) fn file(&self, artifact: &ArtifactKey) -> Option<PathBuf> {
        self.files.as_ref()?.path(artifact).filter(|path| path.exists())
    }

    /// Returns whether only the server can have an artifact.
    pub(crate) fn is_elsewhere(&self, artifact: &ArtifactKey) -> bool {
        self.server.is_some() && self.file(artifact).is_none()
    }

    /// Returns the numbers of a task's runs that have an artifact of a kind, in order.
    pub(crate) async fn runs_with(
        &self,
        scope: &Scope,
        task: &TaskId,
        kind: ArtifactKind,
    ) -> Result<Vec<u32>> {
        let all = self.list(scope, task).await?;
        let mut numbers: Vec<_> =
            all.iter().filter(|one| one.kind == kind).filter_map(|one| number_of(task, &one.run)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }
}

/// Returns the number of a task's run.
fn number_of(task: &TaskId, run: &RunId) -> Option<u32> {
    run.as_str().strip_prefix(task.as_str())?.strip_prefix('.')?.parse().ok()
}

#[async_trait]
impl ArtifactReader for Artifacts {
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart> {
        let here = match &self.files {
            Some(files) => files.read(artifact, from, most).await,
            None => Err(StoreError::not_found(artifact)),
        };
        match (&self.server, here) {
            (Some(server), Err(error)) if error.is_not_found() => server.read(artifact, from, most).await,
            (_, here) => here,
        }
    }

    /// Waits on the server; what is here is not waited for.
    async fn wait(&self, artifact: &ArtifactKey, from: u64, longest: Duration) -> Result<bool> {
        match &self.server {
            Some(server) if self.is_elsewhere(artifact) => server.wait(artifact, from, longest).await,
            _ => Ok(false),
        }
    }

    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>> {
        let mut all = BTreeMap::new();
        if let Some(server) = &self.server {
            all.extend(server.list(scope, task).await?.into_iter().map(|one| (one.key(), one)));
        }
        if let Some(files) = &self.files {
            all.extend(files.list(scope, task).await?.into_iter().map(|one| (one.key(), one)));
        }
        Ok(all.into_values().collect())
    }
}
