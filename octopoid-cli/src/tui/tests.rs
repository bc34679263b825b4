//! The screen without a terminal.

mod fixture;
mod items;
mod keys;
mod living;
mod redraw;
mod safety;
mod screens;
