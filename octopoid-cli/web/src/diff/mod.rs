//! Diffs as tables: with the words that changed and the colours of the language.

mod language;
mod line;
mod syntax;
mod table;

pub(crate) use table::{Below, Layout, push_table};
