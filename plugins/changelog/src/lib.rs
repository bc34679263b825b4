#![doc = include_str!("../README.md")]

mod commits;
mod document;
mod entry;
mod git;
mod lines;
mod place;
mod polish;
mod role;
mod section;
mod settings;
mod subject;

pub use role::Changelog;
pub use section::Section;
pub use settings::Settings;

octopoid_plugin::export_role!(Changelog);
