//! Unified diffs taken apart: files, hunks and lines, and the words that differ between two lines. Pure.
//!
//! ```
//! use octopoid_core::ops::diff::{RowKind, changed_words, hunks, parse};
//!
//! let text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one red\n+one blue\n";
//! let files = parse(text).files;
//! let hunks = hunks(&files[0].patch);
//! let [removed, added] = &hunks[0].rows[..] else { panic!("{hunks:?}") };
//! assert_eq!((removed.kind, added.kind), (RowKind::Removed, RowKind::Added));
//! assert_eq!(changed_words(removed.text, added.text).1, [4..8]);
//! ```

mod blocks;
mod facts;
mod hunk;
mod parse;
mod words;

pub use crate::model::shown::{quoted_name, shown_part};
pub use blocks::{Block, blocks};
pub use facts::facts;
pub use hunk::{Hunk, Row, RowKind, hunks};
pub use parse::parse;
pub use words::changed_words;
