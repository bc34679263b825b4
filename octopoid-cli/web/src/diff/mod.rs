//! Diffs as tables: parsed, with the words that changed and the colours of the language.

mod blocks;
mod hunk;
mod language;
mod line;
pub(crate) mod patch;
mod syntax;
mod table;
mod words;

pub(crate) use hunk::Side;
pub(crate) use table::{Below, Layout, push_table};
