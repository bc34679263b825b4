//! The attempts and reviews of a task, one after the other.

use super::prose::{line, prose};
use super::task::TaskView;
use crate::access::Visit;
use crate::text::{Ago, T, count, exact_span, usage};
use maud::{Markup, html};
use octopoid_core::model::{Outcome, Run, StepRecord, StepStatus};

/// Returns the runs of a task, the oldest first.
pub(crate) fn runs(visit: &Visit, view: &TaskView) -> Markup {
    html! {
        section.panel aria-labelledby="runs-title" {
            h2 #runs-title { "Attempts and reviews" }
            @if view.runs.is_empty() { p.quiet { "No agent has worked on it yet." } }
            ol.runs { @for run in view.runs.iter().rev() { (one(visit, run)) } }
        }
    }
}

fn one(visit: &Visit, run: &Run) -> Markup {
    let end = run.finished_at.unwrap_or(visit.now);
    let used = usage(&run.usage);
    html! {
        li.run data-meaning=(meaning(run)) {
            p.run-head {
                strong { (run.role.as_ref().map_or("landing", |role| role.as_str())) }
                span { (T(run.agent.as_str())) }
                (outcome(run))
                span.quiet { (Ago { at: run.started_at, now: visit.now }) }
            }
            p.quiet {
                (exact_span(end.since(run.started_at)))
                @if !used.is_empty() { " · " (used) }
                @if run.commits > 0 { " · " (count(run.commits.into(), "commit")) }
                " · " (T(run.orchestrator.as_str()))
                " · " a href=(visit.url(&format!("/tasks/{}/log?run={}", run.task, run.number))) { "log" }
            }
            @if let Some(stopped) = &run.stopped { p.note { (T(&stopped.describe())) } }
            @if let Some(text) = run.outcome.as_ref().map(Outcome::text).filter(|text| !text.trim().is_empty()) {
                details.said-by-agent open[run.finished_at.is_none()] { summary { (line(&super::card::shortened(text, 120))) } (prose(text)) }
            }
            @if let Some(note) = run.note.as_ref().filter(|note| Some(note.as_str()) != run.outcome.as_ref().map(Outcome::text)) { p.note { (line(note)) } }
            @if !run.steps.is_empty() { ul.steps { @for step in &run.steps { (one_step(step)) } } }
        }
    }
}

fn outcome(run: &Run) -> Markup {
    let words = match (&run.outcome, run.finished_at) {
        (Some(outcome), _) => outcome.kind().as_str().replace('_', " "),
        (None, Some(_)) if run.role.is_none() => "over".to_owned(),
        (None, Some(_)) => "no outcome".to_owned(),
        (None, None) => run.stage.as_str().replace('_', " "),
    };
    html! { span.badge data-meaning=(meaning(run)) { (words) } }
}

fn meaning(run: &Run) -> &'static str {
    match (&run.outcome, run.finished_at) {
        (None, None) => "working",
        (
            Some(
                Outcome::Submitted { .. }
                | Outcome::Approved { .. }
                | Outcome::Proposed { .. }
                | Outcome::BrokenDown { .. },
            ),
            _,
        ) => "done",
        (Some(Outcome::Rejected { .. } | Outcome::NeedsInput { .. }), _) => "attention",
        (Some(Outcome::Failed { .. } | Outcome::NoReport { .. }), _) => "bad",
        (_, Some(_)) if run.role.is_none() => "done",
        _ => "neutral",
    }
}

fn one_step(step: &StepRecord) -> Markup {
    let (mark, meaning, name) = match step.status {
        StepStatus::Done => ("✓", "done", "done"),
        StepStatus::Skipped => ("–", "neutral", "skipped"),
        StepStatus::Refused => ("✗", "bad", "refused"),
        _ => ("…", "attention", "waiting"),
    };
    let first = step.detail.lines().next().unwrap_or_default();
    let is_short = step.detail.lines().count() <= 1 && first.chars().count() <= 120;
    html! {
        li data-meaning=(meaning) {
            span.mark aria-label=(name) { (mark) }
            @if is_short {
                span { strong { (T(&step.name)) } " " (line(first)) }
            } @else {
                details { summary { strong { (T(&step.name)) } " " (T(&super::card::shortened(first, 100))) } pre { (T(&step.detail)) } }
            }
        }
    }
}
