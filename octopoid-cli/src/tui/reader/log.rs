//! Reading a log, and following it.

use crate::error::Result;
use crate::installation::Installation;
use crate::task_logs::{Tail, TaskLogs};
use crate::tui::desk::Desk;
use crate::tui::event::{Data, Event, Log, Wanted};
use crate::watch::FolderWatch;
use octopoid_core::model::{ArtifactKind, TaskId};
use octopoid_core::store::RunQuery;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// The bytes at the end of an attempt's log that are shown.
const END: u64 = 512 << 10;
/// The same of what the orchestrator did.
const SUMMARY: u64 = 8 << 10;

/// Reads a log and sends it, and then what is added to it.
pub(super) async fn follow(desk: &Desk, wanted: Wanted, task: &TaskId, events: mpsc::Sender<Event>) {
    let Some(installation) = &desk.installation else {
        let words =
            "logs are on the machine that does the work\nrun `octopoid dashboard` or `octopoid logs` there";
        let _ = events.send(Event::Loaded(wanted, Data::Nothing(words.to_owned()))).await;
        return;
    };
    let (log, tail) = match read(desk, installation, &wanted, task).await {
        Ok(read) => read,
        Err(error) => {
            let _ = events.send(Event::Loaded(wanted, Data::Nothing(super::words(&error)))).await;
            return;
        }
    };
    if events.send(Event::Loaded(wanted.clone(), Data::Log(log))).await.is_err() {
        return;
    }
    let Some((mut tail, folder)) = tail else { return };
    let mut watch = FolderWatch::new(&folder);
    loop {
        let mut lines = Vec::new();
        let read = tail.read(|line| {
            lines.push(line.to_owned());
            Ok(())
        });
        if !lines.is_empty() && events.send(Event::Logged(wanted.clone(), lines)).await.is_err() {
            return;
        }
        // A log that is gone gets no more lines.
        if read.is_err() {
            return;
        }
        watch.changed().await;
    }
}

/// Reads a log so far. Returns it with the file to follow and the folder to watch.
async fn read(
    desk: &Desk,
    installation: &Installation,
    wanted: &Wanted,
    task: &TaskId,
) -> Result<(Log, Option<(Tail, PathBuf)>)> {
    let runs = desk.store.list_runs(&RunQuery::new(desk.scope.clone()).of_task(task.clone())).await?;
    let logs = TaskLogs {
        kind: ArtifactKind::Log,
        layout: &installation.layout,
        task,
        runs: runs.iter().map(|run| run.number).max().unwrap_or_default(),
        newest: runs.iter().find(|run| run.role.is_some()).map(|run| run.number),
    };
    let mut log = Log { attempts: logs.attempts(), ..Log::default() };
    let chosen = match wanted.attempt {
        Some(number) => Some(logs.attempt(number)?),
        None => logs.newest(),
    };
    if wanted.attempt.is_none()
        && let Some(path) = logs.summary()
    {
        log.summary = lines(path, SUMMARY)?.0;
    }
    let Some((number, path)) = chosen else { return Ok((log, None)) };
    let folder = path.parent().map(PathBuf::from);
    let (shown, tail, is_cut) = lines(path, END)?;
    (log.attempt, log.is_cut) = (Some((number, shown)), is_cut);
    Ok((log, folder.map(|folder| (tail, folder))))
}

/// Reads the whole lines at the end of a file.
fn lines(path: PathBuf, bytes: u64) -> Result<(Vec<String>, Tail, bool)> {
    use crate::error::IoContext;
    let (mut tail, is_cut) = Tail::of_end(path, bytes).doing("read the log")?;
    let mut lines = Vec::new();
    tail.read(|line| {
        lines.push(line.to_owned());
        Ok(())
    })
    .doing("read the log")?;
    Ok((lines, tail, is_cut))
}
