//! The pane of a diff.

use super::{span, styled};
use crate::output::text::count;
use crate::tui::comments::{self, is_below};
use crate::tui::event::Changes;
use crate::tui::pane::{CodePlace, Mark, Row};
use crate::tui::text::clean;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{Change, FileDiff, Side};
use ratatui::text::{Line, Span};

pub(super) fn rows(changes: &Changes, theme: Theme) -> Vec<Row> {
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
        for row in hunks(file, changes, theme) {
            let below = match &row.mark {
                Some(Mark::Code(place)) if changes.is_newest() => {
                    elsewhere.extract_if(.., |comment| is_below(comment, place)).collect()
                }
                _ => Vec::new(),
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

/// Returns the lines of a patch whose commits are not here, so that its lines cannot be commented on.
pub(super) fn of_patch(patch: &str, theme: Theme) -> Vec<Row> {
    let note = "as it was handed in; comments need a repository that has the commits";
    let mut rows = vec![super::dim(note, theme), Row::empty()];
    rows.extend(patch.lines().map(|line| {
        let is_head = line.starts_with("diff --git ");
        let tone = match line.as_bytes() {
            _ if is_head => Tone::Strong,
            [b'@', b'@', ..] => Tone::Busy,
            [b'+', b'+', b'+', b' ', ..] | [b'-', b'-', b'-', b' ', ..] => Tone::Dim,
            [b'+', ..] => Tone::Added,
            [b'-', ..] => Tone::Removed,
            _ => Tone::Plain,
        };
        let row = Row::clipped(styled(line, tone, theme));
        if is_head { row.head() } else { row }
    }));
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
        Some(old) => format!("{} {} {}", clean(old), theme.symbol("→", "->"), clean(&file.path)),
        None => clean(&file.path),
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

/// Returns the changed lines of a file, each with its number in the new file, or in the old one where it was removed.
fn hunks(file: &FileDiff, changes: &Changes, theme: Theme) -> Vec<Row> {
    let (mut old, mut new) = (0, 0);
    let mut rows = Vec::new();
    for line in file.patch.lines().skip_while(|line| !line.starts_with("@@")) {
        if let Some((from, to)) = starts(line) {
            (old, new) = (from, to);
            rows.push(Row::clipped(styled(line, Tone::Busy, theme)));
            continue;
        }
        let (place, tone) = match line.as_bytes().first() {
            Some(b'+') => (Some((Side::New, post_add(&mut new))), Tone::Added),
            Some(b'-') => (Some((Side::Old, post_add(&mut old))), Tone::Removed),
            Some(b'\\') => (None, Tone::Dim),
            _ => {
                post_add(&mut old);
                (Some((Side::New, post_add(&mut new))), Tone::Plain)
            }
        };
        let number = place.map_or_else(String::new, |(_, number)| number.to_string());
        let spans = vec![span(format!("{number:>5} "), Tone::Dim, theme), span(line, tone, theme)];
        let row = Row::clipped(Line::from(spans));
        // What is old since the last review is not what is old in the work.
        let place = place.filter(|(side, _)| changes.since.is_none() || *side == Side::New);
        rows.push(match place {
            Some((side, line)) => row.marked(Mark::Code(CodePlace { path: path(file, side), side, line })),
            None => row,
        });
    }
    rows
}

/// Returns the path of a file on one side.
fn path(file: &FileDiff, side: Side) -> String {
    match (side, &file.old_path) {
        (Side::Old, Some(old)) => old.clone(),
        _ => file.path.clone(),
    }
}

fn post_add(number: &mut u32) -> u32 {
    let before = *number;
    *number = number.saturating_add(1);
    before
}

/// Parses the first lines of a hunk in both files from its head, `@@ -1,2 +3,4 @@`.
fn starts(line: &str) -> Option<(u32, u32)> {
    let mut parts = line.strip_prefix("@@ -")?.split(' ');
    let first = |part: &str| part.split(',').next()?.parse().ok();
    Some((first(parts.next()?)?, first(parts.next()?.strip_prefix('+')?)?))
}
