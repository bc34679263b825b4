//! The lines of a diff, quoted for the editor, with the place that each stands for.

use crate::args::CodePlace;
use crate::output::text::visible_part;
use octopoid_core::model::{Change, Diff, FileDiff, LineRange, Side};

/// What a quoted line begins with. Quotes in Markdown do not.
pub(super) const QUOTE: &str = ">|";

/// A quoted line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QuotedLine {
    pub(super) text: String,
    /// The line of a file that it shows; the file as such for headers.
    pub(super) place: CodePlace,
}

/// A diff as quoted lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) lines: Vec<QuotedLine>,
}

impl Quoted {
    pub(super) fn of(diff: &Diff) -> Self {
        Self { lines: diff.files.iter().flat_map(quoted).collect() }
    }
}

fn quoted(file: &FileDiff) -> Vec<QuotedLine> {
    let old_path = file.old_path.as_ref().unwrap_or(&file.path);
    let place = |path: &String, lines, side| CodePlace { path: path.clone(), lines, side };
    let line = |path, number, side| place(path, Some(LineRange::line(number)), side);
    let whole = match file.change {
        Change::Deleted => place(&file.path, None, Side::Old),
        _ => place(&file.path, None, Side::New),
    };
    // The next line on each side; none in the header.
    let mut next: Option<(u32, u32)> = None;
    let mut lines: Vec<QuotedLine> = Vec::new();
    for shown in file.patch.lines() {
        if shown.starts_with("diff --git ") {
            next = None;
        }
        let place = match (next, shown.chars().next()) {
            _ if shown.starts_with("@@") => {
                next = hunk(shown);
                whole.clone()
            }
            (Some((old, new)), Some('-')) => {
                next = Some((old + 1, new));
                line(old_path, old, Side::Old)
            }
            (Some((old, new)), Some('+')) => {
                next = Some((old, new + 1));
                line(&file.path, new, Side::New)
            }
            (Some((old, new)), Some(' ') | None) => {
                next = Some((old + 1, new + 1));
                line(&file.path, new, Side::New)
            }
            // That the file ends without a line break is said of the line before.
            (Some(_), Some(_)) => lines.last().map_or_else(|| whole.clone(), |last| last.place.clone()),
            (None, _) => whole.clone(),
        };
        let text = format!("{QUOTE}{}", visible_part(shown)).trim_end().to_owned();
        lines.push(QuotedLine { text, place });
    }
    lines
}

/// Returns the first lines of a hunk, from its head.
fn hunk(head: &str) -> Option<(u32, u32)> {
    let number = |sign: char| {
        let from = head.find(sign)? + 1;
        let digits: String = head[from..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    Some((number('-')?, number('+')?))
}
