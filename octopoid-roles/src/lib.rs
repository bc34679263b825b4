#![doc = include_str!("../README.md")]

mod account;
pub mod claude;
pub mod command;
pub mod folder;
mod moment;
pub mod plugin;
mod protocol;
pub mod regular_file;
pub mod sim;
