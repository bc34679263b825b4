//! What an installation's files name, as values: roles, plugins, runners, flows, the forge, and the orchestrator of them all.

pub(crate) mod flows;
mod forge;
pub(crate) mod github;
mod orchestrator;
pub(crate) mod plugins;
mod roles;
pub(crate) mod runners;
mod settings;
mod situation;
mod workers;

pub(crate) use orchestrator::{Assembly, assemble};
pub(crate) use roles::{Loaded, Roles, Source};
pub(crate) use settings::{agents, settings};
pub(crate) use situation::Explainer;
pub(crate) use workers::Workers;
