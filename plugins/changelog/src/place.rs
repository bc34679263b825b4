//! The positions of a changelog's parts.

use crate::lines::Line;
use std::ops::Range;

/// Returns the lines of the section `## [Unreleased]`, its heading included, without what belongs to the whole file.
pub(crate) fn unreleased(lines: &[Line<'_>]) -> Option<Range<usize>> {
    let begin = lines.iter().position(|line| {
        line.heading().is_some_and(|(level, words)| level == 2 && words.to_lowercase().contains("unreleased"))
    })?;
    let next = lines[begin + 1..].iter().position(|line| line.heading().is_some_and(|(level, _)| level <= 2));
    let end = next.map_or_else(|| before_links(lines), |next| begin + 1 + next);
    Some(begin..end.max(begin + 1))
}

/// Returns the first heading of a release; where there is none, the end of the text before its links.
pub(crate) fn first_release(lines: &[Line<'_>]) -> Option<usize> {
    lines.iter().position(|line| line.heading().is_some_and(|(level, _)| level == 2))
}

/// Returns the line after the text, before the links that end the file.
pub(crate) fn before_links(lines: &[Line<'_>]) -> usize {
    let last = lines.iter().rposition(|line| !line.is_blank() && !line.is_link());
    if lines.iter().any(Line::is_link) { last.map_or(0, |last| last + 1) } else { lines.len() }
}

/// Returns the line after the last one of a range that is not blank.
pub(crate) fn last_words(lines: &[Line<'_>], range: Range<usize>) -> usize {
    let first = range.start;
    lines[range].iter().rposition(|line| !line.is_blank()).map_or(first, |last| first + last + 1)
}

/// Returns the lines under a heading of a range, the heading included, up to the next of its level or above.
pub(crate) fn under(lines: &[Line<'_>], range: Range<usize>, words: &str) -> Option<Range<usize>> {
    let is_it = |line: &Line<'_>| {
        line.heading().is_some_and(|(level, found)| level == 3 && found.eq_ignore_ascii_case(words))
    };
    let begin = range.start + lines[range.clone()].iter().position(is_it)?;
    let next = lines[begin + 1..range.end]
        .iter()
        .position(|line| line.heading().is_some_and(|(level, _)| level <= 3));
    Some(begin..next.map_or(range.end, |next| begin + 1 + next))
}
