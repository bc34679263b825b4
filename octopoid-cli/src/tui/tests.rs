//! The screen without a terminal.

mod fixture;
mod keys;
mod living;
mod redraw;
mod safety;
mod screens;
