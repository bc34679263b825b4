//! The panes, and the state of the one that is shown.

use super::text::wrap;
use ratatui::text::Line;

/// Pane beside the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pane {
    Task,
    Log,
    Diff,
    Thread,
    Runs,
    Graph,
    Machines,
    Costs,
}

impl Pane {
    pub(super) const ALL: [Pane; 8] = [
        Pane::Task,
        Pane::Log,
        Pane::Diff,
        Pane::Thread,
        Pane::Runs,
        Pane::Graph,
        Pane::Machines,
        Pane::Costs,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Pane::Task => "task",
            Pane::Log => "log",
            Pane::Diff => "diff",
            Pane::Thread => "thread",
            Pane::Runs => "runs",
            Pane::Graph => "graph",
            Pane::Machines => "machines",
            Pane::Costs => "costs",
        }
    }

    /// Returns whether it shows the selected task.
    pub(super) const fn is_of_task(self) -> bool {
        match self {
            Pane::Task | Pane::Log | Pane::Diff | Pane::Thread | Pane::Runs | Pane::Graph => true,
            Pane::Machines | Pane::Costs => false,
        }
    }
}

/// Line of a pane before it is fitted to a width.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) line: Line<'static>,
    pub(super) fit: Fit,
    /// Whether `]` and `[` stop here: the head of an attempt or of a file.
    pub(super) is_head: bool,
}

/// What becomes of a line that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It goes on in the next one, indented.
    Wrap { indent: usize },
    /// It is cut, and the pane can be moved to the right.
    Clip,
}

impl Row {
    /// Returns a line that is wrapped.
    pub(super) fn new(line: impl Into<Line<'static>>) -> Self {
        Self { line: line.into(), fit: Fit::Wrap { indent: 0 }, is_head: false }
    }

    /// Returns a line that is wrapped with what goes on indented.
    pub(super) fn indented(line: impl Into<Line<'static>>, indent: usize) -> Self {
        Self { line: line.into(), fit: Fit::Wrap { indent }, is_head: false }
    }

    /// Returns a line that is cut.
    pub(super) fn clipped(line: impl Into<Line<'static>>) -> Self {
        Self { line: line.into(), fit: Fit::Clip, is_head: false }
    }

    /// Makes it one at which `]` and `[` stop.
    pub(super) fn head(mut self) -> Self {
        self.is_head = true;
        self
    }

    pub(super) fn empty() -> Self {
        Self::new("")
    }
}

/// The shown pane's lines and place.
#[derive(Debug, Clone, Default)]
pub(super) struct PaneState {
    rows: Vec<Row>,
    width: usize,
    /// The rows fitted to the width, each with the number of its row.
    lines: Vec<(usize, Line<'static>)>,
    /// The first line that is shown.
    pub(super) top: usize,
    /// How many columns of cut lines are left out at the left.
    pub(super) left: usize,
    /// Whether the end stays in sight when lines are added.
    pub(super) follows: bool,
}

impl PaneState {
    /// Shows other rows at the same place, as far as they have it.
    pub(super) fn set(&mut self, rows: Vec<Row>, height: usize) {
        self.rows = rows;
        self.lay_out();
        self.keep_in(height);
    }

    /// Adds rows at the end; only they are laid out.
    pub(super) fn append(&mut self, rows: Vec<Row>, height: usize) {
        let first = self.rows.len();
        self.rows.extend(rows);
        for number in first..self.rows.len() {
            self.lines.extend(fitted(&self.rows[number], number, self.width));
        }
        self.keep_in(height);
    }

    /// Goes back to the beginning, for another task or pane.
    pub(super) fn restart(&mut self, follows: bool) {
        (self.top, self.left, self.follows) = (0, 0, follows);
    }

    pub(super) fn resize(&mut self, width: usize, height: usize) {
        if self.width != width {
            let row = self.lines.get(self.top).map(|(row, _)| *row);
            self.width = width;
            self.lay_out();
            // The same text stays at the top.
            if let Some(row) = row {
                self.top = self.lines.iter().position(|(number, _)| *number >= row).unwrap_or_default();
            }
        }
        self.keep_in(height);
    }

    fn lay_out(&mut self) {
        let width = self.width;
        let rows = self.rows.iter().enumerate();
        self.lines = rows.flat_map(|(number, row)| fitted(row, number, width)).collect();
    }

    /// Moves by so many lines.
    pub(super) fn scroll(&mut self, by: isize, height: usize) {
        self.top = self.top.saturating_add_signed(by);
        self.keep_in(height);
        self.follows = by > 0 && self.top == self.last_top(height);
    }

    pub(super) fn to_start(&mut self) {
        (self.top, self.left, self.follows) = (0, 0, false);
    }

    pub(super) fn to_end(&mut self, height: usize) {
        (self.top, self.follows) = (self.last_top(height), true);
    }

    /// Goes to the next head, or to the one before. Returns whether there is one.
    pub(super) fn to_head(&mut self, forwards: bool, height: usize) -> bool {
        let is_head = |at: &usize| {
            let (row, _) = &self.lines[*at];
            let is_first = *at == 0 || self.lines[*at - 1].0 != *row;
            is_first && self.rows[*row].is_head
        };
        let found = match forwards {
            true => (self.top + 1..self.lines.len()).find(is_head),
            false => (0..self.top.min(self.lines.len())).rev().find(is_head),
        };
        if let Some(at) = found {
            self.top = at;
            self.follows = false;
            self.keep_in(height);
        }
        found.is_some()
    }

    pub(super) fn shift(&mut self, by: isize) {
        self.left = self.left.saturating_add_signed(by);
    }

    fn last_top(&self, height: usize) -> usize {
        self.lines.len().saturating_sub(height)
    }

    fn keep_in(&mut self, height: usize) {
        let last = self.last_top(height);
        self.top = if self.follows { last } else { self.top.min(last) };
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns the lines that are in sight, and whether each is cut rather than wrapped.
    pub(super) fn visible(&self, height: usize) -> impl Iterator<Item = (&Line<'static>, bool)> {
        let lines = self.lines.iter().skip(self.top).take(height);
        lines.map(|(row, line)| (line, self.rows[*row].fit == Fit::Clip))
    }
}

fn fitted(row: &Row, number: usize, width: usize) -> Vec<(usize, Line<'static>)> {
    match row.fit {
        Fit::Clip => vec![(number, row.line.clone())],
        Fit::Wrap { indent } => {
            wrap(&row.line, width, indent).into_iter().map(|line| (number, line)).collect()
        }
    }
}
