//! Anchors made of a diff alone.

use crate::model::{Anchor, CommitId, FileDiff, LineRange, Side};
use crate::ops::diff::{Row, RowKind, hunks};
use crate::store::ArtifactBound;

/// Returns the anchor of some lines of a file, from its diff `base..head` alone, where the commits are not at hand; `None`
/// where the diff does not show all of them together.
///
/// The lines around them are kept as far as the diff shows them. A diff that was cut at its end has no last line.
pub fn anchor_in(
    file: &FileDiff,
    side: Side,
    lines: LineRange,
    (base, head): (CommitId, CommitId),
) -> Option<Anchor> {
    let is_cut = file.patch.ends_with(ArtifactBound::LEFT_OUT);
    let mut hunks = hunks(&file.patch);
    if is_cut && let Some(last) = hunks.last_mut() {
        last.rows.pop();
    }
    let (rows, from, to) = hunks.into_iter().find_map(|hunk| {
        let rows: Vec<Row<'_>> = hunk.rows.into_iter().filter(|row| is_on(row, side)).collect();
        let at = |line: u32| rows.iter().position(|row| number(row, side) == line);
        let (from, to) = (at(lines.first)?, at(lines.last)?);
        Some((rows, from, to))
    })?;
    let text = |rows: &[Row<'_>]| {
        let lines: Vec<_> = rows.iter().map(|row| row.text.strip_suffix('\r').unwrap_or(row.text)).collect();
        Anchor::kept_lines(&lines)
    };
    let path = match (side, &file.old_path) {
        (Side::Old, Some(old)) => old,
        _ => &file.path,
    };
    Some(Anchor {
        path: path.clone(),
        side,
        lines: Some(lines),
        base,
        head,
        text: text(&rows[from..=to]),
        before: text(&rows[from.saturating_sub(Anchor::CONTEXT)..from]),
        after: text(&rows[to + 1..rows.len().min(to + 1 + Anchor::CONTEXT)]),
    })
}

const fn is_on(row: &Row<'_>, side: Side) -> bool {
    match side {
        Side::Old => !matches!(row.kind, RowKind::Added),
        Side::New => !matches!(row.kind, RowKind::Removed),
    }
}

const fn number(row: &Row<'_>, side: Side) -> u32 {
    match side {
        Side::Old => row.old,
        Side::New => row.new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Change, Position};
    use crate::ops::review::position;

    const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n";
    const NEW: &str = "one\ntwo\n3\r\nand a half\nfour\nfive\nsix\nseven\neight\nnine\n";
    const PATCH: &str = "--- a/old.txt\n+++ b/new.txt\n@@ -1,6 +1,7 @@\n one\n two\n-three\n+3\r\n+and a half\n four\n five\n six\n";

    fn commits() -> (CommitId, CommitId) {
        (CommitId::new("1".repeat(40)).unwrap(), CommitId::new("2".repeat(40)).unwrap())
    }

    fn file(patch: &str) -> FileDiff {
        let mut file = FileDiff::new("new.txt", Change::Renamed).with_patch(2, 1, patch);
        file.old_path = Some("old.txt".to_owned());
        file
    }

    fn made(side: Side, first: u32, last: u32) -> Option<Anchor> {
        anchor_in(&file(PATCH), side, LineRange::new(first, last).unwrap(), commits())
    }

    #[test]
    fn i40_an_anchor_of_a_diff_is_that_of_the_file() {
        let of_file = |side, path: &str, text, first, last| {
            Anchor::of_file(path, side, LineRange::new(first, last).unwrap(), commits(), text)
        };
        assert_eq!(made(Side::New, 3, 4), of_file(Side::New, "new.txt", NEW, 3, 4));
        assert_eq!(made(Side::Old, 3, 3), of_file(Side::Old, "old.txt", OLD, 3, 3));
        // Less is known around a line at the end of a hunk; it is found all the same.
        let last = made(Side::New, 7, 7).unwrap();
        assert_eq!(last.after, "");
        assert_eq!(position(&last, Some(NEW), Some(("new.txt", NEW))), Position::Same);
        assert_eq!(position(&last, None, Some(("new.txt", NEW))), Position::Same);
    }

    #[test]
    fn lines_that_the_diff_does_not_show_have_no_anchor() {
        assert_eq!(made(Side::New, 7, 8), None);
        assert_eq!(made(Side::Old, 9, 9), None);
    }

    #[test]
    fn the_last_line_of_a_diff_that_was_cut_may_not_be_whole() {
        let cut = file(&format!("@@ -1,3 +1,3 @@\n one\n-two\n+2, and mo{}", ArtifactBound::LEFT_OUT));
        let at =
            |line| anchor_in(&cut, Side::New, LineRange::line(line), commits()).map(|anchor| anchor.text);
        assert_eq!((at(1).as_deref(), at(2)), (Some("one"), None));
    }
}
