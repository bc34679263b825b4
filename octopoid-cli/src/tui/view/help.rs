//! The keys, explained.

use super::{clear, put};
use crate::tui::binding::{BINDINGS, Binding, Section};
use crate::tui::model::Model;
use crate::tui::text::pad;
use crate::tui::theme::{Theme, Tone};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Columns of the keys, of what they do, and of the command.
const KEYS: usize = 17;
const ABOUT: usize = 35;
/// The narrowest screen with two columns.
const TWO: u16 = 150;

pub(super) fn draw(model: &Model, top: usize, area: Rect, buffer: &mut Buffer) {
    clear(buffer, area);
    let theme = model.theme;
    let columns = if area.width >= TWO { 2 } else { 1 };
    let width = area.width / columns;
    let (first, second): (Vec<_>, Vec<_>) = Section::ALL.into_iter().partition(|section| {
        columns == 1 || !matches!(section, Section::Queue | Section::Panes | Section::Move)
    });
    for (number, sections) in [first, second].into_iter().enumerate() {
        let lines: Vec<_> = sections.into_iter().flat_map(|section| lines(section, theme)).collect();
        let height = usize::from(area.height);
        let top = top.min(lines.len().saturating_sub(height));
        let x = area.x + width * u16::try_from(number).unwrap_or_default();
        let column = Rect { x, width: width.min(area.right().saturating_sub(x)), ..area };
        for (row, line) in lines.iter().skip(top).take(height).enumerate() {
            put(buffer, column, u16::try_from(row).unwrap_or(u16::MAX), line);
        }
    }
}

fn lines(section: Section, theme: Theme) -> Vec<Line<'static>> {
    let heading = Line::from(vec![
        Span::styled(format!(" {}", pad(section.heading(), KEYS + ABOUT + 4)), theme.style(Tone::Strong)),
        Span::styled("octopoid …", theme.style(Tone::Dim)),
    ]);
    let bindings = BINDINGS.iter().filter(|binding| binding.section == section);
    let mut lines = vec![heading];
    lines.extend(bindings.map(|binding| line(binding, theme)));
    lines.push(Line::default());
    lines
}

fn line(binding: &Binding, theme: Theme) -> Line<'static> {
    let names = binding.keys.iter().map(|key| key.name());
    let names = names.collect::<Vec<_>>().join(" ");
    let command = binding.command.unwrap_or_default();
    Line::from(vec![
        Span::styled(format!("   {} ", pad(&names, KEYS)), theme.style(Tone::Key)),
        Span::raw(format!("{} ", pad(binding.about, ABOUT))),
        Span::styled(command, theme.style(Tone::Dim)),
    ])
}
