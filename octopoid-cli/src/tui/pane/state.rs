//! The lines of the shown pane, and its place in them.

use super::row::{Fit, Mark, Row};
use crate::tui::text::wrap;
use ratatui::text::Line;

/// The shown pane's lines and place.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct PaneState {
    rows: Vec<Row>,
    width: usize,
    /// The rows fitted to the width, each with the number of its row.
    lines: Vec<(usize, Line<'static>)>,
    /// The first line that is shown.
    pub(in crate::tui) top: usize,
    /// How many columns of cut lines are left out at the left.
    pub(in crate::tui) left: usize,
    /// Whether the end stays in sight when lines are added.
    pub(in crate::tui) follows: bool,
    /// The line that the cursor is on; none where the pane has no cursor.
    pub(in crate::tui) cursor: Option<usize>,
    /// The line at which a range begins that ends at the cursor.
    pub(in crate::tui) from: Option<usize>,
}

impl PaneState {
    /// Shows other rows at the same place, as far as they have it. The cursor, and the start of a range, stay at what they stood
    /// at, wherever that is now.
    pub(in crate::tui) fn set(&mut self, rows: Vec<Row>, height: usize) {
        let (at, from) = (self.anchored(self.cursor), self.anchored(self.from));
        self.rows = rows;
        self.lay_out();
        if let Some(line) = at.and_then(|at| self.find(at)) {
            let by = line.cast_signed().wrapping_sub(self.cursor.unwrap_or_default().cast_signed());
            self.top = self.top.saturating_add_signed(by);
            self.cursor = Some(line);
        }
        if let Some(line) = from.and_then(|from| self.find(from)) {
            self.from = Some(line);
        }
        self.keep_in(height);
    }

    /// Returns what a line stands for, with how many lines before it stand for the same, and its number.
    fn anchored(&self, line: Option<usize>) -> Option<(Mark, usize, usize)> {
        let line = line?;
        let mark = self.mark_at(line)?.clone();
        let before = (0..line).rev().take_while(|line| self.mark_at(*line) == Some(&mark)).count();
        Some((mark, before, line))
    }

    /// Finds the line that stands for something; of several places the nearest to where it was.
    fn find(&self, (mark, before, was): (Mark, usize, usize)) -> Option<usize> {
        let is_first = |line: &usize| {
            self.mark_at(*line) == Some(&mark) && (*line == 0 || self.mark_at(*line - 1) != Some(&mark))
        };
        let start = was - before;
        let first = (0..self.lines.len()).filter(is_first).min_by_key(|line| line.abs_diff(start))?;
        let length = (first..self.lines.len()).take_while(|line| self.mark_at(*line) == Some(&mark)).count();
        Some(first + before.min(length - 1))
    }

    /// Adds rows at the end; only they are laid out.
    pub(in crate::tui) fn append(&mut self, rows: Vec<Row>, height: usize) {
        let first = self.rows.len();
        self.rows.extend(rows);
        for number in first..self.rows.len() {
            self.lines.extend(fitted(&self.rows[number], number, self.width));
        }
        self.keep_in(height);
    }

    /// Goes back to the beginning, for another task or pane.
    pub(in crate::tui) fn restart(&mut self, follows: bool, has_cursor: bool) {
        (self.top, self.left, self.follows) = (0, 0, follows);
        (self.cursor, self.from) = (has_cursor.then_some(0), None);
    }

    pub(in crate::tui) fn resize(&mut self, width: usize, height: usize) {
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
    pub(in crate::tui) fn scroll(&mut self, by: isize, height: usize) {
        if let Some(cursor) = &mut self.cursor {
            let last = self.lines.len().saturating_sub(1);
            *cursor = cursor.saturating_add_signed(by).min(last);
            return self.keep_in(height);
        }
        self.top = self.top.saturating_add_signed(by);
        self.keep_in(height);
        self.follows = by > 0 && self.top == self.last_top(height);
    }

    pub(in crate::tui) fn show_start(&mut self) {
        (self.top, self.left, self.follows) = (0, 0, false);
        self.cursor = self.cursor.map(|_| 0);
    }

    pub(in crate::tui) fn show_end(&mut self, height: usize) {
        self.top = self.last_top(height);
        match &mut self.cursor {
            Some(cursor) => *cursor = self.lines.len().saturating_sub(1),
            None => self.follows = true,
        }
    }

    /// Begins a range at the cursor, or ends it. Returns whether there is a cursor.
    pub(in crate::tui) fn toggle_range(&mut self) -> bool {
        self.from = if self.from.is_some() { None } else { self.cursor };
        self.cursor.is_some()
    }

    /// Returns what the line at the cursor stands for.
    pub(in crate::tui) fn mark(&self) -> Option<&Mark> {
        self.mark_at(self.cursor?)
    }

    /// Returns what the line at the beginning of the range stands for.
    pub(in crate::tui) fn mark_of_start(&self) -> Option<&Mark> {
        self.mark_at(self.from?)
    }

    fn mark_at(&self, line: usize) -> Option<&Mark> {
        self.rows[self.lines.get(line)?.0].mark.as_ref()
    }

    /// Returns whether a line is the one at the cursor, or in the range.
    pub(in crate::tui) fn is_chosen(&self, line: usize) -> bool {
        let Some(cursor) = self.cursor else { return false };
        let from = self.from.unwrap_or(cursor);
        (from.min(cursor)..=from.max(cursor)).contains(&line)
    }

    /// Goes to the next head, or to the one before. Returns whether there is one.
    pub(in crate::tui) fn show_head(&mut self, forwards: bool, height: usize) -> bool {
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

    pub(in crate::tui) fn shift(&mut self, by: isize) {
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

    pub(in crate::tui) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns the lines that are in sight, each with the row that it is of.
    pub(in crate::tui) fn visible(&self, height: usize) -> impl Iterator<Item = (&Line<'static>, &Row)> {
        let lines = self.lines.iter().skip(self.top).take(height);
        lines.map(|(row, line)| (line, &self.rows[*row]))
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
