//! What the panes show, as lines. Pure.

mod costs;
mod diff;
mod drafts;
mod log;
mod machines;
mod project;
mod projects;
mod runs;
mod task;
mod thread;

pub(super) use log::log_row;

use super::event::Data;
use super::graph;
use super::model::Model;
use super::pane::{Pane, Row};
use super::text::clean;
use super::theme::{Theme, Tone};
use ratatui::text::{Line, Span};

/// Returns the lines of the pane that is shown.
pub(super) fn rows(model: &Model) -> Vec<Row> {
    let theme = model.theme;
    if !model.is_loaded {
        return vec![dim("reading the queue …", theme)];
    }
    let data = model.data.as_ref();
    match model.wanted.pane {
        Pane::Machines => return machines::rows(&model.snapshot, theme, model.now),
        Pane::Costs => return costs::rows(&model.snapshot, data, theme),
        Pane::Projects => return projects::rows(&model.snapshot, data, theme),
        Pane::Drafts => return drafts::rows(data, theme, model.now),
        Pane::Task | Pane::Log | Pane::Diff | Pane::Thread | Pane::Runs | Pane::Graph => {}
    }
    if let Some(project) = model.project() {
        return project::rows(project, theme);
    }
    let Some(entry) = model.selected() else {
        let words = if model.list.filter.is_empty() {
            "no tasks yet: n adds one"
        } else {
            "no task matches; Esc shows all again"
        };
        return vec![dim(words, theme)];
    };
    match (model.wanted.pane, data) {
        (Pane::Task, data) => task::rows(entry, data, theme, model.now),
        (Pane::Graph, _) => graph::rows(&entry.task, &model.snapshot, theme),
        (_, None) => vec![dim("reading …", theme)],
        (_, Some(Data::Nothing(words))) => words.lines().map(|line| dim(line, theme)).collect(),
        (Pane::Log, Some(Data::Log(log))) => log::rows(log, theme),
        (Pane::Diff, Some(Data::Diff(changes))) => diff::rows(changes, model.is_split(), theme),
        (Pane::Thread, Some(Data::Details { thread, comments, .. })) => {
            thread::rows(thread, comments, theme, model.now)
        }
        (Pane::Runs, Some(Data::Details { runs, .. })) => runs::rows(runs, theme, model.now),
        // What was read for another pane.
        (_, Some(_)) => Vec::new(),
    }
}

/// Returns a heading, with air above it.
fn heading(name: &str, theme: Theme) -> [Row; 2] {
    [Row::empty(), Row::new(styled(name, Tone::Strong, theme))]
}

/// Returns a line in the style of a tone.
fn styled(text: impl AsRef<str>, tone: Tone, theme: Theme) -> Line<'static> {
    Line::from(span(text, tone, theme))
}

fn span(text: impl AsRef<str>, tone: Tone, theme: Theme) -> Span<'static> {
    Span::styled(clean(text.as_ref()), theme.style(tone))
}

fn dim(text: &str, theme: Theme) -> Row {
    Row::new(styled(text, Tone::Dim, theme))
}

/// Returns a field's name and value in a line.
fn field(name: &str, value: impl AsRef<str>, theme: Theme) -> Row {
    let name = format!("{name:<9} ");
    let indent = name.len();
    Row::indented(Line::from(vec![span(name, Tone::Dim, theme), Span::raw(clean(value.as_ref()))]), indent)
}

/// Returns the lines of a foreign text.
fn body(text: &str, indent: usize) -> impl Iterator<Item = Row> + '_ {
    let pad = " ".repeat(indent);
    text.trim_end()
        .lines()
        .map(move |line| Row::indented(Line::from(format!("{pad}{}", clean(line))), indent))
}
