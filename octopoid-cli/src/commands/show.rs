//! `octopoid show`: everything about a task.

use crate::args::OneTask;
use crate::assembly::Explainer;
use crate::context::Context;
use crate::error::Result;
use crate::installation::Installation;
use crate::output::explained::Explained;
use crate::output::{Output, json, style, text};
use octopoid_core::model::{
    Event, EventKind, Message, Run, State, StepRecord, StepStatus, Task, Timestamp, Usage,
};
use octopoid_core::store::{RunQuery, Store, StoreExt};
use serde_json::{Value, json};
use std::fmt::Display;

pub(super) async fn run(args: &OneTask, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let scope = installation.scope();
    let task = store.task(&scope, &args.id).await?;
    let history = store.history(&scope, &args.id).await?;
    let thread = store.messages(&scope, &args.id).await?;
    let mut runs = store.list_runs(&RunQuery::new(scope).of_task(args.id.clone())).await?;
    runs.reverse();
    let explainer = Explainer::gather(&installation, &context.environment, &*store, [&task]).await?;
    let explained = explainer.explain(&task);
    let parts = parts(&*store, &task).await?;
    let log = installation.layout.task_log(&task.id);
    let usage: Usage = runs.iter().map(|run| run.usage).sum();

    if context.output.json {
        let value = json::task(&task, &explained);
        let more = json!({
            "parts": parts.iter().map(|part| json!({
                "id": part.id, "title": part.title, "queue": part.queue(),
            })).collect::<Vec<_>>(),
            "usage": usage, "runs": runs.iter().map(with_report).collect::<Vec<_>>(), "thread": thread, "history": history, "log": log,
            "worktree": Some(installation.layout.worktree(&task.id)).filter(|path| path.exists()),
        });
        context.output.json(&json::with(value, &more));
        return Ok(());
    }
    let page = Page { output: context.output, now: explainer.now };
    page.head(&task, &explained, &explainer, &usage);
    page.places(&task, &installation);
    page.text("Description", &task.description);
    page.parts(&parts);
    page.runs(&runs, &installation);
    page.thread(&thread);
    page.history(&history);
    Ok(())
}

/// Returns a run's record as JSON, with its agent's own report fields as `report`.
fn with_report(run: &Run) -> Value {
    match run.own_report() {
        Some(report) => json::with(json!(run), &json!({ "report": report })),
        None => json!(run),
    }
}

/// Renders an agent's own report fields, a line for each.
fn report_lines(run: &Run) -> Option<String> {
    let shown = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        value => format!("{name}: {value}"),
    };
    Some(run.own_report()?.iter().map(shown).collect::<Vec<_>>().join("\n"))
}

/// Reads the tasks that this one was broken down into, in their order.
async fn parts(store: &dyn Store, task: &Task) -> Result<Vec<Task>> {
    if task.breakdown.is_none() {
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    for blocker in &task.blockers {
        match store.task(&task.scope, &blocker.id).await {
            Ok(part) if part.attributes.parent.as_ref() == Some(&task.id) => parts.push(part),
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(parts)
}

/// Returns what a task asks for of the agents that work on it.
fn wishes(task: &Task) -> Vec<String> {
    let attributes = &task.attributes;
    let model = attributes.model.as_deref().map(|model| format!("the model {}", text::one_line(model, 60)));
    let turns = attributes.max_turns.map(|turns| format!("at most {}", text::count(turns.into(), "turn")));
    let budget = attributes.budget_usd.map(|budget| format!("at most {budget} in all"));
    [model, turns, budget].into_iter().flatten().collect()
}

/// Prints the page.
struct Page {
    output: Output,
    now: Timestamp,
}

impl Page {
    fn heading(&self, name: &str) {
        self.output.line(format_args!("\n{}", style::paint(style::HEADING, name)));
    }

    fn field(&self, name: &str, value: impl Display) {
        self.output.line(format_args!("  {}{name:<11}{} {value}", style::DIM, style::RESET));
    }

    fn text(&self, name: &str, text: &str) {
        self.heading(name);
        self.output.line(text::indented(text, 2));
    }

    fn head(&self, task: &Task, explained: &Explained, explainer: &Explainer, usage: &Usage) {
        let title = text::one_line(&task.title, 300);
        self.output.line(format_args!(
            "{}  {}  {title}",
            style::paint(style::HEADING, &task.id),
            style::place(task)
        ));
        self.field("state", text::indented(&explained.text, 14).trim_start());
        for command in &explained.commands {
            self.field("", format_args!("→ {command}"));
        }
        let size = task.complexity.map_or_else(String::new, |size| format!(", size {size}"));
        self.field("task", format_args!("{}, {}{size}", task.role, task.priority));
        if !task.blockers.is_empty() {
            let names: Vec<_> = task
                .blockers
                .iter()
                .map(|blocker| match (blocker.resolved, explainer.situation.blockers.get(&blocker.id)) {
                    (true, _) => format!("{} ✓", blocker.id),
                    (false, Some(queue)) => format!("{} ({queue})", blocker.id),
                    (false, None) => format!("{} (gone)", blocker.id),
                })
                .collect();
            self.field("after", names.join(", "));
        }
        if let Some(whole) = &task.attributes.parent {
            self.field("part of", whole);
        }
        if let Some(landing) = &task.attributes.reverts {
            self.field("reverts", format_args!("{}, which {} landed", landing.landed.short(), landing.task));
        }
        let wishes = wishes(task);
        if !wishes.is_empty() {
            self.field("asks for", wishes.join(", "));
        }
        let counters = task.counters;
        if counters.runs > 0 {
            let mut parts = vec![text::count(counters.runs.into(), "run")];
            if counters.rejections > 0 {
                parts.push(text::count(counters.rejections.into(), "rejection"));
            }
            parts.extend(Some(text::usage(usage)).filter(|used| !used.is_empty()));
            self.field("so far", parts.join(", "));
        }
        let by = task
            .created_by
            .as_deref()
            .map_or_else(String::new, |name| format!(" by {}", text::one_line(name, 60)));
        let (ago, at) = (text::relative(task.created_at, self.now), text::local(task.created_at));
        self.field("created", format_args!("{ago}{by} ({at})"));
    }

    fn places(&self, task: &Task, installation: &Installation) {
        self.field("branch", task.branch.as_deref().unwrap_or(&installation.config.value.repo.base_branch));
        if let Some(id) = &task.attributes.project {
            self.field("project", id);
        }
        if task.attributes.auto_accept {
            self.field("review", "none wanted");
        }
        if let Some(work) = &task.submission {
            let commits = text::count(work.commits.into(), "commit");
            let place = work.branch.as_deref().map_or_else(String::new, |branch| format!(" on {branch}"));
            self.field("work", format_args!("{commits}{place}"));
        }
        if let Some(url) = &task.attributes.pr_url {
            self.field("shown at", url);
        }
        if let State::Done { landed: Some(commit), .. } = &task.state {
            self.field("landed", format_args!("{commit}"));
        }
        let worktree = installation.layout.worktree(&task.id);
        if worktree.exists() {
            self.field("worktree", worktree.display());
        }
        let log = installation.layout.task_log(&task.id);
        if log.exists() {
            self.field("log", log.display());
        }
    }

    fn parts(&self, parts: &[Task]) {
        if parts.is_empty() {
            return;
        }
        self.heading("Parts");
        for part in parts {
            let title = text::one_line(&part.title, 90);
            self.output.line(format_args!("  {:<9} {}  {title}", part.id, style::place(part)));
        }
    }

    fn runs(&self, runs: &[Run], installation: &Installation) {
        if runs.is_empty() {
            return;
        }
        self.heading("Runs");
        for run in runs {
            let role = run.role.as_ref().map_or("landing", |role| role.as_str());
            let outcome = match (&run.outcome, run.finished_at) {
                (Some(outcome), _) => outcome.kind().as_str(),
                (None, Some(_)) if run.role.is_none() => "over",
                (None, Some(_)) => "no outcome",
                (None, None) => run.stage.as_str(),
            };
            let end = run.finished_at.unwrap_or(self.now);
            let mut parts = vec![text::exact_span(end.since(run.started_at))];
            parts.extend(Some(text::usage(&run.usage)).filter(|used| !used.is_empty()));
            parts.extend(run.model.as_deref().map(|model| text::one_line(model, 60)));
            if run.commits > 0 {
                parts.push(text::count(run.commits.into(), "commit"));
            }
            self.output.line(format_args!(
                "  {}. {role:<10} {:<16} {:<13} {}",
                run.number,
                run.agent,
                outcome,
                style::paint(style::DIM, parts.join(", "))
            ));
            if let Some(note) = &run.note {
                self.output.line(text::indented(note, 5));
            }
            for step in &run.steps {
                let (mark, colour) = match step.status {
                    StepStatus::Done => ("✓", style::GOOD),
                    StepStatus::Skipped => ("–", style::DIM),
                    StepStatus::Refused => ("✗", style::BAD),
                    _ => ("…", style::ATTENTION),
                };
                // What was noticed of the work is for people to read, whole.
                let report = if step.name == StepRecord::REPORT { report_lines(run) } else { None };
                let detail = match report {
                    Some(lines) => text::indented(&lines, 16).trim_start().to_owned(),
                    None if step.is_notice() => text::indented(&step.detail, 16).trim_start().to_owned(),
                    None => text::one_line(&step.detail, 100),
                };
                self.output.line(format_args!(
                    "     {} {:<8} {detail}",
                    style::paint(colour, mark),
                    step.name
                ));
            }
            let log = installation.layout.attempt_log(&run.task, run.number);
            if self.output.verbose && log.exists() {
                self.output.detail(format_args!("     {}", log.display()));
            }
        }
    }

    fn thread(&self, thread: &[Message]) {
        if thread.is_empty() {
            return;
        }
        self.heading("Thread");
        for message in thread {
            let answers = message.parent.map_or_else(String::new, |parent| format!(", answers {parent}"));
            let head = format!(
                "{}. {} by {}, {}{answers}",
                message.id,
                message.kind.as_str(),
                message.author,
                text::relative(message.at, self.now)
            );
            self.output.line(format_args!("  {}", style::paint(style::DIM, head)));
            self.output.line(text::indented(&message.body, 4));
        }
    }

    fn history(&self, history: &[Event]) {
        self.heading("History");
        let shown = |event: &&Event| self.output.verbose || event.kind != EventKind::RunRecorded;
        for event in history.iter().filter(shown) {
            let queue = match (event.from, event.to) {
                (from, Some(to)) if from != Some(to) => format!(" → {}", style::queue(to)),
                _ => String::new(),
            };
            let note = event
                .note
                .as_deref()
                .map_or_else(String::new, |note| format!(": {}", text::one_line(note, 90)));
            self.output.line(format_args!(
                "  {}  {}{queue} by {}{note}",
                style::paint(style::DIM, text::local(event.at)),
                event.kind.as_str().replace('_', " "),
                event.actor,
            ));
        }
    }
}
