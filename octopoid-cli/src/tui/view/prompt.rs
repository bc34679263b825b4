//! What is being typed, at the bottom.

use super::{clear, fill, put};
use crate::tui::field::Field;
use crate::tui::model::Model;
use crate::tui::prompt::Prompt;
use crate::tui::text::cut;
use crate::tui::theme::Tone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

/// Draws a prompt. Returns where the cursor stands.
pub(super) fn draw(model: &Model, prompt: &Prompt, area: Rect, buffer: &mut Buffer) -> Position {
    let theme = model.theme;
    let width = usize::from(area.width).saturating_sub(2);
    clear(buffer, area);
    fill(buffer, area, 0, 1, theme.style(Tone::Bar));
    let heading = cut(&prompt.heading, width);
    put(buffer, area, 0, &Line::styled(format!(" {heading}"), theme.style(Tone::Bar)));
    let second = match &prompt.missing {
        Some(missing) => Span::styled(missing.clone(), theme.style(Tone::Bad)),
        None => {
            let text = format!("{}  ({})", prompt.consequence, prompt.command);
            Span::styled(cut(&text, width), theme.style(Tone::Dim))
        }
    };
    put(buffer, area, 1, &Line::from(vec![Span::raw(" "), second]));

    let rows = usize::from(area.height).saturating_sub(3).max(1);
    let (lines, (at, column)) = prompt.field.laid_out(model.typing_width());
    let top = (at + 1).saturating_sub(rows);
    for (number, line) in lines.iter().skip(top).take(rows).enumerate() {
        let row = u16::try_from(number + 2).unwrap_or(u16::MAX);
        let mark = if number + top == 0 { theme.symbol("›", ">") } else { " " };
        let text = if prompt.field.text().is_empty() {
            Span::styled(prompt.subject.asks(), theme.style(Tone::Dim))
        } else {
            Span::raw(line.clone())
        };
        put(buffer, area, row, &Line::from(vec![Span::raw(format!(" {mark} ")), text]));
    }
    let mut keys = vec![("Enter", "sends")];
    if !prompt.verdicts.is_empty() {
        keys.push(("Tab", "another verdict"));
    }
    if prompt.subject.has_lines() {
        keys.extend([("ctrl-j", "new line"), ("ctrl-e", "editor")]);
    }
    keys.push(("Esc", "not now"));
    let mut spans = vec![Span::raw(" ")];
    for (key, words) in keys {
        spans.push(Span::styled(key, theme.style(Tone::Key)));
        spans.push(Span::raw(format!(" {words}  ")));
    }
    put(buffer, area, area.height.saturating_sub(1), &Line::from(spans));
    cursor(area, 3 + column, 2 + at - top)
}

/// Draws the search line. Returns where the cursor stands.
pub(super) fn search(model: &Model, field: &Field, area: Rect, buffer: &mut Buffer) -> Position {
    let theme = model.theme;
    let (lines, (_, column)) = field.laid_out(usize::from(area.width));
    let text = lines.join(" ");
    let hint = if text.is_empty() { "words of the title, id, agent, role, project or reason" } else { "" };
    let line = Line::from(vec![
        Span::styled(" /", theme.style(Tone::Key)),
        Span::raw(text),
        Span::styled(hint, theme.style(Tone::Dim)),
    ]);
    put(buffer, area, 0, &line);
    cursor(area, 2 + column, 0)
}

fn cursor(area: Rect, x: usize, y: usize) -> Position {
    let (x, y) = (u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(y).unwrap_or(u16::MAX));
    Position::new(
        area.x.saturating_add(x).min(area.right().saturating_sub(1)),
        area.y.saturating_add(y).min(area.bottom().saturating_sub(1)),
    )
}
