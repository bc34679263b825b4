//! The pane of drafts: ideas that may become tasks or projects.

use super::{body, dim, span};
use crate::output::text;
use crate::tui::event::Data;
use crate::tui::pane::{Mark, Row};
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{Draft, DraftStatus, Timestamp};
use ratatui::text::{Line, Span};

/// The most lines of a text that are shown.
const LINES: usize = 20;

pub(super) fn rows(data: Option<&Data>, theme: Theme, now: Timestamp) -> Vec<Row> {
    let (drafts, more) = match data {
        Some(Data::Drafts(drafts, more)) => (drafts, *more),
        Some(Data::Nothing(words)) => return words.lines().map(|line| dim(line, theme)).collect(),
        _ => return vec![dim("reading …", theme)],
    };
    if drafts.is_empty() {
        return vec![dim("there are no drafts: n writes one", theme)];
    }
    let mut rows = Vec::new();
    for draft in drafts {
        if !rows.is_empty() {
            rows.push(Row::empty());
        }
        rows.extend(of_draft(draft, theme, now));
    }
    if more > 0 {
        rows.extend([Row::empty(), dim(&format!("and {more} older ones: `octopoid draft list`"), theme)]);
    }
    rows
}

fn of_draft(draft: &Draft, theme: Theme, now: Timestamp) -> Vec<Row> {
    let head = Line::from(vec![
        span(format!("{}. {}", draft.id, draft.title), Tone::Strong, theme),
        Span::raw("  "),
        span(draft.status.as_str(), tone(draft.status), theme),
    ]);
    let mut facts = vec![format!("by {}", draft.author), text::relative(draft.updated_at, now)];
    facts.extend(draft.domain.as_ref().map(|domain| format!("about {domain}")));
    facts.extend(draft.linked_task.as_ref().map(|task| format!("has become {task}")));
    facts.extend(draft.linked_project.as_ref().map(|project| format!("has become the project {project}")));
    let mut rows = vec![
        Row::indented(head, 4).head(),
        Row::indented(span(format!("  {}", facts.join(", ")), Tone::Dim, theme), 2),
    ];
    let written = draft.body.as_deref().unwrap_or_default();
    rows.extend(body(written, 2).take(LINES));
    let left = written.trim_end().lines().count().saturating_sub(LINES);
    if left > 0 {
        rows.push(dim(&format!("  and {left} more lines"), theme));
    }
    if let (None, Some(path)) = (&draft.body, &draft.file_path) {
        rows.push(dim(&format!("  its text is in the file {path}"), theme));
    }
    rows.into_iter().map(|row| row.marked(Mark::Draft(draft.id))).collect()
}

const fn tone(status: DraftStatus) -> Tone {
    match status {
        DraftStatus::Idea | DraftStatus::Draft | DraftStatus::Archived => Tone::Dim,
        DraftStatus::Review => Tone::Attention,
        DraftStatus::Approved => Tone::Busy,
        DraftStatus::Implemented => Tone::Good,
    }
}
