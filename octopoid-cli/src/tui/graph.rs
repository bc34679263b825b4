//! The graph of what a task waits for, and of what waits for it. Pure.

use super::entry::Entry;
use super::pane::Row;
use super::snapshot::Snapshot;
use super::text::fit;
use super::theme::{Theme, Tone};
use octopoid_core::model::{Task, TaskId};
use ratatui::text::{Line, Span};
use std::collections::{BTreeMap, BTreeSet};

/// How far the graph is followed.
const DEPTH: usize = 12;
/// The longest title.
const TITLE: usize = 80;

/// Returns the graph around a task.
pub(super) fn rows(task: &Task, snapshot: &Snapshot, theme: Theme) -> Vec<Row> {
    let graph = Graph::of(snapshot, theme);
    let mut rows = vec![Row::new(Span::styled("Waits for", theme.style(Tone::Strong)))];
    graph.branch(&task.id, Direction::Up, "", &mut BTreeSet::new(), &mut rows);
    if rows.len() == 1 {
        rows.push(Row::new(Span::styled("nothing", theme.style(Tone::Dim))));
    }
    rows.push(Row::empty());
    rows.push(Row::new(Span::styled("What waits for it", theme.style(Tone::Strong))));
    let before = rows.len();
    graph.branch(&task.id, Direction::Down, "", &mut BTreeSet::new(), &mut rows);
    if rows.len() == before {
        rows.push(Row::new(Span::styled("nothing", theme.style(Tone::Dim))));
    }
    rows
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// To what a task waits for.
    Up,
    /// To what waits for a task.
    Down,
}

struct Graph<'a> {
    entries: BTreeMap<&'a TaskId, &'a Entry>,
    waiting: BTreeMap<&'a TaskId, Vec<&'a TaskId>>,
    theme: Theme,
}

impl<'a> Graph<'a> {
    fn of(snapshot: &'a Snapshot, theme: Theme) -> Self {
        let entries = snapshot.entries.iter().map(|entry| (&entry.task.id, entry)).collect();
        let mut waiting: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in &snapshot.entries {
            for blocker in &entry.task.blockers {
                waiting.entry(&blocker.id).or_default().push(&entry.task.id);
            }
        }
        Self { entries, waiting, theme }
    }

    fn next(&self, id: &TaskId, direction: Direction) -> Vec<&'a TaskId> {
        match direction {
            Direction::Up => {
                let blockers = self.entries.get(id).map(|entry| &entry.task.blockers);
                blockers.into_iter().flatten().map(|blocker| &blocker.id).collect()
            }
            Direction::Down => self.waiting.get(id).cloned().unwrap_or_default(),
        }
    }

    /// Adds what follows a task, each below what it follows. A task that stands above already is not followed again.
    fn branch(
        &self,
        id: &TaskId,
        direction: Direction,
        pad: &str,
        seen: &mut BTreeSet<TaskId>,
        rows: &mut Vec<Row>,
    ) {
        let next = self.next(id, direction);
        for (number, one) in next.iter().enumerate() {
            let is_last = number + 1 == next.len();
            let joint = match is_last {
                true => self.theme.symbol("└ ", "`- "),
                false => self.theme.symbol("├ ", "|- "),
            };
            let is_new = seen.insert((*one).clone());
            rows.push(self.row(one, &format!("{pad}{joint}"), is_new));
            let depth = pad.chars().count() / 2;
            if is_new && depth < DEPTH {
                let rest = if is_last { "  " } else { self.theme.symbol("│ ", "|  ") };
                self.branch(one, direction, &format!("{pad}{rest}"), seen, rows);
            }
        }
    }

    fn row(&self, id: &TaskId, pad: &str, is_new: bool) -> Row {
        let theme = self.theme;
        let mut spans = vec![Span::styled(pad.to_owned(), theme.style(Tone::Dim))];
        match self.entries.get(id) {
            Some(entry) => {
                let tone = Theme::of_group(entry.group);
                spans.push(Span::styled(format!("{} {id} ", theme.mark(entry.group)), theme.style(tone)));
                spans.push(Span::raw(fit(&entry.task.title, TITLE)));
                let more = if is_new { "" } else { " (above)" };
                spans.push(Span::styled(format!("  {}{more}", entry.group), theme.style(Tone::Dim)));
            }
            None => {
                spans.push(Span::raw(id.to_string()));
                spans.push(Span::styled("  done long ago, or gone", theme.style(Tone::Dim)));
            }
        }
        Row::clipped(Line::from(spans))
    }
}
