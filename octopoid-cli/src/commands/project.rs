//! `octopoid project`: several tasks under one goal and one branch.

pub(crate) mod approve;
mod show;

use super::enqueue::need_branch;
use crate::args::{ProjectAction, ProjectCommand};
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::{Output, style, table, text};
use comfy_table::Cell;
use octopoid_core::model::{NewProject, Project, ProjectId, ProjectPatch, ProjectStatus};
use octopoid_core::ops::project::{self, ApprovedProject, Progress};
use octopoid_core::store::{ProjectQuery, Store, StoreError};
use serde_json::json;

pub(super) async fn run(args: ProjectCommand, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let scope = installation.scope();
    match args.action {
        ProjectAction::Create {
            title,
            description,
            status,
            branch,
            base_branch,
            auto_accept,
            created_by,
        } => {
            let base = base(base_branch.as_deref(), &installation, context)?;
            if branch.as_ref() == Some(&base) {
                let message = format!("`{base}` is where the project goes in the end");
                return Err(CliError::usage(message).hint(
                    "name a branch of its own; without --branch its tasks land on the configured branch one by one",
                ));
            }
            let mut new = NewProject::new(scope, title, base);
            (new.description, new.status, new.branch) = (description, status, branch);
            (new.auto_accept, new.created_by) =
                (auto_accept, Some(created_by.unwrap_or_else(|| context.author())));
            let store = installation.store(&context.environment).await?;
            let project = store.create_project(new).await?;
            // It is made: what cannot be said about it now must not look like a failure.
            let twins = project::same_title(&*store, &project).await.unwrap_or_default();
            let output = context.output;
            output.json(&crate::output::json::with(json!({ "same_title": twins }), &project));
            said(&project, "is there", output);
            if let Some(words) = same_title(&project.id, &twins) {
                output.note(format_args!("  {}", style::paint(style::ATTENTION, words)));
            }
            output.note(format_args!("  → octopoid enqueue \"…\" --project {}", project.id));
            Ok(())
        }
        ProjectAction::List { status, created_by, limit } => {
            let mut query = ProjectQuery::new(scope);
            (query.status, query.created_by, query.limit) = (status, created_by, limit);
            list(&*installation.store(&context.environment).await?, query, context.output).await
        }
        ProjectAction::Show { id } => {
            let store = installation.store(&context.environment).await?;
            let project = store.project(&scope, &id).await.map_err(missing)?;
            show::run(&project, &installation, &*store, context).await
        }
        ProjectAction::Update { id, title, description, status, branch, base_branch, auto_accept } => {
            if let Some(base) = &base_branch {
                need_branch(base, "--base-branch", &installation, context)?;
            }
            let mut patch = ProjectPatch::default();
            patch.title = title;
            patch.description = description;
            patch.status = status;
            patch.branch = branch;
            patch.base_branch = base_branch;
            patch.auto_accept = auto_accept;
            if patch == ProjectPatch::default() {
                return Err(CliError::usage(
                    "nothing to update: pass at least one of --title, --status, --branch",
                )
                .hint("`octopoid project update --help` names all that can be changed"));
            }
            let store = installation.store(&context.environment).await?;
            let project = store.update_project(&scope, &id, patch).await.map_err(missing)?;
            context.output.json(&project);
            said(&project, "is changed", context.output);
            Ok(())
        }
        ProjectAction::Delete { id, force } => {
            let store = installation.store(&context.environment).await?;
            let project = store.project(&scope, &id).await.map_err(missing)?;
            if !force {
                return Err(CliError::refused(format!("project {id} would be gone for good")).hint(format!(
                    "`octopoid project update {id} --status archived` puts it away; --force deletes it"
                )));
            }
            store.delete_project(&scope, &id).await.map_err(|error| {
                CliError::from(error).hint(format!("`octopoid project show {id}` lists its tasks"))
            })?;
            context.output.json(&project);
            said(&project, "is deleted", context.output);
            Ok(())
        }
        ProjectAction::Approve { id } => {
            let store = installation.store(&context.environment).await?;
            let project = store.project(&scope, &id).await.map_err(missing)?;
            match approve::approve(&*store, &project, &installation, context).await? {
                ApprovedProject::Completed(project) => {
                    context.output.json(&project);
                    said(&project, "is completed", context.output);
                }
                ApprovedProject::Lands(task) => {
                    context.output.json(&project);
                    said(&project, "is approved", context.output);
                    let branch = project.branch.as_deref().unwrap_or_default();
                    context.output.note(format_args!(
                        "  {} takes `{branch}` to `{}`: → octopoid show {}",
                        task.id, project.base_branch, task.id
                    ));
                }
            }
            Ok(())
        }
    }
}

/// Returns the error, with a hint to the list of projects if there is no such project.
pub(super) fn missing(error: StoreError) -> CliError {
    let missing = error.is_not_found();
    let error = CliError::from(error);
    if missing { error.hint("`octopoid project list` shows the projects there are") } else { error }
}

/// Returns the base branch of a new project.
pub(super) fn base(named: Option<&str>, installation: &Installation, context: &Context) -> Result<String> {
    let Some(named) = named else { return Ok(installation.config.value.repo.base_branch.clone()) };
    need_branch(named, "--base-branch", installation, context)?;
    Ok(named.to_owned())
}

/// Describes the other projects with the title of one that has just been made.
fn same_title(id: &ProjectId, twins: &[ProjectId]) -> Option<String> {
    let (newest, others) = twins.split_first()?;
    Some(match others.len() {
        0 => format!("it is the second of this title: {newest} is there too; this one is {id}"),
        many => format!("of this title {newest} and {many} more are there too; this one is {id}"),
    })
}

/// Prints what happened to a project.
fn said(project: &Project, what: &str, output: Output) {
    if output.quiet {
        output.line(&project.id);
    }
    output.note(format_args!(
        "project {} {what}: {}",
        style::paint(style::HEADING, &project.id),
        text::one_line(&project.title, 100)
    ));
}

async fn list(store: &dyn Store, query: ProjectQuery, output: Output) -> Result<()> {
    let all = query.status.is_some();
    let page = store.list_projects(&query).await?;
    let mut shown = Vec::new();
    for project in page.items.into_iter().filter(|one| all || one.status != ProjectStatus::Archived) {
        let Progress { done, total, .. } = project::progress(store, &project).await?;
        shown.push((project, done, total));
    }
    let items: Vec<_> = shown
        .iter()
        .map(|(project, done, total)| {
            crate::output::json::with(json!({ "done": done, "tasks": total }), project)
        })
        .collect();
    output.json(&json!({ "projects": items, "total": page.total }));
    if shown.is_empty() {
        output.line("there are no projects: `octopoid project create \"…\"` makes one");
        return Ok(());
    }
    let mut rows = table::table(&["ID", "STATUS", "DONE", "BRANCH", "TITLE"]);
    for (project, done, total) in &shown {
        rows.add_row(vec![
            Cell::new(&project.id),
            Cell::new(project.status.as_str()),
            Cell::new(format!("{done}/{total}")),
            Cell::new(project.branch.as_deref().unwrap_or_default()),
            Cell::new(text::one_line(&project.title, 80)),
        ]);
    }
    output.line(table::render(&mut rows));
    Ok(())
}
