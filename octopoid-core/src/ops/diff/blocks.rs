//! The rows of a hunk in the blocks in which they are compared.

use super::hunk::{Hunk, Row, RowKind};

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block<'a, 'b> {
    /// A line that both sides have.
    Same(&'b Row<'a>),
    /// Lines that were replaced; one of the lists may be empty.
    Changed(&'b [Row<'a>], &'b [Row<'a>]),
}

/// Returns the blocks of a hunk.
pub fn blocks<'a, 'b>(hunk: &'b Hunk<'a>) -> Vec<Block<'a, 'b>> {
    let mut blocks = Vec::new();
    let mut rows = hunk.rows.as_slice();
    while let Some(first) = rows.first() {
        if first.kind == RowKind::Same {
            blocks.push(Block::Same(first));
            rows = &rows[1..];
            continue;
        }
        let removed = rows.iter().take_while(|row| row.kind == RowKind::Removed).count();
        let added = rows[removed..].iter().take_while(|row| row.kind == RowKind::Added).count();
        let (before, rest) = rows.split_at(removed);
        let (after, rest) = rest.split_at(added);
        blocks.push(Block::Changed(before, after));
        rows = rest;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::diff::hunks;

    #[test]
    fn removed_lines_go_with_the_added_ones_behind_them() {
        let hunks = hunks("@@ -1,3 +1,3 @@\n a\n-b\n-c\n+d\n e\n+f\n");
        let sizes: Vec<_> = blocks(&hunks[0])
            .into_iter()
            .map(|block| match block {
                Block::Same(_) => (1, 1),
                Block::Changed(removed, added) => (removed.len(), added.len()),
            })
            .collect();
        assert_eq!(sizes, [(1, 1), (2, 1), (1, 1), (0, 1)]);
    }
}
