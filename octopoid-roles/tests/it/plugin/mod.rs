//! Roles from dynamic libraries, as their users and their authors meet them.

mod build;
mod examples;
mod file;
mod host;
mod isolated;
mod messages;
mod misbehaving;
mod suite;
mod table;
mod versions;

use octopoid_core::model::{CommitId, RunId};
use octopoid_core::process::Command;
use octopoid_core::role::{Role, RoleContext, Workspace};
use octopoid_roles::plugin::{Isolation, Plugin, PluginError, PluginFile, PluginOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The program that hosts plugins in child processes.
fn host_program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_octopoid-plugin-host"))
}

fn options() -> PluginOptions {
    PluginOptions::new(build::folder().join("copies")).with_host(host_program())
}

/// For what never stops: waiting for it longer would only take longer.
fn impatient() -> PluginOptions {
    options().with_grace(Duration::from_millis(200))
}

async fn load(path: &Path, isolation: Isolation) -> Result<Plugin, PluginError> {
    load_with(path, isolation, &options()).await
}

async fn load_with(
    path: &Path,
    isolation: Isolation,
    options: &PluginOptions,
) -> Result<Plugin, PluginError> {
    Plugin::load(&PluginFile::new(path).with_isolation(isolation), options).await
}

/// The one role of a library, or the one of that name.
async fn role(path: &Path, isolation: Isolation, name: &str) -> Arc<dyn Role> {
    named(&load(path, isolation).await.unwrap(), name)
}

/// The same role that asks an agent, in Rust and in C, in this process and in a child.
pub(crate) async fn asking() -> Vec<(String, Arc<dyn Role>)> {
    let mut all = Vec::new();
    for isolation in [Isolation::Thread, Isolation::Process] {
        for (path, name) in [(build::fixtures(), "hello"), (build::hello_c(), "hello-c")] {
            all.push((format!("{name}, {isolation:?}"), role(&path, isolation, name).await));
        }
    }
    all
}

fn named(plugin: &Plugin, name: &str) -> Arc<dyn Role> {
    plugin.roles().find(|role| role.spec().name.as_str() == name).unwrap()
}

/// A run's context, with settings.
fn context(host: &Arc<host::Host>, settings: serde_json::Value) -> RoleContext {
    let task = crate::support::task("Greet in every language.");
    let commit = |digit: &str| CommitId::new(digit.repeat(40)).unwrap();
    let workspace =
        Workspace::new("/nonexistent", "main").with_commits(commit("b"), commit("d"), commit("b"));
    let mut context = RoleContext::new(RunId::of(&task.id, 1), 1, task, workspace, host.clone());
    context.settings = settings;
    context.cancel = host.cancel.clone();
    context
}
