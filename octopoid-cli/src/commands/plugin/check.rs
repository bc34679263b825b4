//! `octopoid plugin check`: loads a plugin in a child process and describes it.

use super::of_plugin;
use crate::assembly::plugins::host_program;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::output::{style, text};
use octopoid_core::schema::JsonSchema;
use octopoid_roles::plugin::{Plugin, PluginOptions};
use std::path::Path;

pub(super) async fn run(file: &Path, context: &Context) -> Result<()> {
    let path = context.directory.join(file);
    // The private copy is for this one look.
    let copies = tempfile::tempdir().doing("make a folder for a copy of the plugin")?;
    let options = PluginOptions::new(copies.path()).with_host(host_program(&context.environment));
    let checked = Plugin::check(&path, &options).await;
    let (sha256, manifest) =
        checked.map_err(|error| CliError::failure(error.to_string()).hint(error.remedy.clone()))?;
    for role in &manifest.roles {
        if let Some(Err(error)) = role.settings.as_ref().map(JsonSchema::new) {
            let message = format!("the schema for the settings of its role `{}` is {error}", role.name);
            return Err(CliError::failure(message).hint("fix the plugin's manifest and rebuild it"));
        }
    }
    let output = context.output;
    output.json(&of_plugin(&path, &sha256, &manifest));
    output.line(format_args!(
        "{} {} {}{}",
        style::paint(style::GOOD, "✓"),
        text::one_line(&manifest.name, 60),
        text::one_line(&manifest.version, 20),
        manifest
            .built_with
            .as_deref()
            .map(|with| format!(", {}", text::one_line(with, 60)))
            .unwrap_or_default()
    ));
    for role in &manifest.roles {
        output.line(format_args!("  role {}: {}", role.name, text::one_line(&role.description, 100)));
    }
    output.line(format_args!("  may ask the host for {}", list(&manifest.features)));
    output.line(format_args!("  sha256 {sha256}"));
    output.note("To use it, copy it to .octopoid/plugins/, or name it under `plugins` in config.yaml.");
    Ok(())
}

fn list(features: &[String]) -> String {
    if features.is_empty() { "nothing".to_owned() } else { text::one_line(&features.join(", "), 200) }
}
