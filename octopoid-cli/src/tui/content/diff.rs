//! The pane of a diff.

mod hunks;

use super::{span, styled};
use crate::output::text::count;
use crate::tui::comments::{self, is_below};
use crate::tui::event::Changes;
use crate::tui::pane::Row;
use crate::tui::text::clean;
use crate::tui::theme::{Theme, Tone};
use hunks::Hunks;
use octopoid_core::model::{Change, FileDiff, PlacedComment};
use octopoid_core::ops::diff::quoted_name;
use ratatui::text::{Line, Span};

/// Returns the rows of a diff, `is_split` in two columns.
pub(super) fn rows(changes: &Changes, is_split: bool, theme: Theme) -> Vec<Row> {
    let diff = &changes.diff;
    let mut rows = vec![Row::new(head(changes, theme))];
    rows.extend(changes.note.as_deref().map(|note| Row::new(styled(note, Tone::Attention, theme))));
    if diff.files.is_empty() {
        rows.push(super::dim("nothing differs", theme));
    }
    for file in &diff.files {
        rows.push(Row::clipped(file_line(file, "  ", theme)));
    }
    // What stands at no line of this diff: on the work as a whole, outdated, or in lines that are not shown.
    let mut elsewhere: Vec<_> = changes.comments.iter().collect();
    let mut files = Vec::new();
    for file in &diff.files {
        files.push(Row::empty());
        files.push(Row::clipped(file_line(file, "", theme).style(theme.style(Tone::Strong))).head());
        for (row, places) in (Hunks { file, changes, is_split, theme }).rows() {
            let is_here = |comment: &mut &PlacedComment| places.iter().any(|place| is_below(comment, place));
            let below: Vec<_> = match changes.is_newest() {
                true => elsewhere.extract_if(.., is_here).collect(),
                false => Vec::new(),
            };
            files.push(row);
            files.extend(below.into_iter().flat_map(|comment| comments::rows(comment, theme)));
        }
    }
    if !elsewhere.is_empty() {
        rows.extend([
            Row::empty(),
            Row::new(styled("Comments that are at no line below", Tone::Strong, theme)).head(),
        ]);
        rows.extend(elsewhere.into_iter().flat_map(|comment| comments::rows(comment, theme)));
    }
    rows.extend(files);
    rows
}

/// Returns which round it is, and how much it changes.
fn head(changes: &Changes, theme: Theme) -> Line<'static> {
    let files = &changes.diff.files;
    let (added, removed) = files.iter().fold((0_u64, 0_u64), |(added, removed), file| {
        (added + u64::from(file.added), removed + u64::from(file.removed))
    });
    let Changes { round, newest, .. } = changes;
    let round = match changes.since {
        Some(since) => format!("round {round} since round {since}, which was reviewed: "),
        None if *newest > 1 => format!("round {round} of {newest}: "),
        None => String::new(),
    };
    Line::from(vec![
        span(round, Tone::Dim, theme),
        Span::raw(format!("{}, ", count(files.len() as u64, "file"))),
        span(format!("+{added}"), Tone::Added, theme),
        Span::raw(" "),
        span(format!("-{removed}"), Tone::Removed, theme),
    ])
}

fn file_line(file: &FileDiff, pad: &'static str, theme: Theme) -> Line<'static> {
    let mark = match file.change {
        Change::Added => "A",
        Change::Modified => "M",
        Change::Deleted => "D",
        Change::Renamed => "R",
        Change::TypeChanged => "T",
    };
    let name = match &file.old_path {
        Some(old) => {
            let (old, new) = (clean(&quoted_name(old)), clean(&quoted_name(&file.path)));
            format!("{old} {} {new}", theme.symbol("→", "->"))
        }
        None => clean(&quoted_name(&file.path)),
    };
    let mut spans = vec![Span::raw(format!("{pad}{mark} {name}  "))];
    if file.binary {
        spans.push(span("binary", Tone::Dim, theme));
    } else {
        spans.push(span(format!("+{}", file.added), Tone::Added, theme));
        spans.push(Span::raw(" "));
        spans.push(span(format!("-{}", file.removed), Tone::Removed, theme));
    }
    Line::from(spans)
}
