//! The orchestrator, with real git and a scripted agent.

mod defaults;
mod disk;
mod events;
mod faults;
mod fleet;
mod flow;
mod landing;
mod people;
mod preview;
mod proposals;
pub(crate) mod setting;
mod steering;
mod steps;
