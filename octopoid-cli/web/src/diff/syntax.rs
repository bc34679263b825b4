//! A lexer for colours: comments, strings, numbers, keywords, types and calls, in any language that looks like one.
//!
//! A diff shows pieces of files, in which no parser of a whole language would know where it is; and a hundred files are
//! shown at once. So this reads each line once, and remembers only what spans lines.

use super::language::Language;
use std::ops::Range;

/// Kind of a token, which has a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Comment,
    Text,
    Number,
    Keyword,
    Type,
    Call,
    Key,
}

impl TokenKind {
    /// Returns the class of the token in the page.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            TokenKind::Comment => "tc",
            TokenKind::Text => "ts",
            TokenKind::Number => "tn",
            TokenKind::Keyword => "tk",
            TokenKind::Type => "tt",
            TokenKind::Call => "tf",
            TokenKind::Key => "ty",
        }
    }
}

/// Lexer of one side of a file, line after line.
#[derive(Debug, Clone)]
pub(crate) struct Lexer {
    language: Language,
    /// The end of the comment or string that the line before has left open.
    open: Option<(&'static str, TokenKind)>,
}

impl Lexer {
    pub(crate) const fn new(language: Language) -> Self {
        Self { language, open: None }
    }

    /// Forgets what was open, where lines are left out.
    pub(crate) const fn skip(&mut self) {
        self.open = None;
    }

    /// Returns the coloured tokens of the next line.
    pub(crate) fn line(&mut self, line: &str) -> Vec<(Range<usize>, TokenKind)> {
        let mut tokens = Vec::new();
        let mut at = 0;
        if let Some((end, kind)) = self.open {
            let Some(found) = line.find(end) else {
                return if line.is_empty() { tokens } else { vec![(0..line.len(), kind)] };
            };
            at = found + end.len();
            tokens.push((0..at, kind));
            self.open = None;
        }
        while let Some(letter) = line[at..].chars().next() {
            let rest = &line[at..];
            if let Some(length) = self.comment(rest) {
                tokens.push((at..at + length, TokenKind::Comment));
                at += length;
            } else if let Some(length) = self.string(rest) {
                let is_key = self.language.keys && rest[length..].trim_start().starts_with(':');
                tokens.push((at..at + length, if is_key { TokenKind::Key } else { TokenKind::Text }));
                at += length;
            } else if letter.is_ascii_digit() {
                let length = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                    .unwrap_or(rest.len());
                tokens.push((at..at + length, TokenKind::Number));
                at += length;
            } else if self.is_word_start(letter) {
                let length = rest.find(|c: char| !self.is_word(c)).unwrap_or(rest.len());
                if let Some(kind) = self.word(&line[..at], &rest[..length], &rest[length..]) {
                    tokens.push((at..at + length, kind));
                }
                at += length;
            } else {
                at += letter.len_utf8();
            }
        }
        tokens
    }

    /// Returns the length of the comment at the beginning of a text.
    fn comment(&mut self, rest: &str) -> Option<usize> {
        if self.language.line_comments.iter().any(|begin| rest.starts_with(begin)) {
            return Some(rest.len());
        }
        let (begin, end) = self.language.block_comments.iter().find(|(begin, _)| rest.starts_with(begin))?;
        match rest[begin.len()..].find(end) {
            Some(found) => Some(begin.len() + found + end.len()),
            None => {
                self.open = Some((end, TokenKind::Comment));
                Some(rest.len())
            }
        }
    }

    /// Returns the length of the string at the beginning of a text.
    fn string(&mut self, rest: &str) -> Option<usize> {
        if let Some(quote) = self.language.long_quotes.iter().find(|quote| rest.starts_with(**quote)) {
            if let Some(end) = closing(&rest[quote.len()..], quote) {
                return Some(quote.len() + end);
            }
            self.open = Some((quote, TokenKind::Text));
            return Some(rest.len());
        }
        let quote = rest.chars().next().filter(|letter| self.language.quotes.contains(letter))?;
        let mut buffer = [0; 4];
        let end = closing(&rest[quote.len_utf8()..], quote.encode_utf8(&mut buffer));
        // An apostrophe in a sentence ends nowhere.
        Some(end.map_or(quote.len_utf8(), |end| quote.len_utf8() + end))
    }

    fn is_word_start(&self, letter: char) -> bool {
        letter.is_alphabetic() || letter == '_' || (self.language.word_letters == ['$'] && letter == '$')
    }

    fn is_word(&self, letter: char) -> bool {
        letter.is_alphanumeric() || letter == '_' || self.language.word_letters.contains(&letter)
    }

    fn word(&self, before: &str, word: &str, after: &str) -> Option<TokenKind> {
        let language = &self.language;
        if language.tags {
            let in_tag = before.ends_with('<') || before.ends_with("</");
            return in_tag
                .then_some(TokenKind::Keyword)
                .or_else(|| after.starts_with('=').then_some(TokenKind::Key));
        }
        let is_first = || before.trim_start_matches([' ', '\t', '-', '"', '[', '.']).is_empty();
        if language.keys && is_first() && matches!(after.trim_start().chars().next(), Some(':' | '=')) {
            return Some(TokenKind::Key);
        }
        if language.keywords.split(' ').any(|keyword| keyword == word) {
            return Some(TokenKind::Keyword);
        }
        let macro_call = after.starts_with("!(") || after.starts_with("! {") || after.starts_with("![");
        if after.starts_with('(') || (macro_call && language.capital_types) {
            return Some(TokenKind::Call);
        }
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        (language.capital_types && capital).then_some(TokenKind::Type)
    }
}

/// Returns the end of a string, behind its closing delimiter; `\` escapes the character after it.
fn closing(rest: &str, quote: &str) -> Option<usize> {
    let mut at = 0;
    while at < rest.len() {
        let letter = rest[at..].chars().next()?;
        if rest[at..].starts_with(quote) {
            return Some(at + quote.len());
        }
        at += letter.len_utf8();
        if letter == '\\' {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens<'a>(path: &str, lines: &[&'a str]) -> Vec<(&'a str, TokenKind)> {
        let mut lexer = Lexer::new(Language::of(path));
        let of_line = |line: &&'a str| {
            lexer.line(line).into_iter().map(|(range, kind)| (&line[range], kind)).collect::<Vec<_>>()
        };
        lines.iter().flat_map(of_line).collect()
    }

    #[test]
    fn words_strings_and_comments_have_their_kinds() {
        use TokenKind::{Call, Comment, Key, Keyword, Number, Text, Type};
        assert_eq!(
            tokens("a.rs", &["let x: Vec<u8> = f(\"a \\\" b\", 12); // done", "println!(\"it's\")"]),
            [
                ("let", Keyword),
                ("Vec", Type),
                ("f", Call),
                ("\"a \\\" b\"", Text),
                ("12", Number),
                ("// done", Comment),
                ("println", Call),
                ("\"it's\"", Text)
            ]
        );
        assert_eq!(
            tokens("a.yaml", &["key: true # why"]),
            [("key", Key), ("true", Keyword), ("# why", Comment)]
        );
        assert_eq!(tokens("a.json", &["{\"a\": \"b\"}"]), [("\"a\"", Key), ("\"b\"", Text)]);
        assert_eq!(
            tokens("a.html", &["<a href=\"x\">b</a>"]),
            [("a", Keyword), ("href", Key), ("\"x\"", Text), ("a", Keyword)]
        );
        assert_eq!(tokens("notes.txt", &["let it be (or not)"]), []);
    }

    #[test]
    fn what_spans_lines_is_remembered() {
        use TokenKind::{Comment, Keyword, Text};
        assert_eq!(
            tokens("a.c", &["/* one", "two */ return"]),
            [("/* one", Comment), ("two */", Comment), ("return", Keyword)]
        );
        assert_eq!(
            tokens("a.py", &["'''", "def", "''' def"]),
            [("'''", Text), ("def", Text), ("'''", Text), ("def", Keyword)]
        );
    }

    #[test]
    fn any_text_can_be_read() {
        for line in ["", "\"", "\\", "'\\", "ä\u{301}\u{202e}", "\"ä\\", "1.2.3e", "/*", "`$"] {
            for path in ["a.rs", "a.c", "a.js", "a.py", "a.sh", "a.json", "a.html", "x"] {
                for (range, _) in Lexer::new(Language::of(path)).line(line) {
                    assert!(line.get(range).is_some());
                }
            }
        }
    }
}
