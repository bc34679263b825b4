//! Artifacts of the runs on this machine: the files that are there.

use super::layout::{Layout, artifact_of_file};
use crate::model::{Artifact, ArtifactKey, RunId, Scope, TaskId, Timestamp};
use crate::orchestrator::shared::blocking;
use crate::store::{ArtifactPart, ArtifactReader, Result, StoreError};
use async_trait::async_trait;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Reader of the artifacts of the runs on this machine: the files that are there.
#[derive(Debug, Clone)]
pub struct LocalArtifacts {
    layout: Layout,
    scope: Scope,
}

impl LocalArtifacts {
    /// Returns a reader of an installation's files, whose tasks are in this scope.
    pub fn new(layout: Layout, scope: Scope) -> Self {
        Self { layout, scope }
    }

    /// Returns the path of an artifact; `None` for one of another scope, and for the id of a run that is not of its task.
    pub fn path(&self, artifact: &ArtifactKey) -> Option<PathBuf> {
        let number = artifact.run.as_str().rsplit_once('.')?.1.parse().ok()?;
        let is_ours = artifact.scope == self.scope && RunId::of(&artifact.task, number) == artifact.run;
        is_ours.then(|| self.layout.artifact(&artifact.task, number, artifact.kind))
    }
}

#[async_trait]
impl ArtifactReader for LocalArtifacts {
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart> {
        let missing = || StoreError::not_found(artifact);
        let path = self.path(artifact).ok_or_else(missing)?;
        match blocking(move || read_part(&path, from, most)).await {
            Ok(part) => Ok(part),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(missing()),
            Err(error) => {
                Err(StoreError::unavailable(format!("the {artifact} cannot be read")).with_source(error))
            }
        }
    }

    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>> {
        if *scope != self.scope {
            return Ok(Vec::new());
        }
        let (layout, scope, wanted) = (self.layout.clone(), scope.clone(), task.clone());
        let found = blocking(move || find(&layout, &scope, &wanted)).await;
        found.map_err(|error| {
            StoreError::unavailable(format!("the artifacts of {task} cannot be listed")).with_source(error)
        })
    }
}

/// Reads a part of a file that may still grow.
pub(crate) fn read_part(path: &Path, from: u64, most: u64) -> io::Result<ArtifactPart> {
    let mut file = File::open(path)?;
    let total = file.metadata()?.len();
    let mut bytes = Vec::new();
    if from < total {
        file.seek(SeekFrom::Start(from))?;
        file.take(most).read_to_end(&mut bytes)?;
    }
    // It may have grown meanwhile.
    let total = total.max(from.min(total) + bytes.len() as u64);
    Ok(ArtifactPart::new(bytes, total))
}

fn find(layout: &Layout, scope: &Scope, task: &TaskId) -> io::Result<Vec<Artifact>> {
    let entries = match fs::read_dir(layout.artifacts(task)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Some((number, kind)) = entry.file_name().to_str().and_then(artifact_of_file) else { continue };
        let metadata = entry.metadata()?;
        if metadata.is_file() {
            let key = ArtifactKey::new(scope.clone(), task.clone(), RunId::of(task, number), kind);
            let artifact = Artifact::new(key, metadata.len(), timestamp(metadata.modified()?));
            found.push((number, artifact));
        }
    }
    found.sort_by_key(|(number, artifact)| (*number, artifact.kind));
    Ok(found.into_iter().map(|(_, artifact)| artifact).collect())
}

fn timestamp(at: SystemTime) -> Timestamp {
    let millis = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ArtifactKind;

    #[tokio::test]
    async fn i13_each_run_has_its_own_files_which_are_read_by_ranges() {
        let folder = tempfile::tempdir().unwrap();
        let (layout, scope, task) = (Layout::new(folder.path()), Scope::single(), TaskId::numbered(1));
        fs::create_dir_all(layout.artifacts(&task)).unwrap();
        for number in [10, 2] {
            fs::write(layout.artifact(&task, number, ArtifactKind::TestOutput), "ok\n").unwrap();
            fs::write(layout.attempt_log(&task, number), format!("attempt {number}")).unwrap();
        }
        for name in ["notes.txt", "attempt-x.log", "attempt-3.setup.log", "attempt-2.jsonl.new"] {
            fs::write(layout.artifacts(&task).join(name), "not one").unwrap();
        }
        let artifacts = LocalArtifacts::new(layout, scope.clone());
        let listed = artifacts.list(&scope, &task).await.unwrap();
        let names: Vec<_> = listed.iter().map(|artifact| artifact.key().to_string()).collect();
        assert_eq!(
            names,
            ["log of task-1.2", "test_output of task-1.2", "log of task-1.10", "test_output of task-1.10"]
        );
        let log = listed[2].key();
        assert_eq!(artifacts.read(&log, 8, 100).await.unwrap(), ArtifactPart::new(b"10".to_vec(), 10));
        assert_eq!(artifacts.read(&log, 0, 3).await.unwrap(), ArtifactPart::new(b"att".to_vec(), 10));
        assert_eq!(artifacts.read(&log, 99, 3).await.unwrap(), ArtifactPart::new(Vec::new(), 10));

        let other = Scope::new("other").unwrap();
        let foreign = ArtifactKey { scope: other.clone(), ..log.clone() };
        assert!(artifacts.read(&foreign, 0, 3).await.unwrap_err().is_not_found());
        assert!(artifacts.list(&other, &task).await.unwrap().is_empty());
        let of_other_task = ArtifactKey { run: RunId::new("task-2.10").unwrap(), ..log };
        assert!(artifacts.read(&of_other_task, 0, 3).await.unwrap_err().is_not_found());
    }
}
