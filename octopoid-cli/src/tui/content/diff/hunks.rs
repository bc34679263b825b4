//! The changed lines of a file, in one column or in two.

use crate::tui::content::{span, styled};
use crate::tui::event::Changes;
use crate::tui::pane::{CodePlace, Mark, Row};
use crate::tui::text::clean_from;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{FileDiff, Side};
use octopoid_core::ops::diff::{self, Block, Hunk, RowKind, blocks, changed_words};
use ratatui::text::{Line, Span};
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// Row of the diff with the places that comments on it name.
pub(super) type Placed = (Row, Vec<CodePlace>);

/// Makes the rows of one file.
pub(super) struct Hunks<'a> {
    pub(super) file: &'a FileDiff,
    pub(super) changes: &'a Changes,
    pub(super) is_split: bool,
    pub(super) theme: Theme,
}

impl Hunks<'_> {
    pub(super) fn rows(&self) -> Vec<Placed> {
        let hunks = diff::hunks(&self.file.patch);
        if hunks.is_empty() {
            // What is no text, or only a change of the mode, is said by the head of the patch.
            let line = |line| (Row::clipped(styled(line, Tone::Dim, self.theme)), Vec::new());
            return self
                .file
                .patch
                .lines()
                .filter(|line| !line.starts_with("diff --git "))
                .map(line)
                .collect();
        }
        hunks.iter().flat_map(|hunk| self.hunk(hunk)).collect()
    }

    fn hunk(&self, hunk: &Hunk<'_>) -> Vec<Placed> {
        let first = hunk.rows.first().map_or(0, |row| row.new.max(row.old));
        let head = format!("@@ line {first}  {}", hunk.context);
        let mut rows = vec![(Row::clipped(styled(head, Tone::Busy, self.theme)), Vec::new())];
        for block in blocks(hunk) {
            match block {
                Block::Same(row) if self.is_split => {
                    let (old, new) = (self.line(row.old, row, &[]), self.line(row.new, row, &[]));
                    rows.push(self.placed(Row::split(old, new), &[row]));
                }
                Block::Same(row) => {
                    rows.push(self.placed(Row::clipped(self.line(row.new, row, &[])), &[row]))
                }
                Block::Changed(removed, added) if self.is_split => rows.extend(self.beside(removed, added)),
                Block::Changed(removed, added) => rows.extend(self.below(removed, added)),
            }
            let ends = |row: &&diff::Row<'_>| row.no_newline;
            let is_end = match block {
                Block::Same(row) => ends(&row),
                Block::Changed(removed, added) => removed.iter().chain(added).any(|row| ends(&row)),
            };
            if is_end {
                let words = "      the file ends without a line break";
                rows.push((Row::clipped(styled(words, Tone::Dim, self.theme)), Vec::new()));
            }
        }
        rows
    }

    /// Removed lines above those that replace them.
    fn below(&self, removed: &[diff::Row<'_>], added: &[diff::Row<'_>]) -> Vec<Placed> {
        let words = compared(removed, added);
        let of_side = |rows: &[diff::Row<'_>], side: Side| -> Vec<Placed> {
            let row = |(at, row): (usize, &diff::Row<'_>)| {
                let line = self.line(row.place().1, row, words_at(&words, at, side));
                self.placed(Row::clipped(line), &[row])
            };
            rows.iter().enumerate().map(row).collect()
        };
        [of_side(removed, Side::Old), of_side(added, Side::New)].concat()
    }

    /// Removed lines at the left of those that replace them.
    fn beside(&self, removed: &[diff::Row<'_>], added: &[diff::Row<'_>]) -> Vec<Placed> {
        let words = compared(removed, added);
        let line = |row: Option<&diff::Row<'_>>, at: usize, side: Side| {
            row.map_or_else(Line::default, |row| self.line(row.place().1, row, words_at(&words, at, side)))
        };
        let pair = |at: usize| {
            let (old, new) = (removed.get(at), added.get(at));
            let row = Row::split(line(old, at, Side::Old), line(new, at, Side::New));
            // A comment by key is on the right one, where there is one.
            let both: Vec<_> = [new, old].into_iter().flatten().collect();
            self.placed(row, &both)
        };
        (0..removed.len().max(added.len())).map(pair).collect()
    }

    /// Gives a row the places of its lines; the first is what keys are about.
    fn placed(&self, row: Row, lines: &[&diff::Row<'_>]) -> Placed {
        let place = |row: &&diff::Row<'_>| {
            let (side, line) = row.place();
            // What is old since the last review is not what is old in the work.
            let is_of_work = self.changes.since.is_none() || side == Side::New;
            is_of_work.then(|| CodePlace { path: path(self.file, side), side, line })
        };
        let places: Vec<_> = lines.iter().filter_map(place).collect();
        match places.first() {
            Some(place) => (row.marked(Mark::Code(place.clone())), places),
            None => (row, places),
        }
    }

    /// Returns a line with its number, its sign, and the words marked that differ.
    fn line(&self, number: u32, row: &diff::Row<'_>, changed: &[Range<usize>]) -> Line<'static> {
        let (sign, tone, word) = match row.kind {
            RowKind::Same => (" ", Tone::Plain, Tone::Plain),
            RowKind::Removed => ("-", Tone::Removed, Tone::RemovedWord),
            RowKind::Added => ("+", Tone::Added, Tone::AddedWord),
        };
        let mut spans =
            vec![span(format!("{number:>5} "), Tone::Dim, self.theme), span(sign, tone, self.theme)];
        let (mut at, mut column) = (0, sign.len());
        let mut add = |part: &str, tone: Tone| {
            let text = clean_from(part, column);
            column += text.width();
            if !text.is_empty() {
                spans.push(Span::styled(text, self.theme.style(tone)));
            }
        };
        for range in changed {
            add(&row.text[at..range.start], tone);
            add(&row.text[range.clone()], word);
            at = range.end;
        }
        add(&row.text[at..], tone);
        Line::from(spans)
    }
}

type Words = Vec<(Vec<Range<usize>>, Vec<Range<usize>>)>;

/// Compares each removed line with the one that stands in its place.
fn compared(removed: &[diff::Row<'_>], added: &[diff::Row<'_>]) -> Words {
    removed.iter().zip(added).map(|(old, new)| changed_words(old.text, new.text)).collect()
}

fn words_at(words: &Words, at: usize, side: Side) -> &[Range<usize>] {
    match (words.get(at), side) {
        (Some((old, _)), Side::Old) => old,
        (Some((_, new)), Side::New) => new,
        (None, _) => &[],
    }
}

/// Returns the path of a file on one side.
fn path(file: &FileDiff, side: Side) -> String {
    match (side, &file.old_path) {
        (Side::Old, Some(old)) => old.clone(),
        _ => file.path.clone(),
    }
}
