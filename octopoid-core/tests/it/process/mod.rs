//! Programs: started, wrapped, stopped.

mod launcher;
mod start;
