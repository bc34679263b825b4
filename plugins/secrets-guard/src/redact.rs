//! Redacting lines before they are shown (I28).

use std::fmt;
use std::ops::Range;

/// The replacement of a secret.
pub(crate) const HIDDEN: &str = "[hidden]";
/// The longest excerpt, in characters.
const LONGEST: usize = 100;
/// The shortest run of characters that could be a secret nobody recognised.
const RUN: usize = 16;

/// A secret, kept to be compared and never to be shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Returns a line without the given parts, and without whatever else may be a secret: beside a secret there is often another.
pub(crate) fn excerpt(line: &str, secrets: &[Range<usize>]) -> String {
    let mut spans = secrets.to_vec();
    spans.extend(suspicious(line));
    spans.sort_by_key(|span| (span.start, span.end));
    let (mut shown, mut from) = (String::new(), 0);
    for span in spans {
        if span.start >= from {
            shown.push_str(&line[from..span.start]);
            shown.push_str(HIDDEN);
        }
        from = from.max(span.end);
    }
    shown.push_str(&line[from..]);
    let plain: String = shown.chars().map(shown_as).collect();
    let clean = plain.trim();
    match clean.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean.to_owned(),
    }
}

/// An excerpt stands between backticks, in one line.
fn shown_as(c: char) -> char {
    match c {
        '`' => '\'',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// Long runs of the characters that tokens are made of, if there is a digit among them.
fn suspicious(line: &str) -> Vec<Range<usize>> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "+/_-".contains(c);
    let mut runs = Vec::new();
    let mut start = None;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (start, is_token(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let run = &line[from..at];
                if run.len() >= RUN && run.bytes().any(|byte| byte.is_ascii_digit()) {
                    runs.push(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_their_neighbours_are_hidden() {
        let line = "  login(\"bob\", \"s3cr3t\", \"9f86d081884c7d659a2feaa0\") // ok";
        let at = line.find("s3cr3t").unwrap();
        let secrets = vec![at..at + 6, at..at + 3];
        assert_eq!(excerpt(line, &secrets), "login(\"bob\", \"[hidden]\", \"[hidden]\") // ok");
    }

    #[test]
    fn parts_that_overlap_are_hidden_once() {
        let line = "abcdefghijklmnop1234 tail";
        assert_eq!(excerpt(line, &[2..20, 4..8, 0..6]), "[hidden] tail");
        assert_eq!(excerpt("é1é", &[0..2, 3..5]), "[hidden]1[hidden]");
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        let long = excerpt(&"word ".repeat(100), &[]);
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert_eq!(excerpt("a\u{1b}[31m`b`", &[]), "a [31m'b'");
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("s3cr3t")), HIDDEN);
    }
}
