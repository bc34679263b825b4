//! `octopoid revert`: undoes what a task landed, by another task.

use crate::args;
use crate::assembly::Explainer;
use crate::context::Context;
use crate::error::Result;
use crate::installation::Installation;
use crate::output::{json, style};
use octopoid_core::git::{Git, Repository, Reverted};
use octopoid_core::model::{Revert, Task};
use octopoid_core::ops::{Enqueued, RevertRequest, landing_of, revert};
use serde_json::{Value, json};

pub(super) async fn run(args: args::Revert, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let scope = installation.scope();
    let (task, landing) = landing_of(&*store, &scope, &args.id).await?;
    let preview = preview(&task, &landing, &installation, context);
    let output = context.output;
    if args.dry_run {
        output.json(&as_json(&landing, &preview));
        let range = format!("{}..{}", landing.before.short(), landing.landed.short());
        output.line(format_args!("would undo {range}, which {} landed: {}", args.id, words(&preview)));
        return Ok(());
    }
    let request = RevertRequest::new(context.author()).with_reason(args.reason).with_priority(args.priority);
    let (made, new) = match revert(&*store, &scope, &args.id, request).await? {
        Enqueued::Created(made) => (*made, true),
        Enqueued::Duplicate(made) => (*made, false),
    };
    let explainer = Explainer::gather(&installation, &context.environment, &*store, [&made]).await?;
    let explained = explainer.explain(&made);
    let (id, done) = (style::paint(style::HEADING, &made.id), if new { "added" } else { "is there already" });
    output.line(format_args!(
        "{id} {done}, to undo what {} landed; it is in {}",
        args.id,
        style::place(&made)
    ));
    if new {
        output.note(format_args!("  {}", words(&preview)));
    }
    output.note(format_args!("  {}", explained.text));
    for command in &explained.commands {
        output.note(format_args!("  → {command}"));
    }
    output.json(&json::with(json::task(&made, &explained), &as_json(&landing, &preview)));
    Ok(())
}

/// Returns whether the landing can be undone on the base branch as it is here; none where that cannot be told.
fn preview(
    task: &Task,
    landing: &Revert,
    installation: &Installation,
    context: &Context,
) -> Option<Reverted<()>> {
    let git = Git::new(context.environment.variables.clone());
    let repository = Repository::open(installation.repository(), git).ok()?;
    let base = task.branch.as_deref().unwrap_or(&installation.config.value.repo.base_branch);
    let tip = repository.tip(base).ok()?;
    repository.preview_revert(landing, &tip).ok()
}

fn words(preview: &Option<Reverted<()>>) -> String {
    match preview {
        Some(Reverted::Clean(())) => "as things stand, no agent is needed for it".to_owned(),
        Some(Reverted::Conflict { files }) => {
            format!("an agent is needed: later commits conflict in {}", files.join(", "))
        }
        Some(Reverted::Nothing) => "nothing of it is left to undo".to_owned(),
        None => "the machine that works on it finds out whether an agent is needed".to_owned(),
    }
}

fn as_json(landing: &Revert, preview: &Option<Reverted<()>>) -> Value {
    let (clean, conflicts) = match preview {
        Some(Reverted::Clean(())) => (Some(true), Vec::new()),
        Some(Reverted::Conflict { files }) => (Some(false), files.clone()),
        Some(Reverted::Nothing) => (Some(true), Vec::new()),
        None => (None, Vec::new()),
    };
    let nothing = matches!(preview, Some(Reverted::Nothing));
    json!({ "reverts": landing, "without_agent": clean, "conflicts": conflicts, "nothing_left": nothing })
}
