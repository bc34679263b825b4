#![doc = include_str!("../README.md")]

pub mod claude;
pub mod command;
mod ending;
pub mod folder;
pub mod plugin;
mod process;
mod protocol;
pub mod sim;
