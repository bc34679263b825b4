#![doc = include_str!("../README.md")]

mod audit;
mod cargo;
mod duplicates;
mod finding;
mod graph;
mod npm;
mod program;
mod proposal;
mod role;
mod settings;
mod severity;
mod tool;

pub use role::DependencyAudit;
pub use settings::{Report, Settings};
pub use severity::Severity;
pub use tool::Tool;

octopoid_plugin::export_role!(DependencyAudit);
