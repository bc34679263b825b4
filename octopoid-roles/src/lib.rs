#![doc = include_str!("../README.md")]

mod account;
pub mod claude;
pub mod command;
mod crash_line;
mod ending;
pub mod folder;
mod moment;
pub mod plugin;
mod process;
mod protocol;
pub mod regular_file;
pub mod sim;

pub use process::{AgentProcess, agent_processes};
