//! A text that is being typed.

use super::text::wrap;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

/// Text with a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Field {
    text: String,
    /// The cursor's place in bytes, at the boundary of a character.
    at: usize,
}

impl Field {
    /// Returns a field with the cursor after a text.
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at: text.len(), text }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Inserts what was typed or pasted. Line ends of other systems become ordinary ones.
    pub(super) fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    /// Edits by a key. Returns whether the key means something to a text.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('j') if ctrl => self.insert("\n"),
            KeyCode::Enter if alt => self.insert("\n"),
            KeyCode::Char('a') if ctrl => self.at = self.line_start(),
            KeyCode::Char('w') if ctrl => self.remove_back_to(self.word_start()),
            KeyCode::Char('u') if ctrl => self.remove_back_to(self.line_start()),
            KeyCode::Char('k') if ctrl => {
                let end = self.line_end();
                self.text.drain(self.at..end);
            }
            KeyCode::Char(letter) if !ctrl && !alt => self.insert(letter.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace if alt => self.remove_back_to(self.word_start()),
            KeyCode::Backspace => self.remove_back_to(self.before()),
            KeyCode::Delete => {
                let after = self.after();
                self.text.drain(self.at..after);
            }
            KeyCode::Left if ctrl || alt => self.at = self.word_start(),
            KeyCode::Right if ctrl || alt => self.at = self.word_end(),
            KeyCode::Left => self.at = self.before(),
            KeyCode::Right => self.at = self.after(),
            KeyCode::Home => self.at = self.line_start(),
            KeyCode::End => self.at = self.line_end(),
            KeyCode::Up => self.up(),
            KeyCode::Down => self.down(),
            _ => return false,
        }
        true
    }

    fn remove_back_to(&mut self, from: usize) {
        self.text.drain(from..self.at);
        self.at = from;
    }

    fn before(&self) -> usize {
        self.text[..self.at].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.at..].chars().next().map_or(self.at, |letter| self.at + letter.len_utf8())
    }

    fn line_start(&self) -> usize {
        self.text[..self.at].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.at..].find('\n').map_or(self.text.len(), |by| self.at + by)
    }

    fn word_start(&self) -> usize {
        let before = self.text[..self.at].trim_end();
        // A space may have several bytes.
        let space = before.char_indices().rfind(|(_, letter)| letter.is_whitespace());
        space.map_or(0, |(at, letter)| at + letter.len_utf8())
    }

    fn word_end(&self) -> usize {
        let rest = &self.text[self.at..];
        let word = rest.len() - rest.trim_start().len();
        rest[word..].find(char::is_whitespace).map_or(self.text.len(), |by| self.at + word + by)
    }

    fn up(&mut self) {
        let start = self.line_start();
        if start == 0 {
            self.at = 0;
            return;
        }
        let column = self.text[start..self.at].chars().count();
        let above = self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        self.at = self.at_column(above, column);
    }

    fn down(&mut self) {
        let end = self.line_end();
        if end == self.text.len() {
            self.at = end;
            return;
        }
        let column = self.text[self.line_start()..self.at].chars().count();
        self.at = self.at_column(end + 1, column);
    }

    /// Returns the place of a column in the line that begins at `start`, or that line's end.
    fn at_column(&self, start: usize, column: usize) -> usize {
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        start + line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
    }

    /// Returns the text in lines of a width, and the line and column of the cursor.
    pub(super) fn laid_out(&self, width: usize) -> (Vec<String>, (usize, usize)) {
        let (mut lines, mut cursor, mut start) = (Vec::new(), (0, 0), 0);
        // One column is left for the cursor after a full line.
        let width = width.saturating_sub(1).max(1);
        for line in self.text.split('\n') {
            let shown = super::text::clean(line);
            let parts = wrap(&Line::from(shown), width, 0);
            if (start..=start + line.len()).contains(&self.at) {
                let before = super::text::clean(&line[..self.at - start]);
                cursor = place(&parts, before.chars().count(), lines.len());
            }
            lines.extend(parts.iter().map(ToString::to_string));
            start += line.len() + 1;
        }
        (lines, cursor)
    }
}

/// Returns the line and column after so many characters of a wrapped line. The spaces at which it was broken belong to the
/// end of the line before.
fn place(parts: &[Line<'static>], letters: usize, first: usize) -> (usize, usize) {
    let mut left = letters;
    for (number, part) in parts.iter().enumerate() {
        let text = part.to_string();
        let count = text.chars().count();
        let is_last = number + 1 == parts.len();
        if left <= count || is_last {
            let before: String = text.chars().take(left).collect();
            return (first + number, before.width() + left.saturating_sub(count));
        }
        left -= count;
        // The space at which the line was broken.
        left = left.saturating_sub(1);
    }
    (first, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[(KeyCode, KeyModifiers)]) -> Field {
        let mut field = Field::new("one two\nthree");
        for (code, modifiers) in keys {
            assert!(field.key(KeyEvent::new(*code, *modifiers)), "{code:?}");
        }
        field.insert("|");
        field
    }

    #[test]
    fn words_are_also_divided_by_spaces_of_several_bytes() {
        let mut field = Field::new("一\u{3000}二\u{a0}three");
        let control = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        field.key(control('w'));
        assert_eq!(field.text(), "一\u{3000}二\u{a0}");
        field.key(KeyEvent::new(KeyCode::Left, KeyModifiers::CONTROL));
        field.insert("|");
        assert_eq!(field.text(), "一\u{3000}|二\u{a0}");
    }

    #[test]
    fn keys_move_and_remove_as_shells_do() {
        let (none, ctrl) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        for (keys, wanted) in [
            (&[(KeyCode::Char('w'), ctrl)][..], "one two\n|"),
            (&[(KeyCode::Backspace, none)], "one two\nthre|"),
            (&[(KeyCode::Char('a'), ctrl)], "one two\n|three"),
            (&[(KeyCode::Up, none)], "one t|wo\nthree"),
            (&[(KeyCode::Up, none), (KeyCode::Char('k'), ctrl)], "one t|\nthree"),
            (&[(KeyCode::Up, none), (KeyCode::Up, none)], "|one two\nthree"),
            (&[(KeyCode::Up, none), (KeyCode::Down, none)], "one two\nthree|"),
            (&[(KeyCode::Left, ctrl), (KeyCode::Left, ctrl)], "one |two\nthree"),
            (&[(KeyCode::Up, none), (KeyCode::Char('u'), ctrl)], "|wo\nthree"),
            (&[(KeyCode::Left, none), (KeyCode::Delete, none)], "one two\nthre|"),
            (&[(KeyCode::Char('j'), ctrl)], "one two\nthree\n|"),
        ] {
            assert_eq!(typed(keys).text(), wanted, "{keys:?}");
        }
    }

    #[test]
    fn the_cursor_stands_where_the_text_was_broken() {
        let field = Field::new("one two three");
        assert_eq!(field.laid_out(9), (vec!["one two".to_owned(), "three".to_owned()], (1, 5)));
        assert_eq!(Field::new("").laid_out(9), (vec![String::new()], (0, 0)));
        assert_eq!(Field::new("a\n").laid_out(9).1, (1, 0));
    }
}
