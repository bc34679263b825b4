//! The files that runs have left, on this machine or on the server.

use crate::environment::Environment;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use octopoid_core::model::{ArtifactKey, ArtifactKind, RunId, TaskId};
use octopoid_core::orchestrator::LocalArtifacts;
use octopoid_core::store::ArtifactReader;

/// The most that is read at once.
const PART: u64 = 1 << 20;

/// Reader of what runs have left: the files here, and where a run was on another machine, what the server has of it.
#[derive(Debug)]
pub(crate) struct Artifacts<'a> {
    installation: &'a Installation,
    environment: &'a Environment,
}

impl<'a> Artifacts<'a> {
    pub(crate) fn new(installation: &'a Installation, environment: &'a Environment) -> Self {
        Self { installation, environment }
    }

    /// Reads an artifact as text; none if there is no such file, here or on the server.
    pub(crate) async fn text(
        &self,
        task: &TaskId,
        run: &RunId,
        kind: ArtifactKind,
    ) -> Result<Option<String>> {
        let key = ArtifactKey::new(self.installation.scope(), task.clone(), run.clone(), kind);
        let local = LocalArtifacts::new(self.installation.layout.clone(), self.installation.scope());
        if let Some(text) = whole(&local, &key).await? {
            return Ok(Some(text));
        }
        match self.installation.connection(self.environment)? {
            Some(connection) => whole(&connection.open().await?, &key).await,
            None => Ok(None),
        }
    }
}

async fn whole(reader: &dyn ArtifactReader, key: &ArtifactKey) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        let part = match reader.read(key, bytes.len() as u64, PART).await {
            Ok(part) => part,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(CliError::from(error)),
        };
        if part.bytes.is_empty() {
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
        bytes.extend(part.bytes);
    }
}
