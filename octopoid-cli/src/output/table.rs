//! Tables.

use anstyle::AnsiColor;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};

/// A table with a header, fitted to the terminal where there is one.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Dynamic);
    // `anstream` takes the colours out again where they do not belong.
    table.enforce_styling();
    table.set_header(header.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    table
}

/// The table as text, with no blanks at the ends of its lines.
pub(crate) fn render(table: &mut Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// A cell in a colour.
pub(crate) fn coloured(text: impl ToString, colour: AnsiColor) -> Cell {
    Cell::new(text).fg(match colour {
        AnsiColor::Green => Color::DarkGreen,
        AnsiColor::Cyan => Color::DarkCyan,
        AnsiColor::Yellow => Color::DarkYellow,
        AnsiColor::Red => Color::DarkRed,
        AnsiColor::BrightBlack => Color::DarkGrey,
        _ => Color::Reset,
    })
}
