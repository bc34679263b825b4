//! Following the log of a task.

use super::{Source, kind};
use crate::args::Logs;
use crate::artifacts::ArtifactLines;
use crate::error::{CliError, Result};
use crate::output::{Output, style, text};
use crate::watch::FolderWatch;
use octopoid_core::model::{ArtifactKind, Queue, Task};
use octopoid_core::store::ArtifactReader as _;
use serde_json::json;
use std::time::Duration;

/// Pause before the server is asked again for the end of a log.
const AGAIN: Duration = Duration::from_millis(500);
/// Longest wait of one request for more of a log.
const WAIT: Duration = Duration::from_secs(20);
/// Pause before the next such request, after one in vain.
const LOOK: Duration = Duration::from_secs(1);
/// Number of times that it is asked without anything new.
const TIMES: u32 = 4;

/// Prints new output, attempt after attempt, until the task is over.
pub(super) async fn follow(args: &Logs, logs: &Source, task: &Task, output: Output) -> Result<()> {
    let mut watch = folder_watch(logs, task)?;
    let mut number = match args.attempt {
        Some(number) => number,
        None => logs.newest(task).await?.unwrap_or(1),
    };
    let kind = kind(args);
    let mut lines: Option<ArtifactLines> = None;
    loop {
        let cursor = logs.store.last_event().await?;
        let task = logs.store.task(&logs.scope, &task.id).await?;
        let attempt_over = args.attempt.is_some_and(|attempt| task.counters.runs > attempt);
        let is_over = matches!(task.queue(), Queue::Done | Queue::Failed) || attempt_over;
        loop {
            let there = logs.artifacts.runs_with(&logs.scope, &task.id, kind).await?;
            if lines.is_none() && there.contains(&number) {
                if !args.raw {
                    output.note(logs.head(&task, number, kind));
                }
                lines = Some(logs.lines(&task, number, kind));
            }
            if let Some(lines) = &mut lines
                && print_new(lines, number, output).await?.is_none()
            {
                return Ok(());
            }
            let next = there.into_iter().find(|other| *other > number);
            let Some(next) = next.filter(|_| args.attempt.is_none()) else { break };
            (number, lines) = (next, None);
        }
        if is_over {
            let is_here = logs.artifacts.file(&logs.key(&task, number, kind)).is_some();
            let lines = lines.unwrap_or_else(|| logs.lines(&task, number, kind));
            print_end(lines, number, is_here, output).await?;
            output.note(format_args!("{} is in {}", task.id, style::place(&task)));
            return Ok(());
        }
        tokio::select! {
            () = changed(&mut watch) => {}
            () = grown(logs, &task, number, kind, lines.as_ref()) => {}
            result = logs.store.wait_for_event(cursor) => result?,
        }
    }
}

/// Watches the folder of the logs, where there is one here.
fn folder_watch(logs: &Source, task: &Task) -> Result<Option<FolderWatch>> {
    let Some(installation) = &logs.installation else { return Ok(None) };
    let folder = installation.layout.artifacts(&task.id);
    // The folder may not be there before the first attempt.
    std::fs::create_dir_all(&folder).map_err(|error| {
        CliError::failure(format!("cannot make {}: {error}", folder.display())).hint("octopoid doctor")
    })?;
    Ok(Some(FolderWatch::new(&folder)))
}

async fn changed(watch: &mut Option<FolderWatch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

/// Completes once the log of a run that is on the server has grown. What is here is watched.
async fn grown(logs: &Source, task: &Task, number: u32, kind: ArtifactKind, lines: Option<&ArtifactLines>) {
    let (key, from) = (logs.key(task, number, kind), lines.map_or(0, ArtifactLines::position));
    if !logs.artifacts.is_elsewhere(&key) {
        return std::future::pending().await;
    }
    while !logs.artifacts.wait(&key, from, WAIT).await.unwrap_or(false) {
        tokio::time::sleep(LOOK).await;
    }
}

/// Prints what is new. Returns whether there was something; `None` if the reader of the pipe has gone.
async fn print_new(lines: &mut ArtifactLines, number: u32, output: Output) -> Result<Option<bool>> {
    let mut any = false;
    loop {
        let new = match lines.next().await {
            // It is to come.
            Err(error) if error.is_not_found() => return Ok(Some(any)),
            new => new?,
        };
        let Some(new) = new else { return Ok(Some(any)) };
        any = true;
        for line in new {
            if print_one(&line, number, output).is_err() {
                return Ok(None);
            }
        }
    }
}

/// Prints the end of the log of a run that is over. The machine that worked on it sends that only then.
async fn print_end(mut lines: ArtifactLines, number: u32, is_here: bool, output: Output) -> Result<()> {
    let mut vain = 0;
    while let Some(any) = print_new(&mut lines, number, output).await? {
        vain = if any { 0 } else { vain + 1 };
        if is_here || vain == TIMES {
            break;
        }
        tokio::time::sleep(AGAIN).await;
    }
    if let Some(line) = lines.rest() {
        let _ = print_one(&line, number, output);
    }
    Ok(())
}

fn print_one(line: &str, number: u32, output: Output) -> std::io::Result<()> {
    let line = text::harmless(line);
    if output.json {
        output.json_line(&json!({ "attempt": number, "line": line }));
        return Ok(());
    }
    output.raw(&format!("{line}\n"))
}
