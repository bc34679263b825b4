//! The lines of a diff, quoted for the editor, with the place that each stands for.

use crate::args::CodePlace;
use crate::output::text::visible;
use octopoid_core::model::{Diff, LineRange, Side};

/// A quoted line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QuotedLine {
    pub(super) text: String,
    /// The line of a file that it shows; none for headers.
    pub(super) place: Option<CodePlace>,
}

/// A diff as quoted lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) lines: Vec<QuotedLine>,
}

impl Quoted {
    pub(super) fn of(diff: &Diff) -> Self {
        let mut lines = Vec::new();
        for file in &diff.files {
            let old_path = file.old_path.as_ref().unwrap_or(&file.path);
            // The next line on each side; none in the header.
            let mut next: Option<(u32, u32)> = None;
            for line in file.patch.lines() {
                let place = |path: &String, number: u32, side| {
                    Some(CodePlace { path: path.clone(), lines: LineRange::line(number), side })
                };
                let shown = match (next, line.chars().next()) {
                    _ if line.starts_with("@@") => {
                        next = hunk(line);
                        None
                    }
                    (Some((old, new)), Some('-')) => {
                        next = Some((old + 1, new));
                        place(old_path, old, Side::Old)
                    }
                    (Some((old, new)), Some('+')) => {
                        next = Some((old, new + 1));
                        place(&file.path, new, Side::New)
                    }
                    (Some((old, new)), Some(' ') | None) => {
                        next = Some((old + 1, new + 1));
                        place(&file.path, new, Side::New)
                    }
                    (Some(_), Some(_)) | (None, _) => None,
                };
                let text = format!("> {}", visible(line)).trim_end().to_owned();
                lines.push(QuotedLine { text, place: shown });
            }
        }
        Self { lines }
    }
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
