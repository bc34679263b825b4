//! `octopoid enqueue --from`: a task for each entry of a list.

use super::{refused, text_of};
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::{style, text};
use octopoid_core::model::{NewTask, Task};
use octopoid_core::ops::task_list::{Listed, PlannedTask, create, parse, plan};
use serde_json::{Value, json};
use std::path::Path;

pub(super) async fn run(
    path: &Path,
    template: NewTask,
    dry_run: bool,
    installation: &Installation,
    context: &Context,
) -> Result<()> {
    let text = text_of(path, context)?;
    let source = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let entries = parse(&text).map_err(|problem| {
        CliError::usage(format!("{}:{}: {}", path.display(), problem.line, problem.problem)).hint(
            "write each task as an entry of a list, `- Title`, with more about it indented below, or as a heading with text below it",
        )
    })?;
    let store = installation.store(&context.environment).await?;
    let named = template.attributes.project.is_some();
    let planned = plan(&*store, &source, entries, &template).await?;
    let output = context.output;
    let done: Vec<(PlannedTask, Option<Task>)> = match dry_run {
        true => planned.into_iter().map(|one| (one, None)).collect(),
        false => create(&*store, planned).await.map_err(|error| refused(error, named))?,
    };
    let new = done.iter().filter(|(one, _)| one.listed == Listed::New).count();
    if output.json {
        let entries: Vec<_> = done.iter().map(|(one, task)| as_json(one, task.as_ref())).collect();
        output.json(&json!({ "dry_run": dry_run, "new": new, "entries": entries }));
        return Ok(());
    }
    for (one, task) in &done {
        if output.quiet {
            // As for a single task: the ids, for scripts.
            if let (Listed::New, Some(task)) = (&one.listed, task) {
                output.line(&task.id);
            }
            continue;
        }
        output.line(line(one, task.as_ref(), dry_run));
    }
    let tasks = text::count(new as u64, "task");
    output.note(if dry_run {
        format!("{tasks} would be added; run it without --dry-run to add them")
    } else {
        format!("{tasks} added, {} there already or left out", done.len() - new)
    });
    Ok(())
}

/// Returns the line about an entry.
fn line(one: &PlannedTask, task: Option<&Task>, dry_run: bool) -> String {
    let (mark, words) = match &one.listed {
        Listed::New => {
            let id = task.map_or_else(|| "new".to_owned(), |task| task.id.to_string());
            (style::paint(style::GOOD, "+"), if dry_run { "new".to_owned() } else { id })
        }
        Listed::Known { task, differs: false } => ("=".to_owned(), format!("{} ({})", task.id, task.place())),
        Listed::Known { task, differs: true } => {
            let words = format!(
                "{0} ({1}) says something else; `octopoid edit {0}` changes it",
                task.id,
                task.place()
            );
            (style::paint(style::ATTENTION, "≠"), words)
        }
        Listed::Duplicate { task } => {
            ("=".to_owned(), format!("{} ({}) says the same", task.id, task.place()))
        }
        Listed::Ticked => ("–".to_owned(), "ticked".to_owned()),
    };
    let title = text::one_line(&one.entry.title, 70);
    format!("{mark} {title}  {}", style::paint(style::DIM, words))
}

fn as_json(one: &PlannedTask, created: Option<&Task>) -> Value {
    let (state, task) = match &one.listed {
        Listed::New => ("new", created),
        Listed::Known { task, differs: false } => ("known", Some(&**task)),
        Listed::Known { task, differs: true } => ("differs", Some(&**task)),
        Listed::Duplicate { task } => ("duplicate", Some(&**task)),
        Listed::Ticked => ("ticked", None),
    };
    json!({
        "line": one.entry.line,
        "title": one.entry.title,
        "description": one.entry.description,
        "state": state,
        "task": task.map(|task| &task.id),
    })
}
