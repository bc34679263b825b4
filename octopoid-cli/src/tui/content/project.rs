//! The pane of a project that waits for a person.

use super::{body, field, heading, span, styled};
use crate::tui::binding::{Verb, key_of};
use crate::tui::pane::Row;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::Project;
use ratatui::text::{Line, Span};

pub(super) fn rows(project: &Project, theme: Theme) -> Vec<Row> {
    let mut rows = vec![
        Row::new(styled(&project.title, Tone::Strong, theme)),
        Row::new(styled("every task is done", Tone::Attention, theme)),
        Row::indented(
            Line::from(vec![
                Span::raw("  "),
                span(key_of(Verb::Approve), Tone::Key, theme),
                span(format!("  octopoid project approve {}", project.id), Tone::Dim, theme),
            ]),
            5,
        ),
        Row::empty(),
        field("project", project.id.as_str(), theme),
    ];
    if let Some(branch) = &project.branch {
        rows.push(field("branch", format!("{branch}, which goes to {}", project.base_branch), theme));
    }
    if let Some(description) = &project.description {
        rows.extend(heading("What it is for", theme));
        rows.extend(body(description, 0));
    }
    rows
}
