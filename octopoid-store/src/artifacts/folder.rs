//! The store of artifacts in a folder.

use super::addition::addition;
use super::age::old_tasks;
use super::name::{folder_name, id_of};
use async_trait::async_trait;
use octopoid_core::model::{Artifact, ArtifactKey, ArtifactKind, RunId, Scope, TaskId, Timestamp};
use octopoid_core::store::{ArtifactBound, ArtifactPart, ArtifactReader, ArtifactStore, Result, StoreError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Store of artifacts in a folder: a file for each, at `scope/task/run/kind`.
///
/// A file only ever grows at its end, so that a killed server leaves the beginning of it. One process at a time uses the folder.
#[derive(Debug, Clone)]
pub struct FolderArtifacts {
    folder: PathBuf,
    bound: ArtifactBound,
    /// Held while something is written: two machines may repeat the same append at once.
    writing: Arc<Mutex<()>>,
}

impl FolderArtifacts {
    /// Returns the store in a folder, which is created with the first artifact.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), bound: ArtifactBound::default(), writing: Arc::default() }
    }

    /// Sets the bound on the length of an artifact. Default: 16 MiB.
    #[must_use]
    pub fn with_bound(mut self, bound: ArtifactBound) -> Self {
        self.bound = bound;
        self
    }

    fn task_folder(&self, scope: &Scope, task: &TaskId) -> PathBuf {
        self.folder.join(folder_name(scope.as_str())).join(folder_name(task.as_str()))
    }

    fn path(&self, artifact: &ArtifactKey) -> PathBuf {
        let run = folder_name(artifact.run.as_str());
        self.task_folder(&artifact.scope, &artifact.task).join(run).join(artifact.kind.as_str())
    }

    /// Does something with files, away from the threads that must not block.
    async fn on_disk<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        match tokio::task::spawn_blocking(move || work(&this)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Failure::Refused(error))) => Err(error),
            Ok(Err(Failure::Disk(error))) => {
                Err(StoreError::unavailable(format!("the artifacts cannot be {what}")).with_source(error))
            }
            Err(error) => Err(StoreError::internal("a thread of the artifacts ended").with_source(error)),
        }
    }

    fn append_now(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<u64, Failure> {
        let path = self.path(artifact);
        if bytes.is_empty() {
            return Ok(length_of(&path)?);
        }
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let length = length_of(&path)?;
        let added = addition(self.bound, artifact, length, at, bytes).map_err(Failure::Refused)?;
        let Some((fits, line)) = added else { return Ok(length) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(fits)?;
        file.write_all(line.as_bytes())?;
        Ok(length + (fits.len() + line.len()) as u64)
    }

    fn list_now(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>, Failure> {
        let mut found = Vec::new();
        for folder in entries(&self.task_folder(scope, task))? {
            let Some(run) = id_of(&name(&folder)).and_then(|id| RunId::new(id).ok()) else { continue };
            for file in entries(&folder)? {
                let Ok(kind) = name(&file).parse::<ArtifactKind>() else { continue };
                let metadata = file.metadata()?;
                let key = ArtifactKey::new(scope.clone(), task.clone(), run.clone(), kind);
                found.push(Artifact::new(key, metadata.len(), timestamp(metadata.modified()?)));
            }
        }
        let number =
            |run: &RunId| run.as_str().rsplit_once('.').and_then(|(_, number)| number.parse::<u64>().ok());
        found.sort_by_key(|artifact| (number(&artifact.run), artifact.run.clone(), artifact.kind));
        Ok(found)
    }
}

/// Reason why something was not done.
enum Failure {
    Refused(StoreError),
    Disk(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

#[async_trait]
impl ArtifactReader for FolderArtifacts {
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart> {
        let artifact = artifact.clone();
        self.on_disk("read", move |this| match read_part(&this.path(&artifact), from, most) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Failure::Refused(StoreError::not_found(artifact)))
            }
            part => Ok(part?),
        })
        .await
    }

    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>> {
        let (scope, task) = (scope.clone(), task.clone());
        self.on_disk("listed", move |this| this.list_now(&scope, &task)).await
    }
}

#[async_trait]
impl ArtifactStore for FolderArtifacts {
    async fn append(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<u64> {
        let (artifact, bytes) = (artifact.clone(), bytes.to_vec());
        self.on_disk("written", move |this| this.append_now(&artifact, at, &bytes)).await
    }

    async fn remove(&self, scope: &Scope, task: &TaskId) -> Result<()> {
        let folder = self.task_folder(scope, task);
        self.on_disk("removed", move |this| {
            let _turn = this.writing.lock().unwrap_or_else(PoisonError::into_inner);
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn unchanged_since(&self, before: Timestamp) -> Result<Vec<(Scope, TaskId)>> {
        self.on_disk("listed", move |this| {
            let old = old_tasks(&this.folder, before)?;
            let ids = |(scope, task): (PathBuf, PathBuf)| {
                let scope = Scope::new(id_of(&name(&scope))?).ok()?;
                Some((scope, TaskId::new(id_of(&name(&task))?).ok()?))
            };
            Ok(old.into_iter().filter_map(ids).collect())
        })
        .await
    }
}

fn length_of(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn read_part(path: &Path, from: u64, most: u64) -> io::Result<ArtifactPart> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let total = file.metadata()?.len();
    if from < total {
        file.seek(SeekFrom::Start(from))?;
        file.take(most.min(total - from)).read_to_end(&mut bytes)?;
    }
    Ok(ArtifactPart::new(bytes, total))
}

/// Returns what is in a folder; nothing if it does not exist.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(super) fn timestamp(at: SystemTime) -> Timestamp {
    let millis = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
