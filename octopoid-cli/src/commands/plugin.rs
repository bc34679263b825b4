//! `octopoid plugin`: lists, checks and creates plugins.

mod check;
mod list;
mod new;

use crate::args::{Plugin, PluginAction};
use crate::context::Context;
use crate::error::Result;
use octopoid_roles::plugin::Manifest;
use serde_json::{Value, json};

pub(super) async fn run(args: Plugin, context: &Context) -> Result<()> {
    match args.action {
        PluginAction::List => list::run(context).await,
        PluginAction::Check { file } => check::run(&file, context).await,
        PluginAction::New { name, lang, path } => new::run(&name, lang, path, context),
    }
}

/// Returns a plugin as JSON.
fn of_plugin(path: &std::path::Path, sha256: &str, manifest: &Manifest) -> Value {
    json!({ "path": path, "sha256": sha256, "manifest": manifest })
}
