//! The report of the demo.

use crate::environment::Environment;
use crate::error::Result;
use crate::git::Git;
use crate::installation::Installation;
use crate::output::style::{self, paint};
use crate::output::{Output, table, text};
use comfy_table::Cell;
use octopoid_core::model::{MessageKind, Queue, Run, State, Task, TaskId, Usage};
use octopoid_core::store::{RunQuery, Store};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// The results of the demo.
#[derive(Debug)]
pub(super) struct Report {
    tasks: Vec<Line>,
    log: Vec<String>,
    span: Duration,
    usage: Usage,
    agent_runs: usize,
    /// The most agents that were at work at one time.
    at_once: usize,
}

/// The result of one task.
#[derive(Debug)]
struct Line {
    task: Task,
    rounds: u32,
    story: String,
}

impl Line {
    fn commit(&self) -> Option<&str> {
        match &self.task.state {
            State::Done { landed, .. } => landed.as_ref().map(|commit| commit.short()),
            _ => None,
        }
    }
}

impl Report {
    pub(super) async fn gather(
        installation: &Installation,
        store: &dyn Store,
        environment: &Environment,
        ids: &[TaskId],
        span: Duration,
    ) -> Result<Self> {
        let scope = installation.scope();
        let mut tasks = Vec::new();
        for id in ids {
            let task = store.task(&scope, id).await?;
            let kinds: Vec<_> =
                store.messages(&scope, id).await?.into_iter().map(|message| message.kind).collect();
            let rounds = task.counters.rejections + 1;
            tasks.push(Line { story: story(&task, &kinds), rounds, task });
        }
        let runs = store.list_runs(&RunQuery::new(scope)).await?;
        let agents: Vec<_> = runs.iter().filter(|run| run.role.is_some()).collect();
        let log = Git::new(environment, installation.repository())
            .run(&["log", "--oneline", &format!("refs/heads/{}", super::repository::BRANCH), "--"])
            .unwrap_or_default();
        Ok(Self {
            tasks,
            log: log.lines().map(str::to_owned).collect(),
            span,
            usage: runs.iter().map(|run| run.usage).sum(),
            agent_runs: agents.len(),
            at_once: at_once(&agents),
        })
    }

    pub(super) fn all_landed(&self) -> bool {
        self.tasks.iter().all(|line| line.commit().is_some())
    }

    pub(super) fn print(&self, output: Output) {
        output.line(format_args!("\n{}", paint(style::HEADING, "The base branch now")));
        for line in &self.log {
            output.line(format_args!("  {}", text::harmless(line)));
        }
        output.line(format_args!("\n{}", paint(style::HEADING, "What was shown")));
        let mut rows = table::table(&["TASK", "TITLE", "ROUNDS", "WHAT HAPPENED", "COMMIT"]);
        for line in &self.tasks {
            rows.add_row(vec![
                Cell::new(&line.task.id),
                Cell::new(&line.task.title),
                Cell::new(line.rounds),
                Cell::new(&line.story),
                table::coloured(line.commit().unwrap_or("–"), style::of_queue(line.task.queue())),
            ]);
        }
        output.line(table::render(&mut rows));
        let landed = self.tasks.iter().filter(|line| line.commit().is_some()).count();
        let used = text::usage(&self.usage);
        output.line(format_args!(
            "\n{landed} of {} landed in {}; {}, up to {} at once; {used}",
            text::count(self.tasks.len() as u64, "task"),
            text::exact_span(self.span),
            text::count(self.agent_runs as u64, "agent run"),
            self.at_once,
        ));
    }

    pub(super) fn json(&self, kept: Option<&Path>) -> Value {
        let tasks: Vec<_> = self
            .tasks
            .iter()
            .map(|line| {
                json!({
                    "id": line.task.id, "title": line.task.title, "queue": line.task.queue(), "rounds": line.rounds,
                    "story": line.story, "commit": line.commit(),
                })
            })
            .collect();
        json!({
            "all_landed": self.all_landed(), "tasks": tasks, "log": self.log, "seconds": self.span.as_secs_f64(),
            "agent_runs": self.agent_runs, "at_once": self.at_once, "usage": self.usage, "kept": kept,
        })
    }
}

/// Describes the setbacks of a task.
fn story(task: &Task, kinds: &[MessageKind]) -> String {
    let mut parts = Vec::new();
    let waited: Vec<_> = task.blockers.iter().map(|blocker| blocker.id.as_str()).collect();
    if !waited.is_empty() {
        parts.push(format!("waited for {}", waited.join(", ")));
    }
    let times = |kind| kinds.iter().filter(|one| **one == kind).count();
    for (kind, words) in [
        (MessageKind::Feedback, "rejected by the reviewer and fixed"),
        (MessageKind::TestFailure, "failed its tests and fixed"),
        (MessageKind::Conflict, "met a conflict and settled it"),
    ] {
        match times(kind) {
            0 => {}
            1 => parts.push(words.to_owned()),
            many => parts.push(format!("{words}, {many} times")),
        }
    }
    if task.queue() != Queue::Done {
        parts.push(format!("is in {}", task.queue()));
    } else if parts.is_empty() {
        parts.push("landed at the first try".to_owned());
    }
    parts.join("; ")
}

/// Returns the most runs that overlapped.
fn at_once(runs: &[&Run]) -> usize {
    let overlap = |moment| {
        runs.iter()
            .filter(|run| run.started_at <= moment && run.finished_at.is_none_or(|end| moment < end))
            .count()
    };
    runs.iter().map(|run| overlap(run.started_at)).max().unwrap_or_default()
}
