//! The pane, and the names of all of them above it.

use super::{fill, put};
use crate::tui::binding::{Verb, key_of};
use crate::tui::layout::Focus;
use crate::tui::model::Model;
use crate::tui::pane::{Fit, Pane};
use crate::tui::text::fit;
use crate::tui::theme::Tone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar;

pub(super) fn tabs(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    let room = usize::from(area.width);
    let full: usize = Pane::ALL.iter().map(|pane| pane.name().len() + 4).sum::<usize>() + 1;
    let numbers = Pane::ALL.len() * 3 + model.wanted.pane.name().len() + 2;
    let mut spans = vec![Span::raw(" ")];
    for pane in Pane::ALL {
        let is_shown = pane == model.wanted.pane;
        let key = key_of(Verb::Show(pane));
        let text = match is_shown || full <= room {
            true => format!(" {key} {} ", pane.name()),
            // Where there is no room for all, the one that is shown matters.
            false if numbers > room => continue,
            false => format!(" {key} "),
        };
        let style = match (is_shown, model.focus) {
            (true, Focus::Pane) => theme.style(Tone::Cursor),
            (true, Focus::List) => theme.style(Tone::Chosen),
            (false, _) => theme.style(Tone::Dim),
        };
        spans.push(Span::styled(text, style));
    }
    let line = Line::from(spans);
    let used = line.width();
    put(buffer, area, 0, &line);
    // Where the list is not in sight, which task it is.
    if let (Some(entry), true) = (model.selected(), model.wanted.pane.is_of_task()) {
        let room = usize::from(area.width).saturating_sub(used + 2);
        let title = match model.areas().list {
            Some(_) => entry.task.id.to_string(),
            None => format!("{} {}", entry.task.id, entry.task.title),
        };
        if room >= 8 {
            let text = fit(&title, room);
            let line = Line::styled(format!(" {text}"), theme.style(Tone::Dim));
            let x = area.x + u16::try_from(used).unwrap_or(area.width);
            put(buffer, Rect { x, width: area.right().saturating_sub(x), ..area }, 0, &line);
        }
    }
}

pub(super) fn draw(model: &Model, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    for (row, (line, of)) in model.pane.visible(height).enumerate() {
        let row = u16::try_from(row).unwrap_or(u16::MAX);
        let left = if of.fit == Fit::Clip { model.pane.left } else { 0 };
        match &of.beside {
            Some(beside) => {
                let width = area.width.saturating_sub(1) / 2;
                let right = Rect { x: area.x + width + 1, width, ..area };
                put(buffer, Rect { width, ..area }, row, &shifted(line, left));
                put(buffer, right, row, &shifted(beside, left));
                let bar = Line::styled(model.theme.symbol("│", "|"), model.theme.style(Tone::Dim));
                put(buffer, Rect { x: area.x + width, width: 1, ..area }, row, &bar);
            }
            None => put(buffer, area, row, &shifted(line, left)),
        }
        let number = model.pane.top + usize::from(row);
        if model.focus == Focus::Pane && model.pane.is_chosen(number) {
            fill(buffer, area, row, 1, model.theme.style(Tone::Cursor));
        }
    }
    more(model, area, buffer);
}

/// Says at the lower edge how much is below.
fn more(model: &Model, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let below = model.pane.len().saturating_sub(model.pane.top + height);
    if below == 0 || area.height == 0 {
        return;
    }
    let text = format!(" {} {below} ", model.theme.symbol("↓", "v"));
    let width = u16::try_from(text.chars().count()).unwrap_or_default().min(area.width);
    let corner = Rect { x: area.right() - width, y: area.bottom() - 1, width, height: 1 };
    put(buffer, corner, 0, &Line::raw(text));
    fill(buffer, corner, 0, 1, Style::reset().patch(model.theme.style(Tone::Dim)));
}

/// Returns a line without its first columns.
fn shifted(line: &Line<'static>, by: usize) -> Line<'static> {
    if by == 0 {
        return line.clone();
    }
    let mut left = by;
    let mut spans = Vec::new();
    for span in &line.spans {
        let rest: String = span
            .content
            .chars()
            .skip_while(|letter| {
                let width = letter.width().unwrap_or_default();
                let skips = left > 0;
                left = left.saturating_sub(width);
                skips
            })
            .collect();
        if !rest.is_empty() {
            spans.push(Span::styled(rest, span.style));
        }
    }
    Line::from(spans).style(line.style)
}
