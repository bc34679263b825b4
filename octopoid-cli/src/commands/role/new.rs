//! `octopoid role new`: creates a role from a template.

use super::write;
use crate::args::{ClaimsFrom, NewRole};
use crate::assembly::{Roles, Source};
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::FOLDER;
use crate::output::style;
use serde_json::json;

/// `role.yaml` and `prompt.md`, in which `NAME` stands for the role's name.
const WORKER: [&str; 2] =
    [include_str!("starter/worker/role.yaml"), include_str!("starter/worker/prompt.md")];
const REVIEWER: [&str; 2] =
    [include_str!("starter/reviewer/role.yaml"), include_str!("starter/reviewer/prompt.md")];

pub(super) async fn run(args: &NewRole, context: &Context) -> Result<()> {
    let layout = context.find()?.join(FOLDER);
    let name = &args.name;
    let folder = layout.join("roles").join(name.as_str());
    if std::fs::symlink_metadata(&folder).is_ok() {
        return Err(CliError::refused(format!("{} is there already", folder.display()))
            .hint(format!("choose another name, or look at it with `octopoid role show {name}`")));
    }
    let roles = match context.installation() {
        Ok(installation) => Roles::load(&installation, &context.environment).await,
        // A role can be made while the configuration is not right yet.
        Err(_) => Roles::without_plugins(&layout),
    };
    if let Some(known) = roles.get(name) {
        let hint = match &known.source {
            Source::BuiltIn => format!("`octopoid role eject {name}` writes it out, to change it"),
            Source::Folder(_) | Source::Plugin(_) => "choose another name".to_owned(),
        };
        return Err(CliError::refused(format!("there is a role `{name}` already")).hint(hint));
    }
    let [definition, prompt] = match args.claims_from {
        ClaimsFrom::Incoming => WORKER,
        ClaimsFrom::Provisional => REVIEWER,
    }
    .map(|text| text.replace("NAME", name.as_str()));
    let paths = write(&folder, [("role.yaml", &definition), ("prompt.md", &prompt)])?;

    let output = context.output;
    output.json(&json!({ "role": name, "files": paths }));
    for path in &paths {
        output.line(path.display());
    }
    output.note(format_args!("\n{}", style::paint(style::HEADING, "It works as it is. Next:")));
    output.note("  1. say in prompt.md what it is for");
    output.note("  2. give it an agent in .octopoid/agents.yaml:");
    output.note(format_args!("       - name: {name}-1\n         role: {name}"));
    match args.claims_from {
        ClaimsFrom::Incoming => {
            output.note(format_args!("  3. give it a task: octopoid enqueue \"…\" --role {name}"));
        }
        ClaimsFrom::Provisional => output.note(
            "  3. every reviewing agent takes any submitted work: take the others out of agents.yaml, or let them share it",
        ),
    }
    output.note(format_args!("  4. see what it is told: octopoid role render {name} TASK"));
    Ok(())
}
