//! Reading a log, and following it: a file here, or an artifact on the server.

use crate::error::{CliError, IoContext, Kind, Result};
use crate::task_logs::{Tail, TaskLogs};
use crate::tui::desk::Desk;
use crate::tui::event::{Data, Event, Log, Wanted};
use crate::watch::FolderWatch;
use octopoid_core::model::{ArtifactKey, ArtifactKind, RunId, TaskId};
use octopoid_core::store::{ArtifactReader, RunQuery};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The bytes at the end of an attempt's log that are shown.
const END: u64 = 512 << 10;
/// The same of what the orchestrator did.
const SUMMARY: u64 = 8 << 10;
/// Longest wait of one request for more of a log that grows on another machine.
const WAIT: Duration = Duration::from_secs(20);
/// Pause before the next such request, after one in vain.
const LOOK: Duration = Duration::from_secs(1);

/// Reads a log and sends it, and then what is added to it.
pub(super) async fn follow(desk: &Desk, wanted: Wanted, task: &TaskId, events: mpsc::Sender<Event>) {
    let (log, mut source) = match read(desk, &wanted, task).await {
        Ok(read) => read,
        Err(error) => {
            let _ = events.send(Event::Loaded(wanted, Data::Nothing(super::words(&error)))).await;
            return;
        }
    };
    if events.send(Event::Loaded(wanted.clone(), Data::Log(log))).await.is_err() {
        return;
    }
    while let Some(lines) = source.more().await {
        if !lines.is_empty() && events.send(Event::Logged(wanted.clone(), lines)).await.is_err() {
            return;
        }
    }
}

/// Where more of a log comes from.
enum Source {
    /// A file here, and the folder that it is in.
    File { tail: Tail, watch: FolderWatch },
    /// An artifact on the server.
    Artifact { artifacts: Arc<dyn ArtifactReader>, key: ArtifactKey, at: u64, open: Vec<u8> },
    /// Nothing is added.
    Over,
}

impl Source {
    /// Waits for more lines. Returns them; none once there will be no more.
    async fn more(&mut self) -> Option<Vec<String>> {
        match self {
            Source::File { tail, watch } => {
                watch.changed().await;
                lines(tail).ok()
            }
            Source::Artifact { artifacts, key, at, open } => {
                if !artifacts.wait(key, *at, WAIT).await.unwrap_or(false) {
                    tokio::time::sleep(LOOK).await;
                }
                // A server that does not answer may do so the next time.
                let part = artifacts.read(key, *at, END).await.unwrap_or_default();
                *at += part.bytes.len() as u64;
                open.extend(part.bytes);
                Some(whole_lines(open))
            }
            Source::Over => None,
        }
    }
}

/// Reads a log so far. Returns it with where more of it comes from.
async fn read(desk: &Desk, wanted: &Wanted, task: &TaskId) -> Result<(Log, Source)> {
    let runs = desk.store.list_runs(&RunQuery::new(desk.scope.clone()).of_task(task.clone())).await?;
    let here = desk.installation.as_ref().map(|installation| TaskLogs {
        layout: &installation.layout,
        task,
        runs: runs.iter().map(|run| run.number).max().unwrap_or_default(),
    });
    let there = there(desk, task).await?;
    let mut attempts = here.as_ref().map(TaskLogs::attempts).unwrap_or_default();
    attempts.extend(there.keys());
    attempts.sort_unstable();
    attempts.dedup();
    let newest = runs.iter().find(|run| run.role.is_some() && attempts.contains(&run.number));
    let chosen = wanted.attempt.or(newest.map(|run| run.number));
    let mut log = Log { attempts, ..Log::default() };
    if wanted.attempt.is_none()
        && let Some(path) = here.as_ref().and_then(TaskLogs::summary)
    {
        log.summary = lines(&mut Tail::of_end(path, SUMMARY).doing("read the log")?.0)?;
    }
    let Some(number) = chosen else { return Ok((log, Source::Over)) };
    if let Some(path) = here.map(|logs| logs.path(number)).filter(|path| path.exists()) {
        return of_file(log, number, path);
    }
    match (&desk.artifacts, there.get(&number)) {
        (Some(artifacts), Some(bytes)) => {
            of_artifact(log, number, artifacts, key(desk, task, number), *bytes).await
        }
        _ => Err(CliError::new(
            Kind::NotFound,
            format!("the log of attempt {number} is neither here nor on the server"),
        )
        .hint("it is on the machine that did the work; `octopoid logs` prints it there")),
    }
}

/// Reads which attempts have a log on the server, and how long each is.
async fn there(desk: &Desk, task: &TaskId) -> Result<BTreeMap<u32, u64>> {
    let Some(artifacts) = &desk.artifacts else { return Ok(BTreeMap::new()) };
    let all = artifacts.list(&desk.scope, task).await?;
    let logs = all.into_iter().filter(|one| one.kind == ArtifactKind::Log);
    Ok(logs.filter_map(|one| Some((number(task, &one.run)?, one.bytes))).collect())
}

/// Returns the number of a task's run.
pub(super) fn number(task: &TaskId, run: &RunId) -> Option<u32> {
    run.as_str().strip_prefix(task.as_str())?.strip_prefix('.')?.parse().ok()
}

fn key(desk: &Desk, task: &TaskId, number: u32) -> ArtifactKey {
    ArtifactKey::new(desk.scope.clone(), task.clone(), RunId::of(task, number), ArtifactKind::Log)
}

fn of_file(mut log: Log, number: u32, path: PathBuf) -> Result<(Log, Source)> {
    let watch = path.parent().map(FolderWatch::new);
    let (mut tail, is_cut) = Tail::of_end(path, END).doing("read the log")?;
    (log.attempt, log.is_cut) = (Some((number, lines(&mut tail)?)), is_cut);
    Ok((log, watch.map_or(Source::Over, |watch| Source::File { tail, watch })))
}

async fn of_artifact(
    mut log: Log,
    number: u32,
    artifacts: &Arc<dyn ArtifactReader>,
    key: ArtifactKey,
    length: u64,
) -> Result<(Log, Source)> {
    let start = length.saturating_sub(END);
    let (mut at, mut open) = (start, Vec::new());
    loop {
        let part = artifacts.read(&key, at, END).await?;
        if part.bytes.is_empty() {
            break;
        }
        at += part.bytes.len() as u64;
        open.extend(part.bytes);
    }
    let mut lines = whole_lines(&mut open);
    if start > 0 && !lines.is_empty() {
        // It was cut somewhere in the first one.
        lines.remove(0);
    }
    (log.attempt, log.is_cut) = (Some((number, lines)), start > 0);
    Ok((log, Source::Artifact { artifacts: artifacts.clone(), key, at, open }))
}

/// Reads the new whole lines of a file.
fn lines(tail: &mut Tail) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    tail.read(|line| {
        lines.push(line.to_owned());
        Ok(())
    })
    .doing("read the log")?;
    Ok(lines)
}

/// Takes the whole lines off the beginning of some bytes.
fn whole_lines(open: &mut Vec<u8>) -> Vec<String> {
    let end = open.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let whole: Vec<u8> = open.drain(..end).collect();
    String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
}
