//! The panes, and the state of the one that is shown.

use super::text::wrap;
use octopoid_core::model::Side;
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

/// What a line of a pane stands for, where a key can do something with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// A line of code.
    Code(CodePlace),
    /// A review comment.
    Comment { id: u64, is_draft: bool, is_resolved: bool },
}

/// Line of a file on one side of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodePlace {
    pub(super) path: String,
    pub(super) side: Side,
    pub(super) line: u32,
}

/// Line of a pane before it is fitted to a width.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) line: Line<'static>,
    pub(super) fit: Fit,
    /// Whether `]` and `[` stop here: the head of an attempt or of a file.
    pub(super) is_head: bool,
    pub(super) mark: Option<Mark>,
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
        Self { line: line.into(), fit: Fit::Wrap { indent: 0 }, is_head: false, mark: None }
    }

    /// Returns a line that is wrapped with what goes on indented.
    pub(super) fn indented(line: impl Into<Line<'static>>, indent: usize) -> Self {
        Self { line: line.into(), fit: Fit::Wrap { indent }, is_head: false, mark: None }
    }

    /// Returns a line that is cut.
    pub(super) fn clipped(line: impl Into<Line<'static>>) -> Self {
        Self { line: line.into(), fit: Fit::Clip, is_head: false, mark: None }
    }

    /// Makes it one at which `]` and `[` stop.
    pub(super) fn head(mut self) -> Self {
        self.is_head = true;
        self
    }

    /// Gives it what it stands for.
    pub(super) fn marked(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
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
    /// The line that the cursor is on; none where the pane has no cursor.
    pub(super) cursor: Option<usize>,
    /// The line at which a range begins that ends at the cursor.
    pub(super) from: Option<usize>,
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
    pub(super) fn restart(&mut self, follows: bool, has_cursor: bool) {
        (self.top, self.left, self.follows) = (0, 0, follows);
        (self.cursor, self.from) = (has_cursor.then_some(0), None);
    }

    pub(super) fn resize(&mut self, width: usize, height: usize) {
        if self.width != width {
            let row = |line: Option<usize>| Some(self.lines.get(line?)?.0);
            let (top, cursor, from) = (row(Some(self.top)), row(self.cursor), row(self.from));
            self.width = width;
            self.lay_out();
            // The same text stays at the top and at the cursor.
            let line = |row: usize| self.lines.iter().position(|(number, _)| *number >= row);
            self.top = top.and_then(line).unwrap_or_default();
            self.cursor = self.cursor.and(Some(cursor.and_then(line).unwrap_or_default()));
            self.from = from.and_then(line);
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
        if let Some(cursor) = &mut self.cursor {
            let last = self.lines.len().saturating_sub(1);
            *cursor = cursor.saturating_add_signed(by).min(last);
            return self.keep_in(height);
        }
        self.top = self.top.saturating_add_signed(by);
        self.keep_in(height);
        self.follows = by > 0 && self.top == self.last_top(height);
    }

    pub(super) fn show_start(&mut self) {
        (self.top, self.left, self.follows) = (0, 0, false);
        self.cursor = self.cursor.map(|_| 0);
    }

    pub(super) fn show_end(&mut self, height: usize) {
        self.top = self.last_top(height);
        match &mut self.cursor {
            Some(cursor) => *cursor = self.lines.len().saturating_sub(1),
            None => self.follows = true,
        }
    }

    /// Begins a range at the cursor, or ends it. Returns whether there is a cursor.
    pub(super) fn toggle_range(&mut self) -> bool {
        self.from = if self.from.is_some() { None } else { self.cursor };
        self.cursor.is_some()
    }

    /// Returns what the line at the cursor stands for.
    pub(super) fn mark(&self) -> Option<&Mark> {
        self.mark_at(self.cursor?)
    }

    /// Returns what the line at the beginning of the range stands for.
    pub(super) fn mark_of_start(&self) -> Option<&Mark> {
        self.mark_at(self.from?)
    }

    fn mark_at(&self, line: usize) -> Option<&Mark> {
        self.rows[self.lines.get(line)?.0].mark.as_ref()
    }

    /// Returns whether a line is the one at the cursor, or in the range.
    pub(super) fn is_chosen(&self, line: usize) -> bool {
        let Some(cursor) = self.cursor else { return false };
        let from = self.from.unwrap_or(cursor);
        (from.min(cursor)..=from.max(cursor)).contains(&line)
    }

    /// Goes to the next head, or to the one before. Returns whether there is one.
    pub(super) fn show_head(&mut self, forwards: bool, height: usize) -> bool {
        let is_head = |at: &usize| {
            let (row, _) = &self.lines[*at];
            let is_first = *at == 0 || self.lines[*at - 1].0 != *row;
            is_first && self.rows[*row].is_head
        };
        let here = self.cursor.unwrap_or(self.top);
        let found = match forwards {
            true => (here + 1..self.lines.len()).find(is_head),
            false => (0..here.min(self.lines.len())).rev().find(is_head),
        };
        if let Some(at) = found {
            self.top = at;
            self.cursor = self.cursor.map(|_| at);
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
        if let Some(cursor) = &mut self.cursor {
            *cursor = (*cursor).min(self.lines.len().saturating_sub(1));
            self.top = self.top.min(*cursor).max((*cursor + 1).saturating_sub(height));
        }
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
