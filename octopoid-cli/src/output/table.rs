//! Tables.

use anstyle::AnsiColor;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};

/// Returns a table with a header, fitted to the terminal if there is one.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Dynamic);
    // `anstream` takes the colours out again where they do not belong.
    table.enforce_styling();
    table.set_header(header.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    table
}

/// Renders a table without trailing spaces.
pub(crate) fn render(table: &mut Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| trimmed(&line)).collect::<Vec<_>>().join("\n")
}

/// Trims the trailing spaces of a line, also within its last style.
fn trimmed(line: &str) -> String {
    let (mut body, mut styles) = (line.trim_end(), String::new());
    while let Some(start) = body.rfind('\u{1b}').filter(|start| is_style(&body[*start..])) {
        styles.insert_str(0, &body[start..]);
        body = body[..start].trim_end();
    }
    format!("{body}{styles}")
}

fn is_style(text: &str) -> bool {
    let inner = text.strip_prefix("\u{1b}[").and_then(|rest| rest.strip_suffix('m'));
    inner.is_some_and(|codes| codes.chars().all(|c| c.is_ascii_digit() || c == ';'))
}

/// Returns a cell in a colour.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_their_text_ends() {
        assert_eq!(trimmed("a  b  \u{1b}[0m  "), "a  b\u{1b}[0m");
        assert_eq!(trimmed("a \u{1b}[1mb  \u{1b}[39m\u{1b}[0m"), "a \u{1b}[1mb\u{1b}[39m\u{1b}[0m");
        assert_eq!(trimmed("plain "), "plain");
    }
}
