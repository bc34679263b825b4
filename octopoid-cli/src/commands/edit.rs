//! `octopoid edit`: changes a task.

mod changes;
mod form;

use super::enqueue::{need_branch, text_of};
use crate::args;
use crate::assembly::flows::Flows;
use crate::assembly::{Explainer, Roles};
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::{json, style};
use crate::terminal::{self, Edited};
use changes::Changes;
use form::Form;
use octopoid_core::model::Task;
use octopoid_core::ops::{EditField, edit};
use octopoid_core::store::Store;

pub(super) async fn run(args: args::Edit, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let task = store.task(&installation.scope(), &args.id).await?;
    let changes = from_options(args, context)?;
    if !changes.is_empty() {
        return apply(changes, &task, &installation, &*store, context).await;
    }
    if !terminal::is_interactive() || context.output.json {
        return Err(CliError::usage("nothing to change, and there is no terminal for an editor").hint(
            "pass at least one option, such as `--title` or `--priority`; `octopoid edit --help` lists them",
        ));
    }
    let Some((edited, changes)) = in_editor(&task, context)? else {
        context.output.line("nothing was changed");
        return Ok(());
    };
    let changed = apply(changes, &task, &installation, &*store, context).await;
    changed.map_err(|error| edited.refused(error))
}

/// Lets the person write changes to a task in the editor; none if nothing was changed. Blocks.
fn in_editor(task: &Task, context: &Context) -> Result<Option<(Edited, Changes)>> {
    let before = Form::of(task).render();
    let edited = terminal::edit(&before, ".md", context)?;
    if edited.text == before {
        return Ok(None);
    }
    match Form::parse(&edited.text) {
        Ok(form) => Ok(Some((edited, form.changes(task)))),
        Err(error) => Err(edited.refused(error)),
    }
}

/// Edits a task in the editor where there may be no installation, whose roles and branches are checked otherwise. Returns what
/// it came to, in words.
pub(crate) async fn task_in_editor(
    store: &dyn Store,
    installation: Option<&Installation>,
    task: &Task,
    context: &Context,
) -> Result<String> {
    let Some((edited, changes)) = tokio::task::block_in_place(|| in_editor(task, context))? else {
        return Ok("nothing was changed".to_owned());
    };
    let changed = async {
        if let Some(installation) = installation {
            check(&changes, installation, context).await?;
        }
        let change = changes.edit();
        let names: Vec<_> = change.fields(task).into_iter().map(EditField::as_str).collect();
        let task = edit(store, task, &change, &context.actor("edit")?).await?;
        Ok(match names.is_empty() {
            true => format!("{} says that already", task.id),
            false => format!("{} changed: {}", task.id, names.join(", ")),
        })
    };
    changed.await.map_err(|error| edited.refused(error))
}

fn from_options(args: args::Edit, context: &Context) -> Result<Changes> {
    let description = match (args.description, &args.file) {
        (Some(text), _) => Some(text),
        (None, Some(path)) => Some(text_of(path, context)?),
        (None, None) => None,
    };
    let blocked_by = (!args.blocked_by.is_empty()).then_some(args.blocked_by);
    let none_and_more = |ids: &Vec<args::OrNone<_>>| ids.len() > 1 && ids.iter().any(|id| id.0.is_none());
    if blocked_by.as_ref().is_some_and(none_and_more) {
        return Err(CliError::usage("`--blocked-by none` stands beside other tasks")
            .hint("name all the tasks that it waits for, or `none` alone"));
    }
    Ok(Changes {
        title: args.title,
        description,
        role: args.role,
        priority: args.priority,
        complexity: args.complexity.map(|value| value.0),
        blocked_by: blocked_by.map(|ids| ids.into_iter().filter_map(|id| id.0).collect()),
        branch: args.branch.map(|value| value.0),
        flow: args.flow.map(|value| value.0),
        project: args.project.map(|value| value.0),
        auto_accept: args.auto_accept,
        model: args.model.map(|value| value.0),
        max_turns: args.max_turns.map(|value| value.0),
        budget_usd: args.budget.map(|value| value.0),
    })
}

async fn apply(
    changes: Changes,
    task: &Task,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<()> {
    check(&changes, installation, context).await?;
    let change = changes.edit();
    let fields = change.fields(task);
    let output = context.output;
    let task = &edit(store, task, &change, &context.actor("edit")?).await?;
    let explainer = Explainer::gather(installation, &context.environment, store, [task]).await?;
    let explained = explainer.explain(task);
    output.json(&json::task(task, &explained));
    let id = style::paint(style::HEADING, &task.id);
    if fields.is_empty() {
        output.line(format_args!("{id} says that already"));
        return Ok(());
    }
    let names: Vec<_> = fields.into_iter().map(EditField::as_str).collect();
    output.line(format_args!("{id} changed: {}", names.join(", ")));
    output.note(format_args!("  {}", explained.text));
    Ok(())
}

/// Checks that what is named exists, as for a new task.
async fn check(changes: &Changes, installation: &Installation, context: &Context) -> Result<()> {
    if changes.role.is_some() || matches!(changes.flow, Some(Some(_))) {
        let roles = Roles::load(installation, &context.environment).await;
        if let Some(role) = &changes.role {
            roles.check_worker(role)?;
        }
        if let Some(Some(flow)) = &changes.flow {
            Flows::load(installation.layout.root(), &roles).get(flow)?;
        }
    }
    if let Some(Some(branch)) = &changes.branch {
        need_branch(branch, "--branch", installation, context)?;
    }
    Ok(())
}
