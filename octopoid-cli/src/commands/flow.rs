//! `octopoid flow`: lists, shows, checks and ejects flows.

use crate::args::{FlowAction, FlowCommand};
use crate::assembly::Roles;
use crate::assembly::flows::{BUILT_IN, Flows, Loaded, mermaid, text};
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::installation::wrong;
use crate::output::{style, table};
use comfy_table::Cell;
use serde_json::{Value, json};
use std::fs;

pub(super) async fn run(args: FlowCommand, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let roles = Roles::load(&installation, &context.environment).await;
    let flows = Flows::load(installation.layout.root(), &roles);
    match args.action {
        FlowAction::List => list(&flows, context),
        FlowAction::Show { name, mermaid } => show(&flows, &name, mermaid, context),
        FlowAction::Eject { name, force } => {
            let folder = installation.layout.root().join("flows");
            let Some((_, text)) = BUILT_IN.into_iter().find(|(known, _)| *known == name) else {
                let names: Vec<_> = BUILT_IN.into_iter().map(|(known, _)| known).collect();
                return Err(CliError::usage(format!("there is no built-in flow `{name}`"))
                    .hint(format!("use one of {}", names.join(", "))));
            };
            let path = folder.join(format!("{name}.yaml"));
            if path.exists() && !force {
                return Err(CliError::refused(format!("{} exists", path.display()))
                    .hint("change that file, or overwrite it with --force"));
            }
            fs::create_dir_all(&folder).doing(format_args!("make {}", folder.display()))?;
            fs::write(&path, text).doing(format_args!("write {}", path.display()))?;
            context.output.json(&json!({ "flow": name, "file": path }));
            context.output.line(format_args!("{} is yours to change", path.display()));
            Ok(())
        }
    }
}

fn view(loaded: &Loaded) -> Value {
    json!({
        "name": loaded.name,
        "description": loaded.file.description,
        "file": loaded.path,
        "transitions": loaded.file.transitions,
    })
}

fn list(flows: &Flows, context: &Context) -> Result<()> {
    let all: Vec<_> = flows.all.values().map(view).collect();
    context.output.json(&json!({ "flows": all, "problems": flows.problems }));
    let mut rows = table::table(&["FLOW", "FROM", "WHAT IT IS"]);
    for loaded in flows.all.values() {
        rows.add_row(vec![
            Cell::new(&loaded.name),
            Cell::new(if loaded.path.is_some() { "file" } else { "built in" }),
            Cell::new(loaded.file.description.as_deref().unwrap_or_default()),
        ]);
    }
    context.output.line(table::render(&mut rows));
    if flows.problems.is_empty() { Ok(()) } else { Err(wrong(&flows.problems)) }
}

fn show(flows: &Flows, name: &str, as_mermaid: bool, context: &Context) -> Result<()> {
    if !flows.all.contains_key(name) && !flows.problems.is_empty() {
        return Err(wrong(&flows.problems));
    }
    let loaded = flows.get(name)?;
    context.output.json(&view(loaded));
    if as_mermaid {
        context.output.line(mermaid(&loaded.file));
        return Ok(());
    }
    let description = loaded.file.description.as_deref().unwrap_or_default();
    context.output.line(format_args!("{}  {description}", style::paint(style::HEADING, name)));
    context.output.line(text(&loaded.file));
    Ok(())
}
