//! Drawing the screen. Pure: it reads the model and writes cells.

mod bars;
mod help;
mod list;
mod pane;
mod prompt;

use super::model::{Model, Overlay};
use super::theme::Tone;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// The smallest screen on which anything is shown.
const SMALLEST: (u16, u16) = (24, 6);

/// Draws everything.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    draw_parts(model, frame);
    if !model.theme.has_unicode() {
        to_ascii(frame.buffer_mut());
    }
}

/// Puts something readable in place of what the terminal cannot show.
fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let symbol = if cell.symbol() == "…" { "~" } else { "?" };
            cell.set_symbol(symbol);
        }
    }
}

fn draw_parts(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    // A terminal that was resized just now: it is drawn once the model has heard of it.
    if (area.width, area.height) != model.size {
        return;
    }
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        put(buffer, area, 0, &Line::from("too small"));
        return;
    }
    let areas = model.areas();
    bars::top(model, areas.top, buffer);
    if let Some(area) = areas.list {
        list::draw(model, area, buffer);
    }
    if let Some(area) = areas.divider {
        let style = model.theme.style(Tone::Dim);
        for y in area.top()..area.bottom() {
            buffer.set_stringn(area.x, y, model.theme.symbol("│", "|"), 1, style);
        }
    }
    if let Some(area) = areas.tabs {
        pane::tabs(model, area, buffer);
    }
    if let Some(area) = areas.pane {
        pane::draw(model, area, buffer);
    }
    match &model.overlay {
        Overlay::None => bars::bottom(model, areas.bottom, buffer),
        Overlay::Search(field) => {
            let at = prompt::search(model, field, areas.bottom, buffer);
            frame.set_cursor_position(at);
        }
        Overlay::Prompt(prompt) => {
            let at = prompt::draw(model, prompt, areas.bottom, buffer);
            frame.set_cursor_position(at);
        }
        Overlay::Help { top } => {
            bars::below_help(model, areas.bottom, buffer);
            let body = Rect {
                y: areas.top.bottom(),
                height: areas.bottom.y.saturating_sub(areas.top.bottom()),
                ..area
            };
            help::draw(model, *top, body, buffer);
        }
    }
}

/// Writes a line into a row of an area.
fn put(buffer: &mut Buffer, area: Rect, row: u16, line: &Line<'_>) {
    if row < area.height {
        buffer.set_line(area.x, area.y + row, line, area.width);
    }
}

/// Gives a whole row of an area a style.
fn fill(buffer: &mut Buffer, area: Rect, row: u16, rows: u16, style: ratatui::style::Style) {
    let area =
        Rect { y: area.y + row.min(area.height), height: rows.min(area.height.saturating_sub(row)), ..area };
    buffer.set_style(area, style);
}

/// Empties an area.
fn clear(buffer: &mut Buffer, area: Rect) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
    }
}
