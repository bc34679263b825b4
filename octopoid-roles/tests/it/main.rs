//! Tests of this crate as its users see it.

mod command;
mod folder;
mod support;
