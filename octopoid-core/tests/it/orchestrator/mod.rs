//! The orchestrator, with real git and a scripted agent.

mod breakdown;
mod defaults;
mod disk;
mod events;
mod faults;
mod fleet;
mod flow;
mod gates;
mod landing;
mod people;
mod preview;
mod projects;
mod proposals;
mod queue;
pub(crate) mod setting;
mod steering;
mod steps;
