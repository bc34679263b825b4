//! Upload of what a run leaves for people to where other machines can read it.

use super::disk::artifacts::LocalArtifacts;
use super::shared::Shared;
use crate::model::{ArtifactKey, ArtifactKind, RunId, Scope, TaskId};
use crate::store::{ArtifactReader, ArtifactStore, ErrorKind, Result, StoreError};
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Number of bytes of one request.
const PIECE: u64 = 256 << 10;
/// Longest time that a run or the end of the orchestrator waits for an upload. What is left is uploaded later.
const LONGEST: Duration = Duration::from_secs(10);

/// Artifacts that grow while a run lives.
pub(crate) const LIVE: &[ArtifactKind] = &[ArtifactKind::Log, ArtifactKind::Transcript];

/// Upload of the artifacts of one run, as far as it has come.
#[derive(Debug)]
pub(crate) struct Upload {
    scope: Scope,
    task: TaskId,
    run: RunId,
    sent: BTreeMap<ArtifactKind, Sent>,
}

/// How far the upload of an artifact has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// To this length.
    To(u64),
    /// To the bound of the store.
    Full,
}

impl Upload {
    pub(crate) fn of(scope: Scope, task: TaskId, run: RunId) -> Self {
        Self { scope, task, run, sent: BTreeMap::new() }
    }

    /// Uploads what is new of the artifacts of some kinds.
    pub(crate) async fn send(
        &mut self,
        files: &LocalArtifacts,
        store: &dyn ArtifactStore,
        kinds: &[ArtifactKind],
    ) -> Result<()> {
        for kind in kinds {
            let key = ArtifactKey::new(self.scope.clone(), self.task.clone(), self.run.clone(), *kind);
            // Forgotten unless all goes well: the next time begins with what the store says it has.
            let sent = self.sent.remove(kind);
            if let Some(sent) = send_one(&key, sent, files, store).await? {
                self.sent.insert(*kind, sent);
            }
        }
        Ok(())
    }
}

/// Uploads the rest of an artifact. Returns how far that came; `None` if there is no such artifact.
async fn send_one(
    key: &ArtifactKey,
    sent: Option<Sent>,
    files: &LocalArtifacts,
    store: &dyn ArtifactStore,
) -> Result<Option<Sent>> {
    let mut at = match sent {
        Some(Sent::Full) => return Ok(sent),
        Some(Sent::To(at)) => at,
        None => 0,
    };
    let mut is_known = sent.is_some();
    loop {
        let part = match files.read(key, at, PIECE).await {
            Err(error) if error.is_not_found() => return Ok(None),
            part => part?,
        };
        if part.bytes.is_empty() {
            return Ok(Some(Sent::To(at)));
        }
        // A short one is sent whole: the store leaves out what it has.
        if !is_known && part.total > PIECE {
            at = store.append(key, 0, &[]).await?.min(part.total);
            is_known = true;
            continue;
        }
        let end = at + part.bytes.len() as u64;
        let length = store.append(key, at, &part.bytes).await?;
        if length < end {
            return Ok(Some(Sent::Full));
        }
        (at, is_known) = (end, true);
    }
}

/// Uploads what is new of the log and the transcript of a run that is at work. Returns whether all is done; the rest is left to
/// the next time, or to the end of the run.
pub(crate) async fn send_live(shared: &Shared, upload: &mut Upload) -> bool {
    let Some(store) = &shared.artifacts else { return true };
    let files = local(shared);
    let sent = tokio::select! {
        sent = upload.send(&files, &**store, LIVE) => sent,
        () = shared.clock.sleep(LONGEST) => Err(StoreError::unavailable("it takes too long")),
    };
    if let Err(error) = &sent {
        tracing::debug!(run.id = %upload.run, %error, "what is new of a run's artifacts is not uploaded yet");
    }
    sent.is_ok()
}

/// Notes that the artifacts of a run are to be uploaded, by this process or a later one.
pub(crate) fn will_send(shared: &Shared, run: &RunId) {
    if shared.artifacts.is_none() {
        return;
    }
    let noted =
        fs::create_dir_all(shared.layout.uploads()).and_then(|()| fs::write(shared.layout.upload(run), ""));
    if let Err(error) = noted {
        tracing::warn!(run.id = %run, %error, "the artifacts of a run may not be uploaded");
    }
}

/// Returns the runs whose artifacts are still to be uploaded.
pub(crate) fn pending(shared: &Shared) -> Vec<RunId> {
    let entries = fs::read_dir(shared.layout.uploads()).into_iter().flatten().flatten();
    let mut runs: Vec<_> =
        entries.filter_map(|entry| RunId::new(entry.file_name().to_string_lossy()).ok()).collect();
    runs.sort();
    runs
}

/// Uploads what is left of runs that are over. Returns whether all is done.
pub(crate) async fn send_rest(shared: &Shared, runs: Vec<RunId>) -> bool {
    let Some(store) = &shared.artifacts else { return true };
    let files = local(shared);
    let mut all = true;
    for run in runs {
        let sent = match task_of(&run) {
            Some(task) => {
                let mut upload = Upload::of(shared.settings.scope.clone(), task, run.clone());
                upload.send(&files, &**store, &ArtifactKind::ALL).await
            }
            None => Ok(()),
        };
        match sent {
            Ok(()) => forget(shared, &run),
            // The task was deleted, or whatever answers there keeps no artifacts.
            Err(error) if *error.kind() == ErrorKind::NotFound => forget(shared, &run),
            Err(error) => {
                tracing::debug!(run.id = %run, %error, "the artifacts of a run are not uploaded yet");
                all = false;
                // The others would meet the same.
                break;
            }
        }
    }
    all
}

/// Waits for something for as long as the end of the orchestrator waits for an upload.
pub(crate) async fn bounded(shared: &Shared, sending: impl Future<Output = ()>) {
    tokio::select! {
        () = sending => {}
        () = shared.clock.sleep(LONGEST) => {
            tracing::info!("artifacts of runs are not uploaded yet; the next start goes on with them");
        }
    }
}

fn local(shared: &Shared) -> LocalArtifacts {
    LocalArtifacts::new(shared.layout.clone(), shared.settings.scope.clone())
}

fn task_of(run: &RunId) -> Option<TaskId> {
    TaskId::new(run.as_str().rsplit_once('.')?.0).ok()
}

fn forget(shared: &Shared, run: &RunId) {
    if let Err(error) = fs::remove_file(shared.layout.upload(run)) {
        tracing::debug!(run.id = %run, %error, "an upload that is done stays noted");
    }
}
