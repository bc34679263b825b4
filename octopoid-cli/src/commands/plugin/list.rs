//! `octopoid plugin list`: lists the plugins of the installation.

use super::of_plugin;
use crate::assembly::Roles;
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::output::{style, table, text};
use comfy_table::Cell;
use octopoid_roles::plugin::Plugin;
use serde_json::json;

pub(super) async fn run(context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let plugins = Roles::load(&installation, &context.environment).await.plugins;
    let output = context.output;
    let shown = |plugin: &Plugin| {
        let mut shown = of_plugin(plugin.path(), plugin.sha256(), plugin.manifest());
        shown["isolation"] = json!(plugin.isolation());
        shown
    };
    output.json(&json!({
        "plugins": plugins.all.iter().map(shown).collect::<Vec<_>>(),
        "refused": plugins.problems,
    }));
    if plugins.all.is_empty() && plugins.problems.is_empty() {
        output.line(format_args!(
            "there are no plugins: put one into {}, or name it under `plugins` in config.yaml",
            crate::assembly::plugins::folder(&installation.layout).display()
        ));
        return Ok(());
    }
    if !plugins.all.is_empty() {
        let mut rows = table::table(&["PLUGIN", "VERSION", "ROLES", "RUNS IN", "SHA-256", "FILE"]);
        for plugin in &plugins.all {
            let manifest = plugin.manifest();
            let roles: Vec<_> = manifest.roles.iter().map(|role| role.name.as_str()).collect();
            rows.add_row(vec![
                Cell::new(text::one_line(&manifest.name, 40)),
                Cell::new(text::one_line(&manifest.version, 20)),
                Cell::new(roles.join(", ")),
                Cell::new(plugin.isolation().as_str()),
                Cell::new(&plugin.sha256()[..12]),
                Cell::new(plugin.path().display()),
            ]);
        }
        output.line(table::render(&mut rows));
    }
    for problem in &plugins.problems {
        output.line(format_args!("{} {problem}", style::paint(style::BAD, "refused:")));
        output.line(format_args!("  {} {}", style::paint(style::HINT, "fix:"), problem.fix));
    }
    if plugins.problems.is_empty() { Ok(()) } else { Err(CliError::said(Kind::Configuration)) }
}
