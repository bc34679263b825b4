//! `octopoid logs`: prints the logs of a task.

mod follow;

use crate::args::Logs;
use crate::artifacts::{ArtifactLines, Artifacts};
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::installation::{Installation, OpenStore};
use crate::output::style::{self, paint};
use crate::output::{Output, text};
use crate::task_logs::Tail;
use octopoid_core::model::{ArtifactKey, ArtifactKind, RunId, Scope, Task};
use octopoid_core::orchestrator::LocalArtifacts;
use octopoid_core::store::{RunQuery, Store};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) async fn run(args: &Logs, context: &Context) -> Result<()> {
    let logs = Source::open(args, context).await?;
    let task = logs.store.task(&logs.scope, &args.id).await?;
    if args.follow {
        return follow::follow(args, &logs, &task, context.output).await;
    }
    print(args, &logs, &task, context.output).await
}

/// Where the logs of a task are read.
struct Source {
    store: Arc<dyn Store>,
    scope: Scope,
    artifacts: Artifacts,
    /// The installation here; `None` where only a server is named.
    installation: Option<Installation>,
}

impl Source {
    async fn open(args: &Logs, context: &Context) -> Result<Self> {
        if let Some(url) = &args.server {
            let (store, scope) = super::dashboard::connect(url, args.scope.as_ref(), context).await?;
            let artifacts = Artifacts::new(None, Some(store.clone()));
            return Ok(Self { store, scope, artifacts, installation: None });
        }
        let installation = context.installation()?;
        let OpenStore { store, server } = installation.open(&context.environment).await?;
        let scope = installation.scope();
        let files = LocalArtifacts::new(installation.layout.clone(), scope.clone());
        let artifacts = Artifacts::new(Some(files), server.map(|server| server as _));
        Ok(Self { store, scope, artifacts, installation: Some(installation) })
    }

    /// Returns the path of what the orchestrator did with a task, if that is here.
    fn summary(&self, task: &Task) -> Option<PathBuf> {
        let path = self.installation.as_ref()?.layout.task_log(&task.id);
        path.exists().then_some(path)
    }

    fn key(&self, task: &Task, number: u32, kind: ArtifactKind) -> ArtifactKey {
        ArtifactKey::new(self.scope.clone(), task.id.clone(), RunId::of(&task.id, number), kind)
    }

    fn lines(&self, task: &Task, number: u32, kind: ArtifactKind) -> ArtifactLines {
        ArtifactLines::new(self.artifacts.clone(), self.key(task, number, kind))
    }

    /// Returns the number of an agent's newest run; `None` if there was none.
    async fn newest(&self, task: &Task) -> Result<Option<u32>> {
        let query = RunQuery::new(self.scope.clone()).of_task(task.id.clone());
        let runs = self.store.list_runs(&query).await?;
        Ok(runs.iter().find(|run| run.role.is_some()).map(|run| run.number))
    }

    /// Returns the line before the log of an attempt.
    fn head(&self, task: &Task, number: u32, kind: ArtifactKind) -> String {
        let place = match self.artifacts.file(&self.key(task, number, kind)) {
            Some(path) => path.display().to_string(),
            None => "from the server".to_owned(),
        };
        paint(style::HEADING, format_args!("── attempt {number} ── {place}"))
    }
}

/// Returns which file of an attempt is printed.
fn kind(args: &Logs) -> ArtifactKind {
    if args.raw { ArtifactKind::Transcript } else { ArtifactKind::Log }
}

/// Prints what there is so far.
async fn print(args: &Logs, logs: &Source, task: &Task, output: Output) -> Result<()> {
    let kind = kind(args);
    let there = logs.artifacts.runs_with(&logs.scope, &task.id, kind).await?;
    let number = match args.attempt {
        Some(number) if there.contains(&number) => Some(number),
        Some(number) => return Err(missing(task, number, kind, &there)),
        None => logs.newest(task).await?.filter(|number| there.contains(number)),
    };
    let summary = logs.summary(task).filter(|_| args.attempt.is_none() && !args.raw);
    if output.json {
        output.json(&as_json(logs, task, number, kind, summary).await?);
        return Ok(());
    }
    if summary.is_none() && number.is_none() {
        output.line(nothing(task, kind));
        return Ok(());
    }
    if let Some(path) = summary {
        print_file(Tail::new(path), output);
    }
    let Some(number) = number else { return Ok(()) };
    // Raw output is for programs.
    if !args.raw {
        output.note(logs.head(task, number, kind));
    }
    let mut lines = logs.lines(task, number, kind);
    while let Some(new) = lines.next().await? {
        for line in new {
            if print_line(&line, output).is_err() {
                // The reader of the pipe has gone.
                return Ok(());
            }
        }
    }
    if let Some(line) = lines.rest() {
        let _ = print_line(&line, output);
    }
    Ok(())
}

fn print_line(line: &str, output: Output) -> std::io::Result<()> {
    output.raw(&format!("{}\n", text::harmless(line)))
}

fn print_file(mut tail: Tail, output: Output) {
    let _ = tail.read(|line| print_line(line, output));
    let _ = tail.rest(|line| print_line(line, output));
}

/// Says that there is nothing to print, and why.
fn nothing(task: &Task, kind: ArtifactKind) -> String {
    match (task.counters.runs, kind) {
        (0, ArtifactKind::Log) => format!("nothing has happened to {} yet", task.id),
        (_, ArtifactKind::Transcript) => {
            format!("no agent program of {} has printed anything that was kept", task.id)
        }
        _ => format!(
            "the log of {} is not here yet: the machine that works on it sends it every minute",
            task.id
        ),
    }
}

fn missing(task: &Task, number: u32, kind: ArtifactKind, there: &[u32]) -> CliError {
    let there: Vec<_> = there.iter().map(ToString::to_string).collect();
    let name = if kind == ArtifactKind::Transcript { "raw output" } else { "log" };
    let hint = match there.as_slice() {
        [] => "the task has no attempts yet".to_owned(),
        there => format!("there are attempts {}", there.join(", ")),
    };
    CliError::new(Kind::NotFound, format!("{} has no {name} of an attempt {number}", task.id)).hint(hint)
}

/// Returns the logs as JSON.
async fn as_json(
    logs: &Source,
    task: &Task,
    number: Option<u32>,
    kind: ArtifactKind,
    summary: Option<PathBuf>,
) -> Result<Value> {
    let mut attempts = Vec::new();
    if let Some(number) = number {
        let (mut lines, mut reader) = (Vec::new(), logs.lines(task, number, kind));
        while let Some(new) = reader.next().await? {
            lines.extend(new);
        }
        lines.extend(reader.rest());
        let path = logs.artifacts.file(&logs.key(task, number, kind));
        attempts.push(json!({ "attempt": number, "path": path, "lines": lines }));
    }
    let summary = summary.map(|path| {
        let bytes = std::fs::read(&path).unwrap_or_default();
        let lines: Vec<_> = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
        json!({ "path": path, "lines": lines })
    });
    Ok(json!({ "task": task.id, "log": summary, "attempts": attempts }))
}
