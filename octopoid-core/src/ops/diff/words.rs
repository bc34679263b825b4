//! The words that differ between a removed line and the one that replaces it.

use std::ops::Range;

/// Longest line, in words, whose words are compared.
const MOST: usize = 400;

/// Returns the ranges, in bytes, that differ between two lines. Lines that have little in common give none: they differ as a
/// whole.
pub fn changed_words(old: &str, new: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (before, after) = (words(old), words(new));
    let common = before
        .iter()
        .zip(&after)
        .take_while(|(one, other)| old[(*one).clone()] == new[(*other).clone()])
        .count();
    let rest = before.len().min(after.len()) - common;
    let tail = before.iter().rev().zip(after.iter().rev()).take(rest);
    let tail = tail.take_while(|(one, other)| old[(*one).clone()] == new[(*other).clone()]).count();
    let (middle_old, middle_new) = (&before[common..before.len() - tail], &after[common..after.len() - tail]);
    if middle_old.len() > MOST || middle_new.len() > MOST {
        return (Vec::new(), Vec::new());
    }
    let (kept_old, kept_new) = in_common(old, middle_old, new, middle_new);
    let changed = |ranges: &[Range<usize>], kept: &[bool]| {
        let mut changed: Vec<Range<usize>> = Vec::new();
        for (range, _) in ranges.iter().zip(kept).filter(|(_, kept)| !**kept) {
            match changed.last_mut().filter(|last| last.end == range.start) {
                Some(last) => last.end = range.end,
                None => changed.push(range.clone()),
            }
        }
        changed
    };
    let (changed_old, changed_new) = (changed(middle_old, &kept_old), changed(middle_new, &kept_new));
    let letters = |text: &str| text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
    let in_changed = |changed: &[Range<usize>], line: &str| -> usize {
        changed.iter().map(|range| letters(&line[range.clone()])).sum()
    };
    let shorter = letters(old).min(letters(new));
    let kept = letters(old).saturating_sub(in_changed(&changed_old, old));
    if kept * 5 < shorter * 2 {
        return (Vec::new(), Vec::new());
    }
    (changed_old, changed_new)
}

/// Returns the words of a line: runs of letters and digits, runs of white space, and each other character alone.
fn words(line: &str) -> Vec<Range<usize>> {
    let class = |letter: char| match letter {
        _ if letter.is_alphanumeric() || letter == '_' => 1,
        _ if letter.is_whitespace() => 2,
        _ => 0,
    };
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut last = 0;
    for (at, letter) in line.char_indices() {
        let now = class(letter);
        match words.last_mut().filter(|_| now != 0 && now == last) {
            Some(word) => word.end = at + letter.len_utf8(),
            None => words.push(at..at + letter.len_utf8()),
        }
        last = now;
    }
    words
}

/// Returns which words are in the longest common sequence.
fn in_common(
    old: &str,
    before: &[Range<usize>],
    new: &str,
    after: &[Range<usize>],
) -> (Vec<bool>, Vec<bool>) {
    let width = after.len() + 1;
    let mut lengths = vec![0_u16; (before.len() + 1) * width];
    let same = |i: usize, j: usize| old[before[i].clone()] == new[after[j].clone()];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            lengths[i * width + j] = if same(i, j) {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut kept_old, mut kept_new) = (vec![false; before.len()], vec![false; after.len()]);
    let (mut i, mut j) = (0, 0);
    while i < before.len() && j < after.len() {
        if same(i, j) {
            (kept_old[i], kept_new[j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (kept_old, kept_new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
        let (one, other) = changed_words(old, new);
        let texts = |ranges: Vec<Range<usize>>, line: &str| {
            ranges.into_iter().map(|range| line[range].to_owned()).collect()
        };
        (texts(one, old), texts(other, new))
    }

    #[test]
    fn only_the_words_that_differ_are_marked() {
        assert_eq!(
            changes("let a = f(x, y);", "let b = f(x, z);"),
            (vec!["a".into(), "y".into()], vec!["b".into(), "z".into()])
        );
        assert_eq!(changes("    größe(1)", "    größe(1, 2)"), (vec![], vec![", 2".into()]));
        assert_eq!(changes("same", "same"), (vec![], vec![]));
    }

    #[test]
    fn lines_with_little_in_common_have_no_marks() {
        assert_eq!(changes("fn one() -> u32 {", "struct Other;"), (vec![], vec![]));
        assert_eq!(changes("    a / b", "    // `checked_div` knows of `i64::MIN / -1`."), (vec![], vec![]));
        let long = "a ".repeat(5000);
        assert_eq!(changes(&long, &long.replace('a', "b")), (vec![], vec![]));
    }
}
