//! `octopoid project`: several tasks under one goal and one branch.

mod show;
mod tree;

use super::enqueue::need_branch;
use crate::args::{ProjectAction, ProjectCommand};
use crate::error::{CliError, Result};
use crate::output::{Output, style, table, text};
use crate::project::{Context, Project as Installation};
use comfy_table::Cell;
use octopoid_core::model::{NewProject, Project, ProjectId, ProjectPatch, ProjectStatus, Queue, Scope, Task};
use octopoid_core::store::{ProjectQuery, Store, StoreError, StoreExt, TaskQuery};
use serde_json::json;

/// So many tasks that are not done are named.
const NAMED: usize = 10;

pub(super) async fn run(args: ProjectCommand, context: &Context) -> Result<()> {
    let installation = context.project()?;
    let scope = installation.scope();
    match args.action {
        ProjectAction::Create { title, description, status, branch, base_branch, auto_accept } => {
            let base = base(base_branch.as_deref(), &installation, context)?;
            let mut new = NewProject::new(scope, title, base);
            (new.description, new.status, new.branch) = (description, status, branch);
            (new.auto_accept, new.created_by) = (auto_accept, Some(context.person()));
            let project = installation.store(context).await?.create_project(new).await?;
            said(&project, "is there", context.output);
            context.output.note(format_args!("  → octopoid enqueue \"…\" --project {}", project.id));
            Ok(())
        }
        ProjectAction::List { status, limit } => {
            let mut query = ProjectQuery::new(scope);
            (query.status, query.limit) = (status, limit);
            list(&*installation.store(context).await?, query, context.output).await
        }
        ProjectAction::Show { id } => {
            let store = installation.store(context).await?;
            let project = store.project(&scope, &id).await.map_err(missing)?;
            show::run(&project, &installation, &*store, context).await
        }
        ProjectAction::Update { id, title, description, status, branch, base_branch, auto_accept } => {
            if let Some(base) = &base_branch {
                need_branch(base, "--base-branch", &installation, context)?;
            }
            let patch = ProjectPatch {
                title,
                description,
                status,
                branch,
                base_branch,
                auto_accept,
                ..ProjectPatch::default()
            };
            if patch == ProjectPatch::default() {
                return Err(CliError::usage("nothing is to be changed").hint(
                    "say what, such as `--title` or `--status`; see `octopoid project update --help`",
                ));
            }
            let store = installation.store(context).await?;
            let project = store.update_project(&scope, &id, patch).await.map_err(missing)?;
            said(&project, "is changed", context.output);
            Ok(())
        }
        ProjectAction::Approve { id } => {
            let store = installation.store(context).await?;
            let project = approve(&*store, &scope, &id).await?;
            said(&project, "is completed", context.output);
            if let Some(branch) = &project.branch {
                context.output.note(format_args!(
                    "  its branch goes to `{0}`: → git switch {0} && git merge {branch}",
                    project.base_branch
                ));
            }
            Ok(())
        }
    }
}

/// An error about a project, with the way to those that there are.
pub(super) fn missing(error: StoreError) -> CliError {
    let missing = error.is_not_found();
    let error = CliError::from(error);
    if missing { error.hint("`octopoid project list` shows the projects there are") } else { error }
}

/// Where a new project's branch goes.
pub(super) fn base(named: Option<&str>, installation: &Installation, context: &Context) -> Result<String> {
    let Some(named) = named else { return Ok(installation.config.value.repo.base_branch.clone()) };
    need_branch(named, "--base-branch", installation, context)?;
    Ok(named.to_owned())
}

fn said(project: &Project, what: &str, output: Output) {
    output.json(project);
    if output.quiet {
        output.line(&project.id);
    }
    output.note(format_args!(
        "project {} {what}: {}",
        style::paint(style::HEADING, &project.id),
        text::one_line(&project.title, 100)
    ));
}

/// The tasks of a project, the oldest first.
async fn tasks(store: &dyn Store, scope: &Scope, id: &ProjectId) -> Result<Vec<Task>> {
    let mut query = TaskQuery::new(scope.clone());
    query.project = Some(id.clone());
    Ok(store.all_tasks(&query).await?)
}

/// How many tasks of a project are done, and how many there are.
async fn progress(store: &dyn Store, project: &Project) -> Result<(u64, u64)> {
    let mut query = TaskQuery::new(project.scope.clone());
    (query.project, query.limit) = (Some(project.id.clone()), 1);
    let total = store.list_tasks(&query).await?.total;
    Ok((store.list_tasks(&query.in_queue(Queue::Done)).await?.total, total))
}

/// The projects under way whose tasks are all done.
pub(super) async fn ready(store: &dyn Store, scope: &Scope) -> Result<Vec<Project>> {
    let mut query = ProjectQuery::new(scope.clone());
    query.status = Some(ProjectStatus::Active);
    let mut ready = Vec::new();
    for project in store.list_projects(&query).await?.items {
        if matches!(progress(store, &project).await?, (done, total) if done == total && total > 0) {
            ready.push(project);
        }
    }
    Ok(ready)
}

async fn approve(store: &dyn Store, scope: &Scope, id: &ProjectId) -> Result<Project> {
    let project = store.project(scope, id).await.map_err(missing)?;
    let tasks = tasks(store, scope, id).await?;
    if tasks.is_empty() {
        return Err(CliError::refused(format!("the project {id} has no tasks"))
            .hint(format!("`octopoid project update {id} --status completed` completes it nevertheless")));
    }
    let open: Vec<_> = tasks.iter().filter(|task| !task.is_done()).collect();
    if !open.is_empty() {
        let mut names: Vec<_> =
            open.iter().take(NAMED).map(|task| format!("{} ({})", task.id, task.queue())).collect();
        if open.len() > NAMED {
            names.push(format!("{} more", open.len() - NAMED));
        }
        let message =
            format!("{} of {} tasks of {id} are not done: {}", open.len(), tasks.len(), names.join(", "));
        return Err(CliError::refused(message).hint(format!(
            "`octopoid project show {id}` says where they stand; `octopoid force ID done --reason \"…\"` settles one that is not \
             wanted any more"
        )));
    }
    if project.status == ProjectStatus::Completed {
        return Ok(project);
    }
    let patch = ProjectPatch { status: Some(ProjectStatus::Completed), ..ProjectPatch::default() };
    Ok(store.update_project(scope, id, patch).await?)
}

async fn list(store: &dyn Store, query: ProjectQuery, output: Output) -> Result<()> {
    let all = query.status.is_some();
    let page = store.list_projects(&query).await?;
    let mut shown = Vec::new();
    for project in page.items.into_iter().filter(|one| all || one.status != ProjectStatus::Archived) {
        let (done, total) = progress(store, &project).await?;
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
