//! `octopoid logs`: prints the logs of a task.

use crate::args::Logs;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::output::style::{self, paint};
use crate::output::{Output, text};
use crate::task_logs::{Tail, TaskLogs};
use crate::watch::FolderWatch;
use octopoid_core::model::{Queue, Scope};
use octopoid_core::store::{RunQuery, Store};
use serde_json::json;
use std::path::PathBuf;

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
    };
    let output = context.output;
    if args.follow {
        return follow(args, &logs, &installation.scope(), &*store, output).await;
    }
    let attempts = match args.attempt {
        Some(number) => vec![logs.attempt(number)?],
        None => logs.newest().into_iter().collect(),
    };
    if output.json {
        output.json(&as_json(&logs, args, &attempts));
        return Ok(());
    }
    let summary = args.attempt.is_none().then(|| logs.summary()).flatten();
    if summary.is_none() && attempts.is_empty() {
        output.line(format_args!("nothing has happened to {} yet", args.id));
        return Ok(());
    }
    if let Some(path) = summary {
        print_all(Tail::new(path), output);
    }
    for (number, path) in attempts {
        output.note(head(number, &path));
        print_all(Tail::new(path), output);
    }
    Ok(())
}

fn head(number: u32, path: &std::path::Path) -> String {
    paint(style::HEADING, format_args!("── attempt {number} ── {}", path.display()))
}

fn print_all(mut tail: Tail, output: Output) {
    // A reader that has gone away wants no more.
    let _ = tail.read(|line| output.raw(&format!("{}\n", text::harmless(line))));
    let _ = tail.rest(|line| output.raw(&format!("{}\n", text::harmless(line))));
}

/// Returns the logs as JSON.
fn as_json(logs: &TaskLogs<'_>, args: &Logs, attempts: &[(u32, PathBuf)]) -> serde_json::Value {
    let lines = |path: &PathBuf| -> Vec<String> {
        let bytes = std::fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    };
    let attempts: Vec<_> = attempts
        .iter()
        .map(|(number, path)| json!({ "attempt": number, "path": path, "lines": lines(path) }))
        .collect();
    let summary = logs.summary().map(|path| json!({ "path": path, "lines": lines(&path) }));
    json!({ "task": args.id, "log": summary, "attempts": attempts })
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
