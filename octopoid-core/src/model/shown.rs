//! Names of files and lines as they are shown.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns a path as git writes it: quoted, with escapes, where it has quotation marks, backslashes or control characters. Two
/// different paths are never shown alike.
pub fn quoted_name(path: &str) -> Cow<'_, str> {
    if !path.chars().any(|letter| letter.is_ascii_control() || matches!(letter, '"' | '\\')) {
        return Cow::Borrowed(path);
    }
    let mut quoted = String::with_capacity(path.len() + 4);
    quoted.push('"');
    for letter in path.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\x0b' => quoted.push_str("\\v"),
            '\x0c' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            _ if letter.is_ascii_control() => drop(write!(quoted, "\\{:03o}", u32::from(letter))),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

/// Largest number of characters of a line that is shown.
const LONGEST: usize = 2000;

/// Returns the beginning of a line, as long as is to be shown of it, and how many characters are left out.
pub fn shown_part(line: &str) -> (&str, usize) {
    if line.len() <= LONGEST {
        return (line, 0);
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => (&line[..end], line[end..].chars().count()),
        None => (line, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_between_letters() {
        let line = "ö".repeat(LONGEST + 7);
        assert_eq!(shown_part(&line), (&*"ö".repeat(LONGEST), 7));
        assert_eq!(shown_part("short"), ("short", 0));
    }

    #[test]
    fn names_are_quoted_as_git_does() {
        assert_eq!(quoted_name("größe & co.txt"), "größe & co.txt");
        assert_eq!(quoted_name("a\nb"), r#""a\nb""#);
        assert_eq!(quoted_name("\"q\"\\\x1b"), r#""\"q\"\\\033""#);
        assert_ne!(quoted_name("a\nb"), quoted_name("a b"));
    }
}
