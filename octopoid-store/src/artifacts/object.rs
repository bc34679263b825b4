//! The store of artifacts in the cloud: S3 and what speaks its language, Google Cloud Storage, Azure.

mod bucket;
mod piece;

use super::addition::addition;
use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use octopoid_core::model::{Artifact, ArtifactKey, ArtifactKind, RunId, Scope, TaskId, Timestamp};
use octopoid_core::store::{ArtifactBound, ArtifactPart, ArtifactReader, ArtifactStore, Result, StoreError};
use piece::{Location, Piece, whole};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Length of every object of an artifact but the last, in bytes.
const PIECE: usize = 1 << 20;
/// Number of times that an append is tried again after another one was first.
const TIMES: u32 = 8;

/// Store of artifacts in a bucket.
///
/// An object cannot be appended to, so an artifact is a row of them, `scope/task/run/kind/position`, each of 1 MiB but the last, which is
/// replaced as it grows. A write is refused by the bucket where another server was first, so several may use it at once (I04).
#[derive(Debug, Clone)]
pub struct ObjectArtifacts {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    bound: ArtifactBound,
}

impl ObjectArtifacts {
    /// Opens the store at a URL, such as `s3://bucket/folder`, `gs://bucket/folder` or `azure://container/folder`, and looks whether it
    /// answers.
    ///
    /// Credentials, the region and the like are taken from `environment`, under the names that the programs of the provider use, such as
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` and, for other providers of the S3 interface, `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// `Invalid` for a URL of another kind or settings that are missing; `Unavailable` where it does not answer or refuses.
    pub async fn open(url: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let (objects, prefix) = bucket::open(url, environment)?;
        let store = Self { objects, prefix, bound: ArtifactBound::default() };
        let mut some = store.objects.list(Some(&store.prefix));
        match some.next().await {
            None | Some(Ok(_)) => Ok(store),
            Some(Err(error)) => Err(failed(&format!("`{}` cannot be used", bucket::shown(url)), error)),
        }
    }

    /// Sets the bound on the length of an artifact. Default: 16 MiB.
    #[must_use]
    pub fn with_bound(mut self, bound: ArtifactBound) -> Self {
        self.bound = bound;
        self
    }

    /// Returns the pieces of an artifact, in order.
    async fn pieces(&self, artifact: &ArtifactKey) -> Result<Vec<Piece>> {
        let prefix = Location::of(artifact).below(&self.prefix);
        let found: Vec<ObjectMeta> =
            self.objects.list(Some(&prefix)).try_collect().await.map_err(unreadable)?;
        Ok(whole(found.iter().filter_map(Piece::of)))
    }

    /// Appends once. `None` if another append was first.
    async fn append_once(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<Option<u64>> {
        let pieces = self.pieces(artifact).await?;
        let length = pieces.last().map_or(0, Piece::end);
        let Some((fits, line)) = addition(self.bound, artifact, length, at, bytes)? else {
            return Ok(Some(length));
        };
        let open = pieces.last().filter(|piece| piece.length < PIECE as u64);
        let (start, mut data) = match open {
            Some(piece) => {
                let path = piece.path(artifact, &self.prefix);
                let data = self.objects.get_range(&path, 0..piece.length).await.map_err(unreadable)?;
                (piece.start, data.to_vec())
            }
            None => (length, Vec::new()),
        };
        data.extend_from_slice(fits);
        data.extend_from_slice(line.as_bytes());
        let end = start + data.len() as u64;
        // A server that is killed in between leaves the beginning of it.
        for (number, chunk) in data.chunks(PIECE).enumerate() {
            let mode = match open {
                Some(piece) if number == 0 => PutMode::Update(piece.version.clone()),
                _ => PutMode::Create,
            };
            let path = Piece::path_at(start + (number * PIECE) as u64, artifact, &self.prefix);
            let payload = PutPayload::from(chunk.to_vec());
            match self.objects.put_opts(&path, payload, PutOptions::from(mode)).await {
                Ok(_) => {}
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. }) => {
                    return Ok(None);
                }
                Err(error) => return Err(failed("the artifacts cannot be written", error)),
            }
        }
        Ok(Some(end))
    }

    /// Returns everything below a prefix, with where it belongs.
    async fn below(&self, prefix: &Path) -> Result<Vec<(Location, ObjectMeta)>> {
        let found: Vec<ObjectMeta> =
            self.objects.list(Some(prefix)).try_collect().await.map_err(unreadable)?;
        let place = |meta: ObjectMeta| Some((Location::read(&meta.location, &self.prefix)?, meta));
        Ok(found.into_iter().filter_map(place).collect())
    }
}

#[async_trait]
impl ArtifactReader for ObjectArtifacts {
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart> {
        let pieces = self.pieces(artifact).await?;
        let Some(total) = pieces.last().map(Piece::end) else { return Err(StoreError::not_found(artifact)) };
        let Some(piece) = pieces.iter().find(|piece| piece.start <= from && from < piece.end() && most > 0)
        else {
            return Ok(ArtifactPart::new(Vec::new(), total));
        };
        let begin = from - piece.start;
        let range = begin..piece.length.min(begin.saturating_add(most));
        let bytes = self.objects.get_range(&piece.path(artifact, &self.prefix), range).await;
        Ok(ArtifactPart::new(bytes.map_err(unreadable)?.to_vec(), total))
    }

    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>> {
        let prefix = self.prefix.clone().join(scope.as_str()).join(task.as_str());
        let mut found: BTreeMap<(u64, RunId, ArtifactKind), (u64, i64)> = BTreeMap::new();
        for (location, meta) in self.below(&prefix).await? {
            let number = location.run.as_str().rsplit_once('.').and_then(|(_, number)| number.parse().ok());
            let (bytes, at) = found.entry((number.unwrap_or(0), location.run, location.kind)).or_default();
            (*bytes, *at) = (*bytes + meta.size, (*at).max(meta.last_modified.timestamp_millis()));
        }
        let artifact = |((_, run, kind), (bytes, at))| {
            let key = ArtifactKey::new(scope.clone(), task.clone(), run, kind);
            Artifact::new(key, bytes, Timestamp::from_millis(at))
        };
        Ok(found.into_iter().map(artifact).collect())
    }
}

#[async_trait]
impl ArtifactStore for ObjectArtifacts {
    async fn append(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<u64> {
        if bytes.is_empty() {
            return Ok(self.pieces(artifact).await?.last().map_or(0, Piece::end));
        }
        for _ in 0..TIMES {
            if let Some(length) = self.append_once(artifact, at, bytes).await? {
                return Ok(length);
            }
        }
        Err(StoreError::unavailable("others write the same artifact all the time"))
    }

    async fn remove(&self, scope: &Scope, task: &TaskId) -> Result<()> {
        let prefix = self.prefix.clone().join(scope.as_str()).join(task.as_str());
        let found = self.objects.list(Some(&prefix)).map_ok(|meta| meta.location).boxed();
        let removed = self.objects.delete_stream(found).try_for_each(|_| std::future::ready(Ok(()))).await;
        match removed {
            Err(Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(failed("the artifacts cannot be removed", error)),
        }
    }

    async fn unchanged_since(&self, before: Timestamp) -> Result<Vec<(Scope, TaskId)>> {
        let mut newest: BTreeMap<(Scope, TaskId), i64> = BTreeMap::new();
        for (location, meta) in self.below(&self.prefix).await? {
            let at = newest.entry((location.scope, location.task)).or_insert(i64::MIN);
            *at = (*at).max(meta.last_modified.timestamp_millis());
        }
        Ok(newest.into_iter().filter(|(_, at)| *at < before.as_millis()).map(|(task, _)| task).collect())
    }
}

fn unreadable(error: Error) -> StoreError {
    failed("the artifacts cannot be read", error)
}

fn failed(what: &str, error: Error) -> StoreError {
    StoreError::unavailable(what.to_owned()).with_source(error)
}
