//! The list of tasks.

use super::{fill, put};
use crate::output::text as words;
use crate::tui::desk::DONE;
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
        let [first, second] = lines(item, area.width, model);
        put(buffer, area, row, &first);
        if item.height() > 1 {
            put(buffer, area, row + 1, &second);
        }
        if model.list.at == Some(at) {
            let tone = if model.focus == Focus::List { Tone::Cursor } else { Tone::Resting };
            fill(buffer, area, row, u16::try_from(item.height()).unwrap_or(1), theme.style(tone));
        }
    }
    if model.is_loaded && !model.list.filter.is_empty() && model.list.items.is_empty() {
        put(buffer, area, 0, &Line::styled(" no task matches", theme.style(Tone::Dim)));
    }
}

/// Returns the lines of an item; the second is empty where it takes one.
fn lines(item: Item, width: u16, model: &Model) -> [Line<'static>; 2] {
    let (theme, now) = (model.theme, model.now);
    match item {
        Item::Heading { group, count } => {
            let name = group.to_string().to_uppercase();
            let text = match (group, count) {
                (Attention::NeedsYou, 0) => format!("{name} {} nothing", theme.symbol("·", "-")),
                // Older ones are not read.
                (Attention::Done, count) if count >= DONE as usize => format!("{name}, THE NEWEST {count}"),
                _ => format!("{name} {count}"),
            };
            [heading(&text, Theme::of_group(group), width, theme), Line::default()]
        }
        Item::Projects { count } => {
            [heading(&format!("PROJECTS READY {count}"), Tone::Attention, width, theme), Line::default()]
        }
        Item::Task { entry, group } => match model.snapshot.entries.get(entry) {
            Some(entry) if group == Attention::Done => [over(entry, width, theme, now), Line::default()],
            Some(entry) => [title(entry, width, theme), reason(entry, width, theme, now)],
            None => [Line::default(), Line::default()],
        },
        Item::Project { at } => match model.snapshot.ready.get(at) {
            Some(project) => {
                let mark = format!(" {} ", theme.mark(Attention::NeedsYou));
                let room = usize::from(width).saturating_sub(4);
                [
                    Line::from(vec![
                        Span::styled(mark, theme.style(Tone::Attention)),
                        Span::raw(fit(&project.title, room)),
                    ]),
                    Line::styled("   every task is done", theme.style(Tone::Dim)),
                ]
            }
            None => [Line::default(), Line::default()],
        },
    }
}

fn heading(text: &str, tone: Tone, width: u16, theme: Theme) -> Line<'static> {
    let rule = usize::from(width).saturating_sub(text.width() + 3);
    Line::from(vec![
        Span::styled(format!(" {text} "), theme.style(tone).patch(theme.style(Tone::Strong))),
        Span::styled(theme.symbol("─", "-").repeat(rule), theme.style(Tone::Dim)),
    ])
}

/// Returns the first line of a task: mark, id, priority where it is not the usual one, and title.
fn title(entry: &Entry, width: u16, theme: Theme) -> Line<'static> {
    let task = &entry.task;
    let head = format!(" {} {} ", theme.mark(entry.group), task.id);
    let priority = match task.priority == Priority::default() {
        true => String::new(),
        false => format!("{} ", task.priority),
    };
    let room = usize::from(width).saturating_sub(head.width() + priority.width() + 1);
    let urgent = if task.priority < Priority::default() { Tone::Attention } else { Tone::Dim };
    Line::from(vec![
        Span::styled(head, theme.style(Theme::of_group(entry.group))),
        Span::styled(priority, theme.style(urgent)),
        Span::raw(fit(&task.title, room)),
    ])
}

/// Returns the only line of a task that is over, with its age at the right.
fn over(entry: &Entry, width: u16, theme: Theme, now: Timestamp) -> Line<'static> {
    let age = age(entry, now);
    let mark = if entry.task.is_done() { theme.mark(entry.group) } else { theme.symbol("×", "x") };
    let head = format!(" {mark} {} ", entry.task.id);
    let room = usize::from(width).saturating_sub(head.width() + age.width() + 2);
    let title = pad(&fit(&entry.task.title, room), room);
    Line::styled(format!("{head}{title} {age}"), theme.style(Tone::Dim))
}

/// Returns the second line: since when, and why it waits or what its agent does.
fn reason(entry: &Entry, width: u16, theme: Theme, now: Timestamp) -> Line<'static> {
    let dot = theme.symbol("·", "-");
    let text = match &entry.work {
        Some(work) => {
            let agent = entry.task.state.claim().map(|claim| claim.holder.agent.to_string());
            let parts = [agent, Some(words::usage(&work.usage)), work.last.clone()];
            let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
            parts.join(&format!(" {dot} "))
        }
        None => entry.explanation.to_string(),
    };
    let room = usize::from(width).saturating_sub(4);
    let text = fit(&format!("{} {dot} {text}", age(entry, now)), room);
    Line::styled(format!("   {text}"), theme.style(Tone::Dim))
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
