//! Roles from dynamic libraries.
//!
//! A plugin is built once, with `octopoid-plugin` or from `octopoid_plugin.h`, and loaded by any compatible host. [`Plugin`]
//! checks a file, loads it and gives its roles; to the orchestrator they are roles like any other.
//!
//! | isolation | what runs where | what it costs the host when it goes wrong |
//! |---|---|---|
//! | [`Isolation::Thread`] | in this process, each run on a thread of its own | **fully trusted code**: it can do whatever this process can |
//! | [`Isolation::Process`] | in a child process for each run, over its stdin and stdout | one child |
//!
//! A library is never unloaded. It is loaded from a private copy that is named by its hash, so that replacing the file
//! changes nothing under a running host.

mod attempts;
mod callbacks;
mod child;
mod convert;
mod engine;
mod error;
mod file;
mod host_calls;
mod instance;
mod job;
mod library;
mod load;
mod manifest;
mod options;
mod outcome;
mod port;
mod role;
mod table;
mod thread;
mod watchdog;

pub use child::host_process;
pub use error::PluginError;
pub use instance::threads_given_up;
pub use load::Plugin;
pub use octopoid_plugin::message::{Manifest, RoleManifest};
pub use options::{Isolation, PluginFile, PluginOptions};
