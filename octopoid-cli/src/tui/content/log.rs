//! The pane of a log.

use super::{dim, styled};
use crate::output::text;
use crate::tui::event::Log;
use crate::tui::pane::Row;
use crate::tui::text::clean;
use crate::tui::theme::{Theme, Tone};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// The time of day, which is beside the point.
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
/// Columns of the time of day.
const INDENT: usize = 9;

pub(super) fn rows(log: &Log, theme: Theme) -> Vec<Row> {
    let mut rows: Vec<_> = log.summary.iter().map(|line| dim(line, theme)).collect();
    match &log.attempt {
        Some((number, lines)) => {
            let of = match log.attempts.last() {
                Some(last) if last != number => format!(" of {last}"),
                _ => String::new(),
            };
            let cut = if log.is_cut { ", its end" } else { "" };
            let rule = theme.symbol("──", "--");
            let head = format!("{rule} attempt {number}{of}{cut} {rule}");
            rows.push(Row::new(styled(head, Tone::Strong, theme)).head());
            rows.extend(lines.iter().map(|line| log_row(line)));
        }
        None if rows.is_empty() => rows.push(dim("nothing has happened to it yet", theme)),
        None => {}
    }
    rows
}

/// Returns a line of an agent's log, with the local time of day in place of the whole moment.
pub(in crate::tui) fn log_row(line: &str) -> Row {
    let moment = line.split_once(' ').and_then(|(moment, rest)| Some((moment.parse().ok()?, rest)));
    match moment {
        Some((moment, rest)) => {
            let time = Span::styled(format!("{} ", text::time_of_day(moment)), DIM);
            Row::indented(Line::from(vec![time, Span::raw(clean(rest))]), INDENT)
        }
        None => Row::indented(clean(line), 2),
    }
}
