#![doc = include_str!("../README.md")]

mod account;
pub mod acp;
pub mod claude;
pub mod codex;
pub mod command;
pub mod folder;
pub mod host;
mod moment;
pub mod plugin;
pub mod presets;
mod protocol;
pub mod regular_file;
mod session;
pub mod sim;
mod tool_input;
