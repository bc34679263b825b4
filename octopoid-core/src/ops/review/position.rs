//! Where a comment is by now.

use crate::model::{Anchor, LineRange, Position};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashMap;

/// Largest number of lines of a file that is compared as a whole; in a longer one only the lines around a comment are looked for.
const COMPARED: usize = 50_000;

/// Returns where the lines of an anchor are in the file as it is `now`, which is named by its path; `None` where the file is gone.
///
/// `then` is the file at the time of the comment, where that is still known. The lines are found only where there is no doubt:
/// they and the unchanged lines around them are in the file once, as they were then. So a comment is never shown at other code
/// (I40).
pub fn position(anchor: &Anchor, then: Option<&str>, now: Option<(&str, &str)>) -> Position {
    let Some((path, now)) = now else { return Position::Outdated };
    let Some(lines) = anchor.lines else {
        return match path == anchor.path {
            true => Position::Same,
            false => Position::Moved { path: path.to_owned(), lines: None },
        };
    };
    let now: Vec<&str> = now.lines().collect();
    let then = then.map(|text| text.lines().collect::<Vec<_>>()).filter(|then| has(then, anchor, lines));
    let found = match then {
        Some(then) if then == now => Some(lines),
        Some(then) if then.len().max(now.len()) <= COMPARED => by_comparison(lines, &then, &now),
        _ => by_surroundings(anchor, lines, &now),
    };
    match found {
        Some(found) if found == lines && path == anchor.path => Position::Same,
        Some(found) => Position::Moved { path: path.to_owned(), lines: Some(found) },
        None => Position::Outdated,
    }
}

/// Returns the lines as indexes: from, and up to.
fn span(lines: LineRange) -> Option<(usize, usize)> {
    Some((usize::try_from(lines.first).ok()?.checked_sub(1)?, usize::try_from(lines.last).ok()?))
}

fn has(file: &[&str], anchor: &Anchor, lines: LineRange) -> bool {
    let lines = span(lines).and_then(|(from, to)| file.get(from..to));
    lines.is_some_and(|lines| {
        lines.iter().map(|line| Anchor::kept(line)).eq(anchor.text.split('\n').map(without_end))
    })
}

fn without_end(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

/// Follows the lines through the difference of two files, if the unchanged block that they are in is unique in both.
fn by_comparison<'a>(lines: LineRange, then: &[&'a str], now: &[&'a str]) -> Option<LineRange> {
    let (from, to) = span(lines)?;
    // Numbers in place of lines, which are compared often.
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut number = |line: &&'a str| {
        let next = known.len();
        *known.entry(line).or_insert(next)
    };
    let then: Vec<usize> = then.iter().map(&mut number).collect();
    let now: Vec<usize> = now.iter().map(&mut number).collect();
    let block =
        capture_diff_slices(Algorithm::Myers, &then, &now).into_iter().find_map(|step| match step {
            DiffOp::Equal { old_index, new_index, len } if old_index <= from && to <= old_index + len => {
                Some((old_index, new_index, len))
            }
            _ => None,
        })?;
    let (old, new, length) = block;
    let text = &then[old..old + length];
    let is_unique =
        occurrences(text, &then).take(2).count() == 1 && occurrences(text, &now).take(2).count() == 1;
    let first = u32::try_from(new + (from - old) + 1).ok()?;
    is_unique.then(|| LineRange::new(first, first.checked_add(lines.count() - 1)?)).flatten()
}

/// Looks for the lines together with those around them, which must be there once.
fn by_surroundings(anchor: &Anchor, lines: LineRange, now: &[&str]) -> Option<LineRange> {
    // An empty text stands for no lines: the file begins or ends there.
    let before = anchor.before.split('\n').filter(|_| !anchor.before.is_empty());
    let after = anchor.after.split('\n').filter(|_| !anchor.after.is_empty());
    let above = before.clone().count();
    let all: Vec<&str> = before.chain(anchor.text.split('\n')).chain(after).map(without_end).collect();
    let now: Vec<_> = now.iter().map(|line| Anchor::kept(line)).collect();
    let now: Vec<&str> = now.iter().map(|line| &**line).collect();
    let mut places = occurrences(&all, &now);
    let (Some(place), None) = (places.next(), places.next()) else { return None };
    let first = u32::try_from(place + above + 1).ok()?;
    LineRange::new(first, first.checked_add(lines.count() - 1)?)
}

/// Returns the places at which a part is in a whole.
fn occurrences<'a, T: PartialEq>(part: &'a [T], whole: &'a [T]) -> impl Iterator<Item = usize> + 'a {
    whole
        .windows(part.len().max(1))
        .enumerate()
        .filter(move |(_, window)| *window == part)
        .map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CommitId, Side};
    use proptest::prelude::*;

    fn anchor(file: &str, first: u32, last: u32) -> Anchor {
        let commit = || CommitId::new("0".repeat(40)).unwrap();
        let lines = LineRange::new(first, last).unwrap();
        Anchor::of_file("src/a.rs", Side::New, lines, (commit(), commit()), file).unwrap()
    }

    fn moved(first: u32, last: u32) -> Position {
        Position::Moved { path: "src/a.rs".to_owned(), lines: LineRange::new(first, last) }
    }

    #[test]
    fn i40_lines_are_followed_while_they_are_the_same() {
        let then = "fn a() {\n    one();\n}\n\nfn b() {\n    two();\n}\n";
        let at = |now: &str| position(&anchor(then, 6, 6), Some(then), Some(("src/a.rs", now)));
        assert_eq!(at(then), Position::Same);
        assert_eq!(at(&format!("// a file\n\n{then}")), moved(8, 8));
        assert_eq!(at(&then.replace("one", "1")), Position::Same);
        assert_eq!(at(&then.replace("two", "2")), Position::Outdated);
        assert_eq!(at("fn b() {\n    two();\n}\n"), moved(2, 2));
        assert_eq!(at(""), Position::Outdated);
        assert_eq!(at(&then.replace('\n', "\r\n")), Position::Same);
        let renamed = position(&anchor(then, 6, 6), Some(then), Some(("src/b.rs", then)));
        assert_eq!(renamed, Position::Moved { path: "src/b.rs".into(), lines: Some(LineRange::line(6)) });
        assert_eq!(position(&anchor(then, 6, 6), Some(then), None), Position::Outdated);
    }

    #[test]
    fn i40_where_the_same_lines_are_in_two_places_it_is_not_guessed() {
        let then = "start\n}\n}\nend\n";
        let at = |now: &str| position(&anchor(then, 2, 2), Some(then), Some(("src/a.rs", now)));
        assert_eq!(at("}\nend\n"), Position::Outdated);
        assert_eq!(at("start\n}\n}\nend\nmore\n"), Position::Same);
        let alone = "a\nb\nc\n";
        let at = |now: &str| position(&anchor(alone, 2, 2), None, Some(("src/a.rs", now)));
        assert_eq!(at("a\nb\nc\na\nb\nc\n"), Position::Outdated);
        assert_eq!(at("x\na\nb\nc\n"), moved(3, 3));
    }

    #[test]
    fn i40_a_comment_on_a_file_stays_with_it() {
        let commit = || CommitId::new("0".repeat(40)).unwrap();
        let anchor = Anchor::of_whole_file("a.png", Side::New, (commit(), commit()));
        assert_eq!(position(&anchor, None, Some(("a.png", "other"))), Position::Same);
        let moved = Position::Moved { path: "b.png".into(), lines: None };
        assert_eq!(position(&anchor, None, Some(("b.png", ""))), moved);
        assert_eq!(position(&anchor, None, None), Position::Outdated);
    }

    #[test]
    fn i40_a_very_long_line_is_cut_and_not_taken_for_another() {
        let then = format!("a\n{}1\nb\n", "x".repeat(200_000));
        let at = |now: &str| position(&anchor(&then, 2, 2), None, Some(("src/a.rs", now)));
        assert!(anchor(&then, 2, 2).text.len() < 5000);
        assert_eq!((at(&then), at(&format!("0\n{then}"))), (Position::Same, moved(3, 3)));
        assert_eq!(at(&then.replace("x1", "x2")), Position::Outdated);
        assert_eq!(position(&anchor(&then, 2, 2), Some(&then), Some(("src/a.rs", &then))), Position::Same);
    }

    /// An edit of a list of lines.
    #[derive(Debug, Clone)]
    enum Edit {
        Insert(usize, u32),
        Remove(usize),
        Change(usize, u32),
        Move(usize, usize),
    }

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let edit = prop_oneof![
            (any::<usize>(), 1000..2000u32).prop_map(|(at, line)| Edit::Insert(at, line)),
            any::<usize>().prop_map(Edit::Remove),
            (any::<usize>(), 1000..2000u32).prop_map(|(at, line)| Edit::Change(at, line)),
            (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Edit::Move(from, to)),
        ];
        prop::collection::vec(edit, 0..12)
    }

    fn carry_out(lines: &mut Vec<u32>, edit: &Edit) {
        let at = |place: usize, length: usize| place % length.max(1);
        match *edit {
            Edit::Insert(place, line) => lines.insert(at(place, lines.len() + 1), line),
            _ if lines.is_empty() => {}
            Edit::Remove(place) => drop(lines.remove(at(place, lines.len()))),
            Edit::Change(place, line) => {
                let place = at(place, lines.len());
                lines[place] = line;
            }
            Edit::Move(from, to) => {
                let line = lines.remove(at(from, lines.len()));
                lines.insert(at(to, lines.len() + 1), line);
            }
        }
    }

    fn text(lines: &[u32]) -> String {
        lines.iter().map(|line| format!("line {line}\n")).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Every line of the file is another one, so it is known where each of them is afterwards.
        #[test]
        fn i40_a_comment_is_at_the_same_code_or_outdated(
            (count, first, more) in (1..40u32).prop_flat_map(|count| (Just(count), 0..count, 0..3u32)),
            edits in edits(),
            knows_the_file in any::<bool>(),
            is_renamed in any::<bool>(),
        ) {
            let before: Vec<u32> = (0..count).collect();
            let last = (first + more).min(count - 1);
            let mut after = before.clone();
            for edit in &edits {
                carry_out(&mut after, edit);
            }
            let (then, now) = (text(&before), text(&after));
            let anchor = anchor(&then, first + 1, last + 1);
            let path = if is_renamed { "src/b.rs" } else { "src/a.rs" };
            let found = position(&anchor, knows_the_file.then_some(&*then), Some((path, &now)));
            let lines = match &found {
                Position::Same => anchor.lines,
                Position::Moved { lines, path: there } => {
                    prop_assert_eq!(there, path);
                    *lines
                }
                Position::Outdated => None,
            };
            if let Some(lines) = lines {
                let (from, to) = span(lines).unwrap();
                let expected: Vec<u32> = (first..=last).collect();
                prop_assert_eq!(after.get(from..to), Some(&*expected));
            }
            if edits.is_empty() {
                prop_assert_ne!(found, Position::Outdated);
            }
        }

        /// Lines repeat, as in real code: what is shown has at least the very text that the comment was made for.
        #[test]
        fn i40_among_repeated_lines_the_text_is_the_same(
            before in prop::collection::vec(0..4u32, 1..20),
            place in any::<usize>(),
            edits in edits(),
        ) {
            let line = u32::try_from(place % before.len()).unwrap() + 1;
            let mut after = before.clone();
            for edit in &edits {
                carry_out(&mut after, edit);
            }
            let (then, now) = (text(&before), text(&after));
            let anchor = anchor(&then, line, line);
            let lines = match position(&anchor, Some(&then), Some(("src/a.rs", &now))) {
                Position::Same => anchor.lines,
                Position::Moved { lines, .. } => lines,
                Position::Outdated => None,
            };
            if let Some(lines) = lines {
                let index = usize::try_from(lines.first).unwrap() - 1;
                prop_assert_eq!(now.lines().nth(index), Some(&*anchor.text));
            }
        }
    }
}
