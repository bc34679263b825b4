//! `octopoid role show`: everything about a role.

use super::{agents, claims_from, source, source_json, workspace};
use crate::assembly::{Loaded, Roles, Source};
use crate::context::Context;
use crate::error::Result;
use crate::installation::Installation;
use crate::output::{Output, style, text};
use octopoid_core::model::RoleName;
use octopoid_core::role::AgentDefaults;
use octopoid_roles::folder::{FolderRole, Variable, variables};
use serde_json::{Value, json};
use std::fmt::Display;

pub(super) async fn run(name: &RoleName, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let roles = Roles::load(&installation, &context.environment).await;
    let loaded = roles.named(name)?;
    let output = context.output;
    if output.json {
        output.json(&of_role(loaded, roles.settings_schema(name), &installation));
        return Ok(());
    }
    head(loaded, &installation, output);
    if let Some(role) = &loaded.folder {
        outcomes(role, output);
        defaults(&loaded.spec().defaults, output);
        spoken_of(role, output);
    }
    if let Some(schema) = roles.settings_schema(name) {
        heading(output, "What `settings` in agents.yaml must look like, as a JSON schema");
        let schema = serde_json::to_string_pretty(schema).unwrap_or_default();
        output.line(text::indented(&schema, 2));
    }
    Ok(())
}

fn of_role(loaded: &Loaded, settings_schema: Option<&Value>, installation: &Installation) -> Value {
    let folder = loaded.folder.as_ref();
    json!({
        "name": loaded.spec().name,
        "description": loaded.spec().description,
        "source": source_json(loaded),
        "claims_from": claims_from(loaded),
        "workspace": workspace(loaded),
        "agents": agents(loaded, installation),
        "defaults": loaded.spec().defaults,
        "outcomes": folder.map(|role| role.outcomes()),
        "output_schema": folder.map(|role| role.output_schema()),
        "settings_schema": settings_schema,
        "files": files(loaded),
        "variables": folder.map(|role| role.variables()),
    })
}

/// Returns the folder of a role's files; none for a built-in role.
fn files(loaded: &Loaded) -> Vec<String> {
    match (&loaded.source, &loaded.folder) {
        (Source::Folder(path), Some(role)) => {
            role.files().map(|(name, _)| path.join(name).display().to_string()).to_vec()
        }
        _ => Vec::new(),
    }
}

fn heading(output: Output, name: &str) {
    output.line(format_args!("\n{}", style::paint(style::HEADING, name)));
}

fn field(output: Output, name: &str, value: impl Display) {
    output.line(format_args!("  {}{name:<11}{} {value}", style::DIM, style::RESET));
}

fn head(loaded: &Loaded, installation: &Installation, output: Output) {
    let spec = loaded.spec();
    output.line(format_args!(
        "{}  {}",
        style::paint(style::HEADING, &spec.name),
        source(loaded, &installation.root)
    ));
    field(output, "does", text::indented(&spec.description, 14).trim_start());
    field(
        output,
        "takes",
        match claims_from(loaded) {
            "incoming" => {
                format!("tasks for it, from `incoming` (`octopoid enqueue … --role {}`)", spec.name)
            }
            queue => format!("submitted work, from `{queue}`"),
        },
    );
    field(
        output,
        "works",
        match workspace(loaded) {
            "own" => "in the task's own worktree; what it commits there is the work",
            "task" => "in the task's worktree, to read",
            _ => "in an empty folder",
        },
    );
    let names: Vec<_> = agents(loaded, installation).into_iter().map(|name| name.to_string()).collect();
    let none = || "none; add one to .octopoid/agents.yaml".to_owned();
    field(output, "agents", if names.is_empty() { none() } else { text::one_line(&names.join(", "), 200) });
    for file in files(loaded) {
        field(output, "file", file);
    }
    if loaded.source == Source::BuiltIn {
        field(output, "", format_args!("→ octopoid role eject {}", spec.name));
    }
}

fn outcomes(role: &FolderRole, output: Output) {
    heading(output, "What its agent may report");
    for known in role.outcomes() {
        let means =
            if known.word == known.means.as_str() { String::new() } else { format!("means {}", known.means) };
        let about = known.description.as_deref().unwrap_or_default();
        let line = format!("  {:<16} {means:<18} {}", known.word, text::one_line(about, 200));
        output.line(line.trim_end());
    }
}

fn defaults(defaults: &AgentDefaults, output: Output) {
    if *defaults == AgentDefaults::default() {
        return;
    }
    heading(output, "What holds for its agents where agents.yaml does not say it");
    let seconds = |span: Option<std::time::Duration>| span.map(|span| span.as_secs().to_string());
    let tools = (!defaults.tools.is_empty()).then(|| defaults.tools.join(", "));
    for (name, value) in [
        ("runner", defaults.runner.clone()),
        ("model", defaults.model.clone()),
        ("max_turns", defaults.max_turns.map(|turns| turns.to_string())),
        ("tools", tools),
        ("timeout_seconds", seconds(defaults.timeout)),
        ("idle_timeout_seconds", seconds(defaults.idle_timeout)),
        ("budget_usd", defaults.budget_usd.map(|dollars| dollars.to_string())),
    ] {
        if let Some(value) = value {
            output.line(format_args!(
                "  {}{name:<20}{} {}",
                style::DIM,
                style::RESET,
                text::harmless(&value)
            ));
        }
    }
}

fn spoken_of(role: &FolderRole, output: Output) {
    heading(output, "What its prompt speaks about (· is from elsewhere, and printed as data)");
    let used = role.variables();
    let line = |variable: &Variable| {
        let mark = if variable.foreign { "·" } else { " " };
        output.line(format_args!("  {mark} {:<22} {}", variable.name, variable.about));
    };
    used.iter().for_each(line);
    heading(output, "What it could also speak about");
    variables().iter().filter(|variable| !used.contains(variable)).for_each(line);
}
