#![doc = include_str!("../README.md")]

pub mod claude;
pub mod command;
mod ending;
pub mod folder;
mod process;
mod protocol;
pub mod sim;
