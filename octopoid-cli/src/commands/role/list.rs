//! `octopoid role list`: lists the roles.

use super::{agents, claims_from, source, source_json, workspace};
use crate::assembly::{Loaded, Roles};
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::output::{style, table, text};
use comfy_table::Cell;
use serde_json::{Value, json};

pub(super) async fn run(context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let roles = Roles::load(&installation, &context.environment).await;
    let output = context.output;
    let of_role = |loaded: &Loaded| -> Value {
        json!({
            "name": loaded.spec().name,
            "description": loaded.spec().description,
            "source": source_json(loaded),
            "claims_from": claims_from(loaded),
            "workspace": workspace(loaded),
            "agents": agents(loaded, &installation),
        })
    };
    output.json(&json!({
        "roles": roles.all.iter().map(of_role).collect::<Vec<_>>(), "problems": roles.problems,
    }));
    let mut rows = table::table(&["NAME", "SOURCE", "CLAIMS FROM", "WORKSPACE", "AGENTS", "DESCRIPTION"]);
    for loaded in &roles.all {
        let names: Vec<_> = agents(loaded, &installation).into_iter().map(|name| name.to_string()).collect();
        rows.add_row(vec![
            Cell::new(&loaded.spec().name),
            Cell::new(source(loaded, &installation.root)),
            Cell::new(claims_from(loaded)),
            Cell::new(workspace(loaded)),
            Cell::new(if names.is_empty() {
                "–".to_owned()
            } else {
                text::one_line(&names.join(", "), 40)
            }),
            Cell::new(text::one_line(&loaded.spec().description, 80)),
        ]);
    }
    output.line(table::render(&mut rows));
    if roles.problems.is_empty() {
        return Ok(());
    }
    output.line("");
    for problem in &roles.problems {
        output.line(problem);
        output.line(format_args!("  {} {}", style::paint(style::HINT, "fix:"), problem.fix));
    }
    Err(CliError::said(Kind::Configuration))
}
