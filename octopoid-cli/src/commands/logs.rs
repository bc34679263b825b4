//! `octopoid logs`: prints the logs of a task.

use crate::args::Logs;
use crate::artifacts::Artifacts;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::style::{self, paint};
use crate::output::{Output, text};
use crate::task_logs::{Tail, TaskLogs};
use crate::watch::FolderWatch;
use octopoid_core::model::{ArtifactKind, Queue, Run, RunId, Scope};
use octopoid_core::store::{RunQuery, Store};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) async fn run(args: &Logs, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let task = store.task(&installation.scope(), &args.id).await?;
    let runs = store.list_runs(&RunQuery::new(installation.scope()).of_task(args.id.clone())).await?;
    let logs = TaskLogs {
        layout: &installation.layout,
        task: &args.id,
        runs: task.counters.runs,
        newest: runs.iter().find(|run| run.role.is_some()).map(|run| run.number),
        kind: if args.raw { ArtifactKind::Transcript } else { ArtifactKind::Log },
    };
    let output = context.output;
    if args.follow {
        can_follow(&logs, &runs, &installation)?;
        return follow(args, &logs, &installation.scope(), &*store, output).await;
    }
    let artifacts = Artifacts::new(&installation, &context.environment);
    let mut attempts = Vec::new();
    if let Some(number) = args.attempt.or(logs.newest) {
        attempts.extend(Attempt::read(number, &logs, &artifacts).await?);
    }
    if let (Some(number), true) = (args.attempt, attempts.is_empty()) {
        // It says which there are.
        logs.attempt(number)?;
    }
    if output.json {
        output.json(&as_json(&logs, args, &attempts));
        return Ok(());
    }
    let summary = (args.attempt.is_none() && !args.raw).then(|| logs.summary()).flatten();
    if summary.is_none() && attempts.is_empty() {
        output.line(if args.raw {
            format!("no agent program of {} has printed anything that was kept", args.id)
        } else {
            format!("nothing has happened to {} yet", args.id)
        });
        return Ok(());
    }
    if let Some(path) = summary {
        print_all(Tail::new(path), output);
    }
    for attempt in attempts {
        // Raw output is for programs.
        if !args.raw {
            output.note(attempt.head());
        }
        attempt.print(output);
    }
    Ok(())
}

/// An attempt with its log.
enum Attempt {
    /// A file on this machine.
    Here(u32, PathBuf),
    /// What the server has of another machine's.
    Elsewhere(u32, String),
}

impl Attempt {
    async fn read(number: u32, logs: &TaskLogs<'_>, artifacts: &Artifacts<'_>) -> Result<Option<Self>> {
        let path = logs.path(number);
        if path.exists() {
            return Ok(Some(Attempt::Here(number, path)));
        }
        let text = artifacts.text(logs.task, &RunId::of(logs.task, number), logs.kind).await?;
        Ok(text.map(|text| Attempt::Elsewhere(number, text)))
    }

    fn head(&self) -> String {
        match self {
            Attempt::Here(number, path) => head(*number, path),
            Attempt::Elsewhere(number, _) => {
                paint(style::HEADING, format_args!("── attempt {number} ── on another machine"))
            }
        }
    }

    fn print(self, output: Output) {
        match self {
            Attempt::Here(_, path) => print_all(Tail::new(path), output),
            // A reader that has gone away wants no more.
            Attempt::Elsewhere(_, text) => {
                let _ = text.lines().try_for_each(|line| output.raw(&format!("{}\n", text::harmless(line))));
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Attempt::Here(number, path) => json!({ "attempt": number, "path": path, "lines": lines(path) }),
            Attempt::Elsewhere(number, text) => {
                json!({ "attempt": number, "path": null, "lines": text.lines().collect::<Vec<_>>() })
            }
        }
    }
}

/// Checks that what is followed is written on this machine.
fn can_follow(logs: &TaskLogs<'_>, runs: &[Run], installation: &Installation) -> Result<()> {
    let here = installation.config.value.server.as_ref().and_then(|server| server.orchestrator().ok());
    let newest =
        runs.first().filter(|run| installation.is_remote() && Some(&run.orchestrator) != here.as_ref());
    match newest {
        Some(run) if !logs.path(run.number).exists() => Err(CliError::refused(format!(
            "{} is worked on by the machine {}, and a log can only be followed there",
            logs.task, run.orchestrator
        ))
        .hint("without --follow, what the server has of it so far is printed")),
        _ => Ok(()),
    }
}

fn head(number: u32, path: &Path) -> String {
    paint(style::HEADING, format_args!("── attempt {number} ── {}", path.display()))
}

fn print_all(mut tail: Tail, output: Output) {
    // A reader that has gone away wants no more.
    let _ = tail.read(|line| output.raw(&format!("{}\n", text::harmless(line))));
    let _ = tail.rest(|line| output.raw(&format!("{}\n", text::harmless(line))));
}

/// Returns the logs as JSON.
fn as_json(logs: &TaskLogs<'_>, args: &Logs, attempts: &[Attempt]) -> serde_json::Value {
    let attempts: Vec<_> = attempts.iter().map(Attempt::json).collect();
    let summary = logs.summary().map(|path| json!({ "path": path, "lines": lines(&path) }));
    json!({ "task": args.id, "log": summary, "attempts": attempts })
}

fn lines(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

/// Prints new output, attempt after attempt, until the task is over.
async fn follow(
    args: &Logs,
    logs: &TaskLogs<'_>,
    scope: &Scope,
    store: &dyn Store,
    output: Output,
) -> Result<()> {
    let folder = logs.path(1);
    let folder = folder.parent().map_or_else(|| logs.layout.logs(), std::path::Path::to_owned);
    // The folder may not be there before the first attempt.
    std::fs::create_dir_all(&folder).map_err(|error| {
        CliError::failure(format!("cannot make {}: {error}", folder.display())).hint("octopoid doctor")
    })?;
    let mut watch = FolderWatch::new(&folder);
    let mut number = args.attempt.or_else(|| logs.newest().map(|(number, _)| number)).unwrap_or(1);
    let mut tail: Option<Tail> = None;
    loop {
        let cursor = store.last_event().await?;
        let task = store.task(scope, logs.task).await?;
        let print = |number: u32, line: &str| {
            let line = text::harmless(line);
            if output.json {
                output.json_line(&json!({ "attempt": number, "line": line }));
                return Ok(());
            }
            output.raw(&format!("{line}\n"))
        };
        loop {
            let path = logs.path(number);
            if tail.is_none() && path.exists() {
                output.note(head(number, &path));
                tail = Some(Tail::new(path));
            }
            if let Some(tail) = &mut tail
                && tail.read(|line| print(number, line)).is_err()
            {
                return Ok(());
            }
            if args.attempt.is_some() || !logs.path(number + 1).exists() {
                break;
            }
            number += 1;
            tail = None;
        }
        let attempt_over = args.attempt.is_some_and(|attempt| task.counters.runs > attempt);
        if matches!(task.queue(), Queue::Done | Queue::Failed) || attempt_over {
            if let Some(mut tail) = tail {
                let _ = tail.rest(|line| print(number, line));
            }
            output.note(format_args!("{} is in {}", logs.task, style::place(&task)));
            return Ok(());
        }
        tokio::select! {
            () = watch.changed() => {}
            result = store.wait_for_event(cursor) => result?,
        }
    }
}
