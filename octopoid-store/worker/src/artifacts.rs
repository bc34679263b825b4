//! Artifacts of runs: which there are is in the object's database, their bytes are in a bucket, or beside it where there is none.

use crate::database::ObjectDatabase;
use async_trait::async_trait;
use octopoid_core::clock::Clock;
use octopoid_core::model::{Artifact, ArtifactKey, RunId, Scope, TaskId, Timestamp};
use octopoid_core::store::{ArtifactBound, ArtifactPart, ArtifactReader, ArtifactStore, Result, StoreError};
use octopoid_store::sqlite::{HostDatabase as _, HostError, HostValue};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;
use worker::Bucket;
use worker::send::{IntoSendFuture as _, SendWrapper};

/// Largest part in one row, in bytes: the platform's bound is 2 MB.
const PART: usize = 1 << 20;
/// Bound on an artifact in the object.
const IN_OBJECT: ArtifactBound = ArtifactBound::new(4 << 20);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS artifacts (
        scope TEXT NOT NULL, task TEXT NOT NULL, run TEXT NOT NULL, kind TEXT NOT NULL,
        length INTEGER NOT NULL, changed_at INTEGER NOT NULL,
        PRIMARY KEY (scope, task, run, kind)
    ) STRICT, WITHOUT ROWID;
    -- The body is NULL where the bucket has it.
    CREATE TABLE IF NOT EXISTS artifact_parts (
        scope TEXT NOT NULL, task TEXT NOT NULL, run TEXT NOT NULL, kind TEXT NOT NULL,
        at INTEGER NOT NULL, length INTEGER NOT NULL, body BLOB,
        UNIQUE (scope, task, run, kind, at)
    ) STRICT;";

/// Store of the artifacts of a scope.
pub(crate) struct ObjectArtifacts {
    database: Arc<ObjectDatabase>,
    bucket: Option<SendWrapper<Bucket>>,
    clock: Arc<dyn Clock>,
    bound: ArtifactBound,
    /// Held while something is written: two machines may repeat the same append at once.
    writing: Mutex<()>,
}

impl fmt::Debug for ObjectArtifacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectArtifacts").field("bucket", &self.bucket.is_some()).finish_non_exhaustive()
    }
}

impl ObjectArtifacts {
    /// Returns the store in an object's database and a bucket.
    pub(crate) fn new(
        database: Arc<ObjectDatabase>,
        bucket: Option<Bucket>,
        bound: Option<ArtifactBound>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        database.execute(TABLES, &[]).map_err(failed)?;
        let usual = if bucket.is_some() { ArtifactBound::default() } else { IN_OBJECT };
        let bound = bound.unwrap_or(usual);
        Ok(Self { database, bucket: bucket.map(SendWrapper::new), clock, bound, writing: Mutex::default() })
    }

    fn query(&self, sql: &str, params: &[HostValue]) -> Result<Vec<Vec<HostValue>>> {
        self.database.execute(sql, params).map_err(failed)
    }

    fn length(&self, artifact: &ArtifactKey) -> Result<Option<u64>> {
        let sql = "SELECT length FROM artifacts WHERE scope = ?1 AND task = ?2 AND run = ?3 AND kind = ?4";
        let rows = self.query(sql, &names(artifact))?;
        Ok(rows.first().map(|row| number(row, 0)))
    }

    /// Writes one part, which begins where the artifact ends.
    async fn write(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<()> {
        let body = match &self.bucket {
            Some(bucket) => {
                let put = bucket.put(bucket_key(artifact, at), bytes.to_vec()).execute();
                put.into_send().await.map_err(unreachable)?;
                HostValue::Null
            }
            None => HostValue::Blob(bytes.to_vec()),
        };
        let length = bytes.len() as u64;
        let mut result = Ok(());
        let mut work = || {
            result = self.note(artifact, (at, length), &body);
            result.is_ok()
        };
        self.database.transaction(&mut work).map_err(failed)?;
        result
    }

    fn note(&self, artifact: &ArtifactKey, (at, length): (u64, u64), body: &HostValue) -> Result<()> {
        let sql = "INSERT INTO artifact_parts (scope, task, run, kind, at, length, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut params = names(artifact).to_vec();
        params.extend([int(at), int(length), body.clone()]);
        self.query(sql, &params)?;
        let sql = "INSERT INTO artifacts (scope, task, run, kind, length, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT DO UPDATE SET length = excluded.length, changed_at = excluded.changed_at";
        let mut params = names(artifact).to_vec();
        params.extend([int(at + length), HostValue::Integer(self.clock.now().as_millis())]);
        self.query(sql, &params).map(drop)
    }

    /// Returns the bytes of a part.
    async fn part(&self, artifact: &ArtifactKey, at: u64, body: HostValue) -> Result<Vec<u8>> {
        if let HostValue::Blob(bytes) = body {
            return Ok(bytes);
        }
        let gone = || StoreError::unavailable(format!("a part of the {artifact} is not in the bucket"));
        let bucket = self.bucket.as_ref().ok_or_else(gone)?;
        let read = async {
            let object = bucket.get(bucket_key(artifact, at)).execute().await?;
            match object.as_ref().and_then(|object| object.body()) {
                Some(body) => body.bytes().await.map(Some),
                None => Ok(None),
            }
        };
        read.into_send().await.map_err(unreachable)?.ok_or_else(gone)
    }
}

#[async_trait]
impl ArtifactReader for ObjectArtifacts {
    async fn read(&self, artifact: &ArtifactKey, from: u64, most: u64) -> Result<ArtifactPart> {
        let total = self.length(artifact)?.ok_or_else(|| StoreError::not_found(artifact))?;
        let end = from.saturating_add(most).min(total);
        if from >= end {
            return Ok(ArtifactPart::new(Vec::new(), total));
        }
        let sql = "SELECT at, length, body FROM artifact_parts
                    WHERE scope = ?1 AND task = ?2 AND run = ?3 AND kind = ?4 AND at < ?6 AND at + length > ?5 ORDER BY at";
        let mut params = names(artifact).to_vec();
        params.extend([int(from), int(end)]);
        let mut bytes = Vec::new();
        for mut row in self.query(sql, &params)? {
            let (at, length) = (number(&row, 0), number(&row, 1));
            let body = self.part(artifact, at, row.pop().unwrap_or(HostValue::Null)).await?;
            let within =
                |moment: u64| usize::try_from(moment.clamp(at, at + length) - at).unwrap_or_default();
            bytes.extend_from_slice(body.get(within(from)..within(end)).unwrap_or_default());
        }
        Ok(ArtifactPart::new(bytes, total))
    }

    async fn list(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Artifact>> {
        let sql = "SELECT run, kind, length, changed_at FROM artifacts WHERE scope = ?1 AND task = ?2";
        let mut found = Vec::new();
        for row in self.query(sql, &[text(scope), text(task)])? {
            let run = RunId::new(word(&row, 0)).map_err(damaged)?;
            let kind = word(&row, 1).parse().map_err(damaged)?;
            let at = Timestamp::from_millis(i64::try_from(number(&row, 3)).unwrap_or(i64::MAX));
            let key = ArtifactKey::new(scope.clone(), task.clone(), run, kind);
            found.push(Artifact::new(key, number(&row, 2), at));
        }
        let run =
            |run: &RunId| run.as_str().rsplit_once('.').and_then(|(_, number)| number.parse::<u64>().ok());
        found.sort_by_key(|artifact| (run(&artifact.run), artifact.run.clone(), artifact.kind));
        Ok(found)
    }
}

#[async_trait]
impl ArtifactStore for ObjectArtifacts {
    async fn append(&self, artifact: &ArtifactKey, at: u64, bytes: &[u8]) -> Result<u64> {
        let _turn = self.writing.lock().await;
        let mut length = self.length(artifact)?.unwrap_or_default();
        if bytes.is_empty() || self.bound.is_reached(length) {
            return Ok(length);
        }
        if at > length {
            return Err(StoreError::artifact_gap(artifact, length, at));
        }
        let there = usize::try_from(length - at).unwrap_or(usize::MAX);
        let Some(new) = bytes.get(there..).filter(|new| !new.is_empty()) else { return Ok(length) };
        let (fits, end) = self.bound.fit(length, new);
        for part in fits.chunks(PART).chain(end.map(str::as_bytes)) {
            self.write(artifact, length, part).await?;
            length += part.len() as u64;
        }
        Ok(length)
    }

    async fn remove(&self, scope: &Scope, task: &TaskId) -> Result<()> {
        let _turn = self.writing.lock().await;
        let of = [text(scope), text(task)];
        if let Some(bucket) = &self.bucket {
            let sql =
                "SELECT run, kind, at FROM artifact_parts WHERE scope = ?1 AND task = ?2 AND body IS NULL";
            for row in self.query(sql, &of)? {
                let run = RunId::new(word(&row, 0)).map_err(damaged)?;
                let kind = word(&row, 1).parse().map_err(damaged)?;
                let key = ArtifactKey::new(scope.clone(), task.clone(), run, kind);
                bucket.delete(bucket_key(&key, number(&row, 2))).into_send().await.map_err(unreachable)?;
            }
        }
        self.query("DELETE FROM artifact_parts WHERE scope = ?1 AND task = ?2", &of)?;
        self.query("DELETE FROM artifacts WHERE scope = ?1 AND task = ?2", &of).map(drop)
    }

    async fn unchanged_since(&self, before: Timestamp) -> Result<Vec<(Scope, TaskId)>> {
        let sql = "SELECT scope, task FROM artifacts GROUP BY scope, task HAVING max(changed_at) < ?1";
        let rows = self.query(sql, &[HostValue::Integer(before.as_millis())])?;
        let ids = |row: &Vec<HostValue>| {
            Ok((Scope::new(word(row, 0)).map_err(damaged)?, TaskId::new(word(row, 1)).map_err(damaged)?))
        };
        rows.iter().map(ids).collect()
    }
}

/// Returns the name of a part in the bucket.
fn bucket_key(artifact: &ArtifactKey, at: u64) -> String {
    let ArtifactKey { scope, task, run, kind, .. } = artifact;
    format!("{scope}/{task}/{run}/{kind}/{at:012}")
}

fn names(artifact: &ArtifactKey) -> [HostValue; 4] {
    [text(&artifact.scope), text(&artifact.task), text(&artifact.run), text(artifact.kind.as_str())]
}

fn text(text: impl fmt::Display) -> HostValue {
    HostValue::Text(text.to_string())
}

fn int(number: u64) -> HostValue {
    HostValue::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn number(row: &[HostValue], column: usize) -> u64 {
    match row.get(column) {
        Some(HostValue::Integer(number)) => u64::try_from(*number).unwrap_or_default(),
        _ => 0,
    }
}

fn word(row: &[HostValue], column: usize) -> &str {
    match row.get(column) {
        Some(HostValue::Text(text)) => text,
        _ => "",
    }
}

fn failed(error: HostError) -> StoreError {
    StoreError::unavailable("the artifacts cannot be read or written").with_source(error)
}

fn unreachable(error: worker::Error) -> StoreError {
    StoreError::unavailable("the bucket of the artifacts cannot be reached").with_source(error.to_string())
}

fn damaged(error: impl fmt::Display) -> StoreError {
    StoreError::internal("the database holds a value that makes no sense").with_source(error.to_string())
}
