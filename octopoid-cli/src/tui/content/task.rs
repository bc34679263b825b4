//! The pane of a task: where it stands, what can be done, and what is to be done.

use super::{body, dim, field, heading, span, styled};
use crate::hints;
use crate::output::explained::Explained;
use crate::output::text;
use crate::tui::binding::{Verb, key_of};
use crate::tui::entry::Entry;
use crate::tui::event::Data;
use crate::tui::pane::Row;
use crate::tui::text::clean;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{State, Timestamp, Usage};
use octopoid_core::ops::{Remedy, open_question};
use ratatui::text::{Line, Span};

pub(super) fn rows(entry: &Entry, data: Option<&Data>, theme: Theme, now: Timestamp) -> Vec<Row> {
    let task = &entry.task;
    let tone = Theme::of_group(entry.group);
    let mut rows = vec![Row::new(styled(&task.title, Tone::Strong, theme))];
    let explained = Explained::new(&entry.explanation, now);
    let mark = format!("{} ", theme.mark(entry.group));
    rows.push(Row::indented(
        Line::from(vec![span(mark, tone, theme), span(&explained.text, tone, theme)]),
        2,
    ));
    for remedy in &entry.explanation.remedies {
        rows.push(remedy_row(remedy, theme));
    }
    if let Some(work) = &entry.work {
        let mut parts = vec![text::span(now.since(work.since))];
        parts.extend(Some(text::usage(&work.usage)).filter(|used| !used.is_empty()));
        rows.push(field("so far", parts.join(", "), theme));
        rows.extend(work.last.as_deref().map(|last| field("now", last, theme)));
    }
    rows.extend(question(data, theme));
    rows.push(Row::empty());
    rows.extend(facts(entry, data, theme, now));
    if let Some(summary) = task.submission.as_ref().and_then(|work| work.summary.as_deref()) {
        rows.extend(heading("Its agent says", theme));
        rows.extend(body(summary, 0));
    }
    rows.extend(heading("To be done", theme));
    rows.extend(body(&task.description, 0));
    rows
}

/// Returns something that can be done, with its key where it has one.
fn remedy_row(remedy: &Remedy, theme: Theme) -> Row {
    let key = match remedy {
        Remedy::Approve { .. } | Remedy::ApproveProject { .. } => Some(Verb::Approve),
        Remedy::Reject { .. } => Some(Verb::Reject),
        Remedy::Retry { .. } => Some(Verb::Retry),
        Remedy::Cancel { .. } => Some(Verb::Cancel),
        Remedy::Unblock { .. } => Some(Verb::Unblock),
        Remedy::Force { .. } => Some(Verb::Force),
        Remedy::ResumeOrchestrator => Some(Verb::Pause),
        Remedy::AddAgent { .. } | Remedy::StartOrchestrator => None,
    };
    let key = key.map_or_else(|| theme.symbol("→", "->").to_owned(), key_of);
    let line = vec![
        Span::raw("  "),
        span(key, Tone::Key, theme),
        Span::raw("  "),
        span(hints::command(remedy), Tone::Dim, theme),
    ];
    Row::indented(Line::from(line), 5)
}

/// Returns the open question of the thread.
fn question(data: Option<&Data>, theme: Theme) -> Vec<Row> {
    let Some(Data::Details { thread, .. }) = data else { return Vec::new() };
    let Some(question) = open_question(thread) else { return Vec::new() };
    let mut rows = heading(&format!("{} asks", question.author), theme).to_vec();
    rows.extend(body(&question.body, 0));
    rows.push(dim(&format!("{} answers it", key_of(Verb::Answer)), theme));
    rows
}

fn facts(entry: &Entry, data: Option<&Data>, theme: Theme, now: Timestamp) -> Vec<Row> {
    let task = &entry.task;
    let size = task.complexity.map_or_else(String::new, |size| format!(", size {size}"));
    let mut rows = vec![field("task", format!("{} {}, {}{size}", task.id, task.role, task.priority), theme)];
    let mut add =
        |name: &str, value: Option<String>| rows.extend(value.map(|value| field(name, value, theme)));
    add("branch", task.branch.clone());
    add("project", task.attributes.project.as_ref().map(ToString::to_string));
    add("part of", task.attributes.parent.as_ref().map(ToString::to_string));
    let blockers = task.blockers.iter().map(|blocker| match blocker.resolved {
        true => format!("{} {}", blocker.id, theme.symbol("✓", "(done)")),
        false => blocker.id.to_string(),
    });
    let blockers: Vec<_> = blockers.collect();
    add("after", Some(blockers.join(", ")).filter(|text| !text.is_empty()));
    add(
        "work",
        task.submission.as_ref().map(|work| {
            let commits = text::count(work.commits.into(), "commit");
            let place = work.branch.as_deref().map_or_else(String::new, |branch| format!(" on {branch}"));
            format!("{commits}{place}")
        }),
    );
    add("shown at", task.attributes.pr_url.clone());
    if let State::Done { landed: Some(commit), .. } = &task.state {
        add("landed", Some(commit.to_string()));
    }
    if task.counters.runs > 0 {
        let mut parts = vec![text::count(task.counters.runs.into(), "run")];
        if task.counters.rejections > 0 {
            parts.push(text::count(task.counters.rejections.into(), "rejection"));
        }
        if let Some(Data::Details { runs, .. }) = data {
            let used: Usage = runs.iter().map(|run| run.usage).sum();
            parts.extend(Some(text::usage(&used)).filter(|used| !used.is_empty()));
        }
        add("so far", Some(parts.join(", ")));
    }
    add("created", Some(clean(&text::relative(task.created_at, now))));
    rows
}
