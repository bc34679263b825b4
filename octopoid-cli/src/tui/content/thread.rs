//! The pane of a thread.

use super::{body, dim, heading, span};
use crate::output::text;
use crate::tui::comments;
use crate::tui::pane::Row;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{Message, MessageKind, PlacedComment, Timestamp};
use octopoid_core::ops::open_question;
use ratatui::text::Line;

pub(super) fn rows(thread: &[Message], reviewed: &[PlacedComment], theme: Theme, now: Timestamp) -> Vec<Row> {
    if thread.is_empty() && reviewed.is_empty() {
        return vec![dim("nothing was said about it yet: c comments", theme)];
    }
    let open = open_question(thread).map(|question| question.id);
    let mut rows = Vec::new();
    for message in thread {
        if !rows.is_empty() {
            rows.push(Row::empty());
        }
        let tone = match message.kind {
            MessageKind::Question if open == Some(message.id) => Tone::Attention,
            MessageKind::Approval => Tone::Good,
            MessageKind::Feedback | MessageKind::TestFailure | MessageKind::Conflict => Tone::Bad,
            _ => Tone::Strong,
        };
        let answers = message.parent.map_or_else(String::new, |parent| format!(", answers {parent}"));
        let kind = message.kind.as_str().replace('_', " ");
        rows.push(
            Row::new(Line::from(vec![
                span(format!("{}. {kind}", message.id), tone, theme),
                span(
                    format!(" by {}, {}{answers}", message.author, text::relative(message.at, now)),
                    Tone::Dim,
                    theme,
                ),
            ]))
            .head(),
        );
        rows.extend(body(&message.body, 3));
    }
    if !reviewed.is_empty() {
        rows.extend(heading("Review comments", theme));
        rows.extend(reviewed.iter().flat_map(|comment| comments::rows(comment, theme)));
    }
    rows
}
