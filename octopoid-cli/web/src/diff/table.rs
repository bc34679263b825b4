//! The diff of one file as a table.

use super::language::Language;
use super::line::push_line;
use super::syntax::{Lexer, TokenKind};
use octopoid_core::model::{FileDiff, Side};
use octopoid_core::ops::diff::{Block, Hunk, Row, RowKind, blocks, changed_words, hunks, shown_part};
use std::fmt::Write;
use std::ops::Range;

/// Layout of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Layout {
    /// One column: removed lines above those that replace them.
    #[default]
    Unified,
    /// Two columns: before and after.
    Split,
}

/// What stands below a line, such as comments: appended to the table as rows of their own.
pub(crate) trait Below {
    /// Appends what stands below a line; `columns` is the width of the table.
    fn push(&self, html: &mut String, side: Side, line: u32, columns: u8);

    /// Returns the address at which something can be written about a line; none where that is not possible.
    fn address(&self, side: Side, line: u32) -> Option<String>;
}

/// Appends the table of a file. `number` tells the file from others on the page.
pub(crate) fn push_table(
    html: &mut String,
    file: &FileDiff,
    number: usize,
    layout: Layout,
    below: &dyn Below,
) {
    let language = Language::of(&file.path);
    let mut table =
        Table { html, number, layout, below, old: Lexer::new(language), new: Lexer::new(language) };
    let name = if layout == Layout::Split { "split" } else { "unified" };
    let _ = write!(table.html, "<table class=\"diff {name}\">");
    if layout == Layout::Split {
        table.html.push_str("<colgroup><col class=\"no\"><col class=\"half\"><col class=\"no\"><col class=\"half\"></colgroup>");
    }
    for hunk in hunks(&file.patch) {
        table.hunk(&hunk);
    }
    table.html.push_str("</table>");
}

struct Table<'a> {
    html: &'a mut String,
    number: usize,
    layout: Layout,
    below: &'a dyn Below,
    old: Lexer,
    new: Lexer,
}

type Tokens = Vec<(Range<usize>, TokenKind)>;

impl Table<'_> {
    const fn columns(&self) -> u8 {
        match self.layout {
            Layout::Unified => 3,
            Layout::Split => 4,
        }
    }

    fn hunk(&mut self, hunk: &Hunk<'_>) {
        self.old.skip();
        self.new.skip();
        let first = hunk.rows.first().map_or(0, |row| row.new.max(row.old));
        let _ = write!(self.html, "<tbody><tr class=\"hunk\"><td colspan=\"{}\">", self.columns());
        let _ = write!(self.html, "<span>Line {first}</span> ");
        crate::text::push_escaped(self.html, hunk.context);
        self.html.push_str("</td></tr>");
        for block in blocks(hunk) {
            match (block, self.layout) {
                (Block::Same(row), Layout::Unified) => self.same(row),
                (Block::Same(row), Layout::Split) => self.same_split(row),
                (Block::Changed(removed, added), Layout::Unified) => self.changed(removed, added),
                (Block::Changed(removed, added), Layout::Split) => self.changed_split(removed, added),
            }
        }
        self.html.push_str("</tbody>");
    }

    fn same(&mut self, row: &Row<'_>) {
        let tokens = self.both(row);
        self.html.push_str("<tr>");
        let _ = write!(self.html, "<td class=\"no\">{}</td>", row.old);
        self.number_cell(row);
        self.code(row, &tokens, &[]);
        self.html.push_str("</tr>");
        self.below(row);
    }

    fn same_split(&mut self, row: &Row<'_>) {
        let tokens = self.both(row);
        let _ = write!(self.html, "<tr><td class=\"no\">{}</td>", row.old);
        self.code(row, &tokens, &[]);
        self.number_cell(row);
        self.code(row, &tokens, &[]);
        self.html.push_str("</tr>");
        self.below(row);
    }

    /// Reads a line on both sides, which is the same on both.
    fn both(&mut self, row: &Row<'_>) -> Tokens {
        self.old.line(row.text);
        self.new.line(row.text)
    }

    fn changed(&mut self, removed: &[Row<'_>], added: &[Row<'_>]) {
        let words = compared(removed, added);
        for (row, (changed, _)) in removed.iter().zip(padded(&words)) {
            let tokens = self.old.line(row.text);
            self.html.push_str("<tr class=\"removed\">");
            self.number_cell(row);
            self.html.push_str("<td class=\"no\"></td>");
            self.code(row, &tokens, changed);
            self.html.push_str("</tr>");
            self.below(row);
        }
        for (row, (_, changed)) in added.iter().zip(padded(&words)) {
            let tokens = self.new.line(row.text);
            self.html.push_str("<tr class=\"added\"><td class=\"no\"></td>");
            self.number_cell(row);
            self.code(row, &tokens, changed);
            self.html.push_str("</tr>");
            self.below(row);
        }
    }

    fn changed_split(&mut self, removed: &[Row<'_>], added: &[Row<'_>]) {
        let words = compared(removed, added);
        for (at, (old, new)) in (0..removed.len().max(added.len())).zip(padded(&words)) {
            self.html.push_str("<tr class=\"changed\">");
            match removed.get(at) {
                Some(row) => {
                    let tokens = self.old.line(row.text);
                    self.number_cell(row);
                    self.code(row, &tokens, old);
                }
                None => self.html.push_str("<td class=\"no\"></td><td class=\"none\"></td>"),
            }
            match added.get(at) {
                Some(row) => {
                    let tokens = self.new.line(row.text);
                    self.number_cell(row);
                    self.code(row, &tokens, new);
                }
                None => self.html.push_str("<td class=\"no\"></td><td class=\"none\"></td>"),
            }
            self.html.push_str("</tr>");
            for row in [removed.get(at), added.get(at)].into_iter().flatten() {
                self.below(row);
            }
        }
    }

    fn number_cell(&mut self, row: &Row<'_>) {
        let (side, line) = row.place();
        let class = kind(row.kind);
        let _ =
            write!(self.html, "<td class=\"no {class}\" id=\"f{}-{}-{line}\">", self.number, side.as_str());
        match self.below.address(side, line) {
            Some(address) => {
                self.html.push_str("<a href=\"");
                crate::text::push_escaped(self.html, &address);
                let _ = write!(self.html, "\" title=\"Comment on line {line}\">{line}</a></td>");
            }
            None => {
                let _ = write!(self.html, "{line}</td>");
            }
        }
    }

    fn code(&mut self, row: &Row<'_>, tokens: &Tokens, changed: &[Range<usize>]) {
        let _ = write!(self.html, "<td class=\"code {}\">", kind(row.kind));
        let (text, left) = shown_part(row.text);
        push_line(self.html, text, tokens, changed);
        if left > 0 {
            let _ = write!(self.html, "<span class=\"eof\">… {left} more characters</span>");
        }
        if row.no_newline {
            self.html.push_str("<span class=\"eof\" title=\"The file ends without a line break\">⊘</span>");
        }
        self.html.push_str("</td>");
    }

    fn below(&mut self, row: &Row<'_>) {
        let (side, line) = row.place();
        let columns = self.columns();
        self.below.push(self.html, side, line, columns);
    }
}

const fn kind(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Same => "",
        RowKind::Removed => "removed",
        RowKind::Added => "added",
    }
}

type Changed = (Vec<Range<usize>>, Vec<Range<usize>>);

/// Compares each removed line with the one that stands in its place.
fn compared(removed: &[Row<'_>], added: &[Row<'_>]) -> Vec<Changed> {
    removed.iter().zip(added).map(|(old, new)| changed_words(old.text, new.text)).collect()
}

/// Returns the changed words of each line, and none for lines that nothing stands in the place of.
fn padded(words: &[Changed]) -> impl Iterator<Item = (&[Range<usize>], &[Range<usize>])> {
    let known = words.iter().map(|(old, new)| (old.as_slice(), new.as_slice()));
    known.chain(std::iter::repeat((&[][..], &[][..])))
}
