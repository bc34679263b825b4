//! Review comments between the lines of a diff. Pure.

use super::pane::{CodePlace, Mark, Row};
use super::text::clean;
use super::theme::{Theme, Tone};
use octopoid_core::model::{PlacedComment, Position, Proposal, ReviewComment, Severity, Side};
use ratatui::text::{Line, Span};

/// Columns before a comment: those of a line's number.
const INDENT: usize = 6;

/// Returns whether a comment stands below a line of the diff: the last one that it is about.
pub(super) fn is_below(comment: &PlacedComment, place: &CodePlace) -> bool {
    let side = comment.comment.anchor.as_ref().map(|anchor| anchor.side);
    let Some((path, lines)) = comment.place() else { return false };
    path == place.path && lines.is_some_and(|lines| lines.last == place.line) && side == Some(place.side)
}

/// Returns the lines of a comment with its replies.
pub(super) fn rows(placed: &PlacedComment, theme: Theme) -> Vec<Row> {
    let comment = &placed.comment;
    let tone = match comment.severity {
        _ if !comment.is_draft() && !comment.is_open() => Tone::Dim,
        Severity::Must => Tone::Bad,
        Severity::Should => Tone::Attention,
        Severity::Nit => Tone::Plain,
    };
    let mut head = format!("{}. {} by {}", comment.id, comment.severity.as_str(), comment.author.name());
    if !comment.is_open() {
        head.push_str(&format!(", {}", comment.state.as_str()));
    }
    match &placed.position {
        Some(Position::Moved { .. }) => head.push_str(", moved"),
        Some(Position::Outdated) => head.push_str(", outdated: the lines were changed since"),
        _ => {}
    }
    let mut rows = vec![row(comment, vec![bar(theme), Span::styled(clean(&head), theme.style(tone))])];
    // Where the lines are no more, they are shown as they were.
    if let (Some(anchor), Some(was), None) = (&comment.anchor, placed.place_name(), placed.place()) {
        rows.push(row(comment, vec![bar(theme), Span::styled(clean(&was), theme.style(Tone::Dim))]));
        for line in anchor.text.lines() {
            let text = Span::styled(clean(&format!("  {line}")), theme.style(Tone::Dim));
            rows.push(row(comment, vec![bar(theme), text]));
        }
    }
    rows.extend(text(comment, comment.words(), Tone::Plain, "", theme));
    match comment.proposal() {
        Some(Proposal::Remove) if !comment.body.trim().is_empty() => {
            rows.extend(text(comment, "proposes to remove these lines", Tone::Added, "", theme));
        }
        Some(Proposal::Replace(replacement)) => {
            rows.extend(text(comment, replacement, Tone::Added, "+ ", theme));
        }
        Some(Proposal::Remove) | None => {}
    }
    for reply in &placed.replies {
        let by = format!("  {}. {} replies", reply.id, reply.author.name());
        rows.push(row(comment, vec![bar(theme), Span::styled(clean(&by), theme.style(Tone::Dim))]));
        rows.extend(text(comment, &reply.body, Tone::Plain, "  ", theme));
    }
    rows
}

fn text(comment: &ReviewComment, text: &str, tone: Tone, pad: &str, theme: Theme) -> Vec<Row> {
    let line = |line: &str| {
        let text = Span::styled(clean(&format!("{pad}{line}")), theme.style(tone));
        row(comment, vec![bar(theme), text])
    };
    text.trim_end().lines().map(line).collect()
}

fn bar(theme: Theme) -> Span<'static> {
    let bar = theme.symbol("┃ ", "| ");
    Span::styled(format!("{:INDENT$}{bar}", ""), theme.style(Tone::Attention))
}

fn row(comment: &ReviewComment, spans: Vec<Span<'static>>) -> Row {
    Row::indented(Line::from(spans), INDENT + 2).marked(Mark::Comment {
        id: comment.id,
        is_draft: comment.is_draft(),
        is_resolved: !comment.is_draft() && !comment.is_open(),
    })
}

/// Returns the path, the side and the line as people name them.
pub(super) fn named(place: &CodePlace, first: u32) -> String {
    let lines = if first == place.line { place.line.to_string() } else { format!("{first}-{}", place.line) };
    let side = if place.side == Side::Old { ":old" } else { "" };
    format!("{}:{lines}{side}", place.path)
}
