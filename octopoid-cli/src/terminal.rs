//! Programs that take over the terminal: the pager, the editor, a shell.

mod editor;
mod pager;
mod program;

pub(crate) use editor::{Edited, edit, editor};
pub(crate) use pager::page;
pub(crate) use program::Foreground;

use std::io::IsTerminal;

/// Returns whether a person can answer: the standard input and output are a terminal.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}
