//! The pane of projects.

use super::{dim, span};
use crate::output::text::money;
use crate::tui::event::{Data, ProjectView};
use crate::tui::pane::{Mark, Row};
use crate::tui::snapshot::Snapshot;
use crate::tui::text::fit;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::ProjectStatus;
use octopoid_core::ops::Attention;
use ratatui::text::{Line, Span};

/// Columns of the bar of progress.
const BAR: usize = 12;
/// The most tasks that are listed of a project.
const TASKS: usize = 8;

pub(super) fn rows(snapshot: &Snapshot, data: Option<&Data>, theme: Theme) -> Vec<Row> {
    let projects = match data {
        Some(Data::Projects(projects)) => projects,
        Some(Data::Nothing(words)) => return words.lines().map(|line| dim(line, theme)).collect(),
        _ => return vec![dim("reading …", theme)],
    };
    if projects.is_empty() {
        return vec![dim("there are no projects: n makes one", theme)];
    }
    let mut rows = Vec::new();
    for view in projects {
        if !rows.is_empty() {
            rows.push(Row::empty());
        }
        rows.extend(of_project(view, snapshot, theme));
    }
    rows
}

fn of_project(view: &ProjectView, snapshot: &Snapshot, theme: Theme) -> Vec<Row> {
    let (project, progress) = (&view.project, &view.progress);
    let (state, tone) = state(view);
    let head = Line::from(vec![
        span(&project.title, Tone::Strong, theme),
        Span::raw("  "),
        span(state, tone, theme),
    ]);
    let arrow = theme.symbol("→", "->");
    let branches = match &project.branch {
        Some(branch) => format!("{branch} {arrow} {}", project.base_branch),
        None => format!("no branch of its own {arrow} {}", project.base_branch),
    };
    let mut rows = vec![
        Row::indented(head, 2).head(),
        Row::indented(bar(view, theme), 2),
        Row::indented(span(format!("  {}: {branches}", project.id), Tone::Dim, theme), 2),
    ];
    let landing = progress.landing.as_ref().map(|task| format!("  {} lands it", task.id));
    rows.extend(landing.map(|words| Row::indented(span(words, Tone::Dim, theme), 2)));
    if let Some(description) = &project.description {
        rows.extend(super::body(description, 2).take(TASKS));
    }
    let is_of = |id: Option<&octopoid_core::model::ProjectId>| id == Some(&project.id);
    let open = snapshot
        .entries
        .iter()
        .filter(|entry| is_of(entry.task.attributes.project.as_ref()) && entry.group != Attention::Done);
    let open: Vec<_> = open.collect();
    for entry in open.iter().take(TASKS) {
        rows.push(Row::clipped(Line::from(vec![
            span(
                format!("  {} {} ", theme.mark(entry.group), entry.task.id),
                Theme::of_group(entry.group),
                theme,
            ),
            Span::raw(fit(&entry.task.title, 80)),
        ])));
    }
    if open.len() > TASKS {
        rows.push(dim(&format!("  and {} more that are open", open.len() - TASKS), theme));
    }
    rows.into_iter().map(|row| row.marked(Mark::Project(project.id.clone()))).collect()
}

fn state(view: &ProjectView) -> (&'static str, Tone) {
    match view.project.status {
        _ if view.progress.needs_person(&view.project) => ("needs you: every task is done", Tone::Attention),
        ProjectStatus::Active => ("active", Tone::Busy),
        ProjectStatus::Completed => ("completed", Tone::Good),
        ProjectStatus::Draft => ("draft", Tone::Dim),
        ProjectStatus::Archived => ("archived", Tone::Dim),
    }
}

fn bar(view: &ProjectView, theme: Theme) -> Line<'static> {
    let progress = &view.progress;
    let filled = progress.done * BAR / progress.total.max(1);
    let (full, rest) = (theme.symbol("▇", "#").repeat(filled), theme.symbol("·", ".").repeat(BAR - filled));
    let words = format!("  {} of {} done, {}", progress.done, progress.total, money(view.used.cost_usd));
    Line::from(vec![
        Span::raw("  "),
        span(full, Tone::Good, theme),
        span(rest, Tone::Dim, theme),
        span(words, Tone::Plain, theme),
    ])
}
