//! A prompt as its reader sees it: what is said, and what is quoted between fences.

/// A text taken apart at its fences, by the rules of CommonMark.
#[derive(Debug)]
pub(crate) struct Parts {
    /// What lies outside of every fence.
    pub(crate) said: String,
    /// What lies between fences, in order.
    pub(crate) quoted: Vec<String>,
}

pub(crate) fn parts(text: &str) -> Parts {
    let mut parts = Parts { said: String::new(), quoted: Vec::new() };
    let mut open: Option<(char, usize)> = None;
    for line in text.lines() {
        let fence = fence(line);
        match (open, fence) {
            (None, Some((mark, length, info))) if mark == '~' || !info.contains('`') => {
                open = Some((mark, length));
                parts.quoted.push(String::new());
            }
            (Some((mark, length)), Some((closing, longer, ""))) if closing == mark && longer >= length => {
                open = None;
            }
            (Some(_), _) => {
                let block = parts.quoted.last_mut().unwrap();
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {
                parts.said.push_str(line);
                parts.said.push('\n');
            }
        }
    }
    assert_eq!(open, None, "a fence is never closed in:\n{text}");
    parts
}

/// The mark, the length and the rest of a line that is a fence.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let text = line.trim_start_matches(' ');
    let mark = text.chars().next().filter(|mark| "`~".contains(*mark))?;
    let rest = text.trim_start_matches(mark);
    let length = text.len() - rest.len();
    (line.len() - text.len() <= 3 && length >= 3).then(|| (mark, length, rest.trim()))
}

/// What lies outside of code within lines, and what lies in it.
pub(crate) fn spans(text: &str) -> (String, Vec<String>) {
    let (mut said, mut code) = (String::new(), Vec::new());
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find('`') {
            let length = rest[at..].len() - rest[at..].trim_start_matches('`').len();
            said.push_str(&rest[..at]);
            rest = &rest[at + length..];
            // Only as many marks as opened it close it.
            let runs = rest.match_indices('`').map(|(at, _)| at).filter(|at| !rest[..*at].ends_with('`'));
            let mut ends =
                runs.filter(|at| rest[*at..].len() - rest[*at..].trim_start_matches('`').len() == length);
            let Some(end) = ends.next() else {
                said.push_str(&"`".repeat(length));
                continue;
            };
            let inside = &rest[..end];
            let padded = inside.strip_prefix(' ').and_then(|inside| inside.strip_suffix(' '));
            code.push(padded.filter(|inside| !inside.trim().is_empty()).unwrap_or(inside).to_owned());
            rest = &rest[end + length..];
        }
        said.push_str(rest);
        said.push('\n');
    }
    (said, code)
}

/// Fails unless all of these are in the text, in this order.
#[track_caller]
pub(crate) fn in_order(text: &str, needed: &[&str]) {
    let mut rest = text;
    for part in needed {
        let Some(at) = rest.find(part) else {
            panic!("`{part}` is not there, or not in its place, in:\n{text}")
        };
        rest = &rest[at + part.len()..];
    }
}

/// Fails if any of these is in the text.
#[track_caller]
pub(crate) fn without(text: &str, unwanted: &[&str]) {
    for part in unwanted {
        assert!(!text.contains(part), "`{part}` is in:\n{text}");
    }
}
