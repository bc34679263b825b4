//! Lines of text as a terminal shows them: made harmless, measured and wrapped.

use crate::output::text::visible;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns between two tab stops.
const TAB: usize = 4;

/// Returns one line of a foreign text with control characters in a visible form, and with tabs as spaces.
pub(super) fn clean(line: &str) -> String {
    clean_from(line, 0)
}

/// Like [`clean`], for a part of a line that begins at a column.
pub(super) fn clean_from(part: &str, mut column: usize) -> String {
    let line = visible(part);
    if !line.contains('\t') {
        return line;
    }
    let mut text = String::with_capacity(line.len() + TAB);
    for letter in line.chars() {
        if letter == '\t' {
            let by = TAB - column % TAB;
            text.extend(std::iter::repeat_n(' ', by));
            column += by;
        } else {
            text.push(letter);
            column += letter.width().unwrap_or_default();
        }
    }
    text
}

/// Returns a foreign text in one line, shortened to a width in columns.
pub(super) fn fit(text: &str, width: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    cut(&clean(line), width)
}

/// Shortens a text to a width in columns, with `…` for what is left out.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let by = letter.width().unwrap_or_default();
        if used + by + 1 > width {
            break;
        }
        used += by;
        short.push(letter);
    }
    if width > 0 {
        short.push('…');
    }
    short
}

/// Returns a text with spaces up to a width in columns; longer ones are shortened.
pub(super) fn pad(text: &str, width: usize) -> String {
    let mut padded = cut(text, width);
    padded.extend(std::iter::repeat_n(' ', width.saturating_sub(padded.width())));
    padded
}

/// Wraps a line at words to a width in columns. What is continued is indented by `indent` columns.
pub(super) fn wrap(line: &Line<'static>, width: usize, indent: usize) -> Vec<Line<'static>> {
    let width = width.max(1);
    if line.width() <= width {
        return vec![line.clone()];
    }
    let indent = if indent + 8 > width { 0 } else { indent };
    let letters: Vec<(char, Style)> = line
        .spans
        .iter()
        .flat_map(|span| {
            let style = line.style.patch(span.style);
            span.content.chars().map(move |letter| (letter, style)).collect::<Vec<_>>()
        })
        .collect();
    let (mut lines, mut from) = (Vec::new(), 0);
    while from < letters.len() {
        let pad = if lines.is_empty() { 0 } else { indent };
        let to = from + fitting(&letters[from..], width - pad);
        let mut spans = spans(&letters[from..to]);
        if pad > 0 {
            spans.insert(0, Span::raw(" ".repeat(pad)));
        }
        lines.push(Line::from(spans));
        from = to;
        // A line that is continued does not begin with the space at which it was broken.
        while from < letters.len() && letters[from].0 == ' ' {
            from += 1;
        }
    }
    lines
}

/// Returns how many letters fit into a width, preferably up to a space.
fn fitting(letters: &[(char, Style)], width: usize) -> usize {
    let (mut used, mut space) = (0, None);
    for (at, (letter, _)) in letters.iter().enumerate() {
        let by = letter.width().unwrap_or_default();
        if used + by > width {
            return if *letter == ' ' { at } else { space.unwrap_or(at.max(1)) };
        }
        used += by;
        if *letter == ' ' && at > 0 {
            space = Some(at);
        }
    }
    letters.len()
}

fn spans(letters: &[(char, Style)]) -> Vec<Span<'static>> {
    letters
        .chunk_by(|one, other| one.1 == other.1)
        .map(|part| Span::styled(part.iter().map(|(letter, _)| *letter).collect::<String>(), part[0].1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize, indent: usize) -> Vec<String> {
        wrap(&Line::from(text.to_owned()), width, indent).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_are_wrapped_at_words_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", 8, 0), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij", 4, 0), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("a one two three four", 12, 2), ["a one two", "  three four"]);
        assert_eq!(wrapped("日本語日本語", 5, 0), ["日本", "語日", "本語"]);
    }

    #[test]
    fn styles_survive_the_wrapping() {
        let bold = Style::new().bold();
        let line = Line::from(vec![Span::raw("one "), Span::styled("two three", bold)]);
        let lines = wrap(&line, 8, 0);
        assert_eq!(lines[1].spans, [Span::styled("three", bold)]);
    }

    #[test]
    fn control_characters_and_tabs_have_a_visible_form() {
        assert_eq!(clean("a\tb\u{1b}[31m\u{7}"), "a   b^[[31m^G");
        assert_eq!(clean_from("\tb", 3), " b");
        assert_eq!(fit("\n  one\u{7f}1m\ntwo", 20), "one^?1m");
    }

    #[test]
    fn texts_are_shortened_by_their_columns() {
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(pad("ab", 4), "ab  ");
        assert_eq!(cut("abc", 0), "");
    }
}
