//! The pane of runs.

use super::{body, dim, span};
use crate::output::text;
use crate::tui::pane::Row;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{OutcomeKind, Run, StepStatus, Timestamp};
use ratatui::text::{Line, Span};

pub(super) fn rows(runs: &[Run], theme: Theme, now: Timestamp) -> Vec<Row> {
    if runs.is_empty() {
        return vec![dim("nobody has worked on it yet", theme)];
    }
    let mut rows = Vec::new();
    // The newest matters most.
    for run in runs.iter().rev() {
        if !rows.is_empty() {
            rows.push(Row::empty());
        }
        rows.push(head(run, theme, now));
        if let Some(note) = &run.note {
            rows.extend(body(note, 3));
        }
        for step in &run.steps {
            let (mark, tone) = match step.status {
                StepStatus::Done => (theme.symbol("✓", "+"), Tone::Good),
                StepStatus::Skipped => (theme.symbol("–", "-"), Tone::Dim),
                StepStatus::Refused => (theme.symbol("✗", "x"), Tone::Bad),
                _ => (theme.symbol("…", "."), Tone::Attention),
            };
            let mut lines = step.detail.trim_end().lines();
            let first = lines.next().unwrap_or_default();
            rows.push(Row::indented(
                Line::from(vec![
                    Span::raw("   "),
                    span(mark, tone, theme),
                    Span::raw(format!(" {:<8} ", step.name)),
                    span(first, Tone::Plain, theme),
                ]),
                14,
            ));
            rows.extend(
                lines.map(|line| Row::indented(span(format!("{:14}{line}", ""), Tone::Dim, theme), 14)),
            );
        }
    }
    rows
}

fn head(run: &Run, theme: Theme, now: Timestamp) -> Row {
    let role = run.role.as_ref().map_or("landing", |role| role.as_str());
    let (outcome, tone) = match (&run.outcome, run.finished_at) {
        (Some(outcome), _) => (outcome.kind().as_str(), of_outcome(outcome.kind())),
        (None, Some(_)) if run.role.is_none() => ("over", Tone::Plain),
        (None, Some(_)) => ("no outcome", Tone::Bad),
        (None, None) => (run.stage.as_str(), Tone::Busy),
    };
    let end = run.finished_at.unwrap_or(now);
    let mut parts = vec![text::exact_span(end.since(run.started_at))];
    parts.extend(Some(text::usage(&run.usage)).filter(|used| !used.is_empty()));
    if run.commits > 0 {
        parts.push(text::count(run.commits.into(), "commit"));
    }
    Row::indented(
        Line::from(vec![
            span(format!("{}. {role} by {} ", run.number, run.agent), Tone::Strong, theme),
            span(outcome.replace('_', " "), tone, theme),
            span(format!("  {}", parts.join(", ")), Tone::Dim, theme),
        ]),
        3,
    )
    .head()
}

const fn of_outcome(outcome: OutcomeKind) -> Tone {
    match outcome {
        OutcomeKind::Submitted | OutcomeKind::Approved => Tone::Good,
        OutcomeKind::Rejected | OutcomeKind::Failed => Tone::Bad,
        OutcomeKind::NeedsInput => Tone::Attention,
        _ => Tone::Plain,
    }
}
