//! The orchestrator, with real git and a scripted agent.

mod defaults;
mod disk;
mod faults;
mod flow;
mod landing;
mod people;
mod preview;
mod proposals;
mod setting;
mod steps;
