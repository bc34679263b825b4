#![doc = include_str!("../README.md")]

mod feedback;
mod file;
mod finding;
mod history;
mod judge;
mod patch;
mod pattern;
mod redact;
mod role;
mod scanner;
mod settings;

pub use role::SecretsGuard;
pub use settings::Settings;

octopoid_plugin::export_role!(SecretsGuard);
