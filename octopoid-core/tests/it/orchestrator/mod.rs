//! The orchestrator, with real git and a scripted agent.

mod accounts;
mod books;
mod breakdown;
mod clocks;
mod defaults;
pub(crate) mod disk;
mod events;
mod faults;
mod fleet;
mod flow;
pub(crate) mod gates;
mod interrupted;
mod landing;
mod limits;
mod own_states;
mod own_steps;
pub(crate) mod pace;
mod panics;
mod people;
mod preview;
mod projects;
mod proposals;
mod queue;
mod runs;
pub(crate) mod setting;
mod steering;
mod steps;
