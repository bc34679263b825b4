//! The list of tasks.

use super::{fill, put};
use crate::output::explained::Explained;
use crate::output::text::{self as words};
use crate::tui::entry::Entry;
use crate::tui::layout::Focus;
use crate::tui::list::Item;
use crate::tui::model::Model;
use crate::tui::text::{fit, pad};
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{Priority, State, Timestamp};
use octopoid_core::ops::Attention;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    for (at, item, line) in model.list.visible(area.height.into()) {
        let row = u16::try_from(line).unwrap_or(u16::MAX);
        match item {
            Item::Heading { group, count } => {
                put(buffer, area, row, &heading(group, count, area.width, theme))
            }
            Item::Task { entry, .. } => {
                let Some(entry) = model.snapshot.entries.get(entry) else { continue };
                put(buffer, area, row, &title(entry, area.width, theme, model.now));
                if item.height() > 1 {
                    put(buffer, area, row + 1, &reason(entry, area.width, theme, model.now));
                }
                if model.list.at == Some(at) {
                    let tone = if model.focus == Focus::List { Tone::Cursor } else { Tone::Resting };
                    let rows = u16::try_from(item.height()).unwrap_or(1);
                    fill(buffer, area, row, rows, theme.style(tone));
                }
            }
        }
    }
    if model.is_loaded && !model.list.filter.is_empty() && model.list.items.is_empty() {
        put(buffer, area, 0, &Line::styled(" no task matches", theme.style(Tone::Dim)));
    }
}

fn heading(group: Attention, count: usize, width: u16, theme: Theme) -> Line<'static> {
    let name = group.to_string().to_uppercase();
    let text = match (group, count) {
        (Attention::NeedsYou, 0) => format!("{name} {} nothing", theme.symbol("·", "-")),
        _ => format!("{name} {count}"),
    };
    let rule = usize::from(width).saturating_sub(text.width() + 3);
    Line::from(vec![
        Span::styled(
            format!(" {text} "),
            theme.style(Theme::of_group(group)).patch(theme.style(Tone::Strong)),
        ),
        Span::styled(theme.symbol("─", "-").repeat(rule), theme.style(Tone::Dim)),
    ])
}

/// Returns the first line of a task: mark, id, title, priority where it is not the usual one, and age.
fn title(entry: &Entry, width: u16, theme: Theme, now: Timestamp) -> Line<'static> {
    let task = &entry.task;
    let age = age(entry, now);
    let priority = if task.priority == Priority::default() { "" } else { task.priority.as_str() };
    let right = [priority, &age].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let head = format!(" {} {} ", theme.mark(entry.group), task.id);
    let room = usize::from(width).saturating_sub(head.width() + right.width() + 2);
    let tone = if entry.group == Attention::Done { Tone::Dim } else { Tone::Plain };
    let urgent = if task.priority < Priority::default() { Tone::Attention } else { Tone::Dim };
    Line::from(vec![
        Span::styled(head, theme.style(Theme::of_group(entry.group))),
        Span::styled(pad(&fit(&task.title, room), room), theme.style(tone)),
        Span::raw(" "),
        Span::styled(right, theme.style(urgent)),
    ])
}

/// Returns the second line: why it waits, or what its agent does.
fn reason(entry: &Entry, width: u16, theme: Theme, now: Timestamp) -> Line<'static> {
    let text = match &entry.work {
        Some(work) => {
            let agent = entry.task.state.claim().map(|claim| claim.holder.agent.to_string());
            let used = words::usage(&work.usage);
            let parts = [agent, Some(used), work.last.clone()];
            let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
            parts.join(&format!(" {} ", theme.symbol("·", "-")))
        }
        None => Explained::new(&entry.explanation, now).text,
    };
    let room = usize::from(width).saturating_sub(4);
    Line::styled(format!("   {}", fit(&text, room)), theme.style(Tone::Dim))
}

/// Returns since when a task is where it is, in one unit.
fn age(entry: &Entry, now: Timestamp) -> String {
    let since = match &entry.task.state {
        State::Done { at, .. } => *at,
        state => state.claim().map_or(entry.task.updated_at, |claim| claim.claimed_at),
    };
    let seconds = now.since(since).as_secs();
    match seconds {
        0..60 => "now".to_owned(),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
