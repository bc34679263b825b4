//! The hunks of a unified diff.

use crate::model::Side;

/// Kind of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// Both sides have the line.
    Same,
    /// Only the old side has the line.
    Removed,
    /// Only the new side has the line.
    Added,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row<'a> {
    /// Which sides have the line.
    pub kind: RowKind,
    /// Number of the line on the old side; for an added line, that of the last one before it.
    pub old: u32,
    /// Number of the line on the new side; for a removed line, that of the last one before it.
    pub new: u32,
    /// Text, without the sign and the line break.
    pub text: &'a str,
    /// Whether the file ends with this line, without a line break.
    pub no_newline: bool,
}

impl Row<'_> {
    /// Returns the side and the number by which the line is named.
    pub const fn place(&self) -> (Side, u32) {
        match self.kind {
            RowKind::Removed => (Side::Old, self.old),
            RowKind::Same | RowKind::Added => (Side::New, self.new),
        }
    }
}

/// Part of a file that changed, with the lines around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Hunk<'a> {
    /// What git writes behind the numbers: the function that it is in.
    pub context: &'a str,
    /// Lines, in order.
    pub rows: Vec<Row<'a>>,
}

/// Parses the hunks of one file's patch. What does not look like a diff is left out.
pub fn hunks(patch: &str) -> Vec<Hunk<'_>> {
    let mut hunks: Vec<Hunk<'_>> = Vec::new();
    let (mut old, mut new) = (0, 0);
    let mut is_inside = false;
    for line in patch.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        // The second header of a file that changed its type.
        is_inside &= !line.starts_with("diff --git ");
        if let Some((old_start, new_start, context)) = header(line) {
            (old, new) = (old_start.saturating_sub(1), new_start.saturating_sub(1));
            hunks.push(Hunk { context, rows: Vec::new() });
            is_inside = true;
            continue;
        }
        let Some(hunk) = hunks.last_mut().filter(|_| is_inside) else { continue };
        let kind = match line.as_bytes().first() {
            Some(b' ') => RowKind::Same,
            Some(b'-') => RowKind::Removed,
            Some(b'+') => RowKind::Added,
            Some(b'\\') => {
                if let Some(last) = hunk.rows.last_mut() {
                    last.no_newline = true;
                }
                continue;
            }
            _ => continue,
        };
        old = old.saturating_add((kind != RowKind::Added).into());
        new = new.saturating_add((kind != RowKind::Removed).into());
        hunk.rows.push(Row { kind, old, new, text: &line[1..], no_newline: false });
    }
    hunks
}

/// Parses `@@ -1,2 +3,4 @@ context`.
fn header(line: &str) -> Option<(u32, u32, &str)> {
    let (ranges, context) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let start = |range: &str| {
        let (start, length) = range.split_once(',').unwrap_or((range, "1"));
        let start: u32 = start.parse().ok()?;
        // Of nothing, git names the line before.
        Some(if length == "0" { start.saturating_add(1) } else { start })
    };
    Some((start(old)?, start(new)?, context.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_numbers() {
        let patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ fn main()\n one\n-two\n+2\n three\n@@ -9 +9,2 @@\n nine\n+ten\n\\ No newline at end of file\n";
        let hunks = hunks(patch);
        let rows: Vec<_> =
            hunks.iter().flat_map(|hunk| &hunk.rows).map(|row| (row.place(), row.text)).collect();
        let (old, new) = (Side::Old, Side::New);
        assert_eq!(
            rows,
            [
                ((new, 1), "one"),
                ((old, 2), "two"),
                ((new, 2), "2"),
                ((new, 3), "three"),
                ((new, 9), "nine"),
                ((new, 10), "ten")
            ]
        );
        assert_eq!(hunks[0].context, "fn main()");
        assert!(hunks[1].rows[1].no_newline);
    }

    #[test]
    fn a_new_file_begins_at_its_first_line() {
        let hunks = hunks("@@ -0,0 +1,2 @@\n+a\n+--- b\n");
        let places: Vec<_> = hunks[0].rows.iter().map(Row::place).collect();
        assert_eq!(places, [(Side::New, 1), (Side::New, 2)]);
        assert_eq!(hunks[0].rows[1].text, "--- b");
    }

    #[test]
    fn the_header_between_two_hunks_is_no_part_of_either() {
        let patch = "diff --git a/l b/l\ndeleted file mode 100644\n--- a/l\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
                     diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+y\n";
        let rows: Vec<_> = hunks(patch).iter().flat_map(|hunk| &hunk.rows).map(|row| row.text).collect();
        assert_eq!(rows, ["x", "y"]);
    }

    #[test]
    fn numbers_that_no_file_has_are_no_defect() {
        let hunks = hunks("@@ -4294967295,0 +4294967295 @@\n+a\n+b\n");
        assert_eq!(hunks[0].rows[1].place(), (Side::New, u32::MAX));
    }
}
