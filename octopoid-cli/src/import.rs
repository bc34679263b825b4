//! Importing the queue of the original Octopoid, from its server or from its folder.
//!
//! A source is read as the original has it ([`source`]), a plan says what each thing becomes here ([`plan`]), and
//! [`carry_out`] does it. Everything is keyed by its origin, so that a second import adds only what is new, and an interrupted
//! one continues.

mod agents;
mod carry_out;
mod destination;
mod folder;
mod order;
mod plan;
mod row;
mod server;
mod source;

pub(crate) use carry_out::{Importer, Report};
pub(crate) use folder::read_folder;
pub(crate) use plan::{Known, Plan};
pub(crate) use server::{Address, read_server};
