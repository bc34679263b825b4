//! `octopoid draft`: ideas that may become tasks or projects.

use super::enqueue::text_of;
use super::project::base;
use crate::args::{Draft as Arguments, DraftAction};
use crate::error::{CliError, Result};
use crate::output::{Output, style, table, text};
use crate::project::Context;
use crate::roles::Roles;
use comfy_table::Cell;
use octopoid_core::model::{
    Draft, DraftPatch, DraftStatus, NewDraft, NewProject, NewTask, ProjectId, ProjectStatus, Scope,
};
use octopoid_core::store::{DraftQuery, ErrorKind, Store, StoreError};
use serde_json::json;
use std::path::Path;

pub(super) async fn run(args: Arguments, context: &Context) -> Result<()> {
    let project = context.project()?;
    let store = project.store(context).await?;
    let (store, scope, output) = (store.as_ref(), project.scope(), context.output);
    match args.action {
        DraftAction::List { status, author, limit } => {
            let mut query = DraftQuery::new(scope);
            (query.status, query.author, query.limit) = (status, author, limit);
            list(store, query, output).await
        }
        DraftAction::Show { id } => {
            show(&store.draft(&scope, id).await.map_err(missing)?, output);
            Ok(())
        }
        DraftAction::Create { title, author, status, domain, file } => {
            // A run speaks for itself only.
            let told = author.filter(|_| context.caller.is_person());
            let mut new = NewDraft::new(scope, title, told.unwrap_or_else(|| context.author()));
            (new.status, new.domain) = (status, domain);
            (new.body, new.file_path) = text_and_place(file.as_deref(), context)?;
            let draft = store.create_draft(new).await?;
            said(&draft, "is there", output);
            output.note(format_args!("  → octopoid draft approve {}", draft.id));
            Ok(())
        }
        DraftAction::Update { id, title, status, author, domain, file } => {
            let (body, file_path) = text_and_place(file.as_deref(), context)?;
            let patch =
                DraftPatch { title, status, author, domain, body, file_path, ..DraftPatch::default() };
            if patch == DraftPatch::default() {
                return Err(CliError::usage("nothing is to be changed")
                    .hint("say what, such as `--title` or `--status`; see `octopoid draft update --help`"));
            }
            said(&store.update_draft(&scope, id, patch).await.map_err(missing)?, "is changed", output);
            Ok(())
        }
        DraftAction::Approve { id, project: true, branch, .. } => {
            let base = base(None, &project, context)?;
            approve_as_project(store, &scope, id, (branch, base), context).await
        }
        DraftAction::Approve { id, role, priority, complexity, .. } => {
            Roles::load(&project, &context.environment).await.check_worker(&role)?;
            let in_parts = project.config.value.breaks_down(&role, complexity);
            let mut new = NewTask::new("", "").with_scope(scope).with_role(role).with_priority(priority);
            (new.complexity, new.attributes.needs_breakdown) = (complexity, in_parts);
            approve(store, id, new, context).await
        }
        DraftAction::Archive { id } => {
            let patch = DraftPatch { status: Some(DraftStatus::Archived), ..DraftPatch::default() };
            said(&store.update_draft(&scope, id, patch).await.map_err(missing)?, "is archived", output);
            Ok(())
        }
    }
}

fn said(draft: &Draft, what: &str, output: Output) {
    output.json(draft);
    output.line(format_args!("draft {} {what}: {}", draft.id, text::one_line(&draft.title, 100)));
}

/// What a draft's file says, and its path unless it is standard input.
fn text_and_place(file: Option<&Path>, context: &Context) -> Result<(Option<String>, Option<String>)> {
    let Some(file) = file else { return Ok((None, None)) };
    let place = Some(file.display().to_string()).filter(|path| path != "-");
    Ok((Some(text_of(file, context)?), place))
}

fn missing(error: StoreError) -> CliError {
    let missing = error.is_not_found();
    let error = CliError::from(error);
    if missing { error.hint("`octopoid draft list` shows the drafts there are") } else { error }
}

async fn list(store: &dyn Store, query: DraftQuery, output: Output) -> Result<()> {
    let all = query.status.is_some();
    let page = store.list_drafts(&query).await?;
    let shown: Vec<_> =
        page.items.into_iter().filter(|draft| all || draft.status != DraftStatus::Archived).collect();
    output.json(&json!({ "drafts": shown }));
    if shown.is_empty() {
        output.line("there are no drafts");
        return Ok(());
    }
    let mut rows = table::table(&["ID", "STATUS", "AUTHOR", "BECAME", "TITLE"]);
    for draft in &shown {
        rows.add_row(vec![
            Cell::new(draft.id),
            Cell::new(draft.status.as_str()),
            Cell::new(text::one_line(&draft.author, 30)),
            Cell::new(became(draft).unwrap_or_default()),
            Cell::new(text::one_line(&draft.title, 80)),
        ]);
    }
    output.line(table::render(&mut rows));
    Ok(())
}

fn show(draft: &Draft, output: Output) {
    output.json(draft);
    output.line(format_args!(
        "{}  {}",
        style::paint(style::HEADING, text::one_line(&draft.title, 200)),
        draft.status.as_str()
    ));
    output.line(format_args!("draft {}, by {}", draft.id, text::one_line(&draft.author, 60)));
    if let Some(made) = became(draft) {
        output.line(format_args!("became {made}"));
    }
    if let Some(body) = &draft.body {
        output.line(format_args!("\n{}", text::indented(body, 2)));
    }
    if became(draft).is_none() {
        output
            .note(format_args!("\n  → octopoid draft approve {0}\n  → octopoid draft archive {0}", draft.id));
    }
}

/// The task or the project that a draft became.
fn became(draft: &Draft) -> Option<String> {
    let task = draft.linked_task.as_ref().map(ToString::to_string);
    task.or_else(|| draft.linked_project.as_ref().map(|project| format!("the project {project}")))
}

/// A draft of which nothing was made yet, and that was not put away.
async fn approvable(store: &dyn Store, scope: &Scope, id: u64) -> Result<Draft> {
    let draft = store.draft(scope, id).await.map_err(missing)?;
    if let Some(made) = became(&draft) {
        let command = match (&draft.linked_task, &draft.linked_project) {
            (Some(task), _) => format!("octopoid show {task}"),
            (None, Some(project)) => format!("octopoid project show {project}"),
            (None, None) => "octopoid draft list".to_owned(),
        };
        return Err(CliError::refused(format!("draft {id} has become {made} already"))
            .hint(format!("`{command}` says where it stands")));
    }
    if draft.status == DraftStatus::Archived {
        return Err(CliError::refused(format!("draft {id} was put away"))
            .hint("`octopoid enqueue` adds a task for it, if it is wanted after all"));
    }
    Ok(draft)
}

/// Makes the project, and then the link to it. The project's id is the draft's, so that a second try finds the first one's
/// project.
async fn approve_as_project(
    store: &dyn Store,
    scope: &Scope,
    id: u64,
    (branch, base): (Option<String>, String),
    context: &Context,
) -> Result<()> {
    let draft = approvable(store, scope, id).await?;
    let name = ProjectId::new(format!("draft-{id}"))
        .map_err(|error| CliError::failure(format!("the draft's number makes no id: {error}")))?;
    let mut new = NewProject::new(scope.clone(), draft.title.clone(), base);
    (new.id, new.status) = (Some(name.clone()), ProjectStatus::Active);
    (new.description, new.branch, new.created_by) =
        (draft.body, branch, Some(context.decider("draft approve")?));
    let project = match store.create_project(new).await {
        Err(error) if *error.kind() == ErrorKind::Conflict => {
            let there = store.project(scope, &name).await?;
            if there.title != draft.title {
                return Err(CliError::refused(format!(
                    "there is a project {name} already that is not draft {id}'s"
                ))
                .hint("`octopoid project create` makes one under another id"));
            }
            there
        }
        said => said?,
    };
    let completed = project.status == ProjectStatus::Completed;
    let patch = DraftPatch {
        status: Some(if completed { DraftStatus::Implemented } else { DraftStatus::Approved }),
        linked_project: Some(project.id.clone()),
        ..DraftPatch::default()
    };
    let draft = store.update_draft(scope, id, patch).await?;
    let output = context.output;
    output.json(&json!({ "draft": draft, "project": project.id }));
    output.line(format_args!(
        "draft {id} has become the project {}: {}",
        style::paint(style::HEADING, &project.id),
        text::one_line(&project.title, 100)
    ));
    output.note(format_args!("  → octopoid enqueue \"…\" --project {}", project.id));
    Ok(())
}

/// Makes the task, of which everything is said but what the draft says, and then the link to it. The task's key is the
/// draft's, so that a second try finds the first one's task.
async fn approve(store: &dyn Store, id: u64, mut new: NewTask, context: &Context) -> Result<()> {
    let scope = &new.scope.clone();
    let draft = approvable(store, scope, id).await?;
    new.description =
        draft.body.filter(|body| !body.trim().is_empty()).unwrap_or_else(|| draft.title.clone());
    new.title = draft.title;
    new = new.with_author(context.decider("draft approve")?);
    new.key = Some(format!("draft-{id}"));
    let task = store.create_task(new).await?;
    // A try that was cut off before the link may lie back so far that its task is done.
    let status = if task.is_done() { DraftStatus::Implemented } else { DraftStatus::Approved };
    let patch =
        DraftPatch { status: Some(status), linked_task: Some(task.id.clone()), ..DraftPatch::default() };
    let draft = store.update_draft(scope, id, patch).await?;
    let output = context.output;
    output.json(&json!({ "draft": draft, "task": task.id }));
    output.line(format_args!(
        "draft {id} has become {}: {}",
        style::paint(style::HEADING, &task.id),
        text::one_line(&task.title, 100)
    ));
    Ok(())
}
