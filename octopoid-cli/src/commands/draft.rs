//! `octopoid draft`: ideas that may become tasks.

use crate::args::{Draft as Arguments, DraftAction};
use crate::error::{CliError, Result};
use crate::output::{Output, style, table, text};
use crate::project::Context;
use crate::roles::Roles;
use comfy_table::Cell;
use octopoid_core::model::{Draft, DraftPatch, DraftStatus, NewTask, Priority, RoleName, Scope};
use octopoid_core::store::{DraftQuery, Store, StoreError};
use serde_json::json;

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
        DraftAction::Approve { id, role, priority } => {
            Roles::load(&project, &context.environment).await.check_worker(&role)?;
            approve(store, &scope, id, (role, priority), context).await
        }
        DraftAction::Archive { id } => {
            let patch = DraftPatch { status: Some(DraftStatus::Archived), ..DraftPatch::default() };
            let draft = store.update_draft(&scope, id, patch).await.map_err(missing)?;
            output.json(&draft);
            output.line(format_args!(
                "draft {} is archived: {}",
                draft.id,
                text::one_line(&draft.title, 100)
            ));
            Ok(())
        }
    }
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
    let mut rows = table::table(&["ID", "STATUS", "AUTHOR", "TASK", "TITLE"]);
    for draft in &shown {
        rows.add_row(vec![
            Cell::new(draft.id),
            Cell::new(draft.status.as_str()),
            Cell::new(text::one_line(&draft.author, 30)),
            Cell::new(draft.linked_task.as_ref().map(ToString::to_string).unwrap_or_default()),
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
    if let Some(task) = &draft.linked_task {
        output.line(format_args!("became {task}"));
    }
    if let Some(body) = &draft.body {
        output.line(format_args!("\n{}", text::indented(body, 2)));
    }
    if draft.linked_task.is_none() {
        output
            .note(format_args!("\n  → octopoid draft approve {0}\n  → octopoid draft archive {0}", draft.id));
    }
}

/// Makes the task, and then the link to it. The task's key is the draft's, so that a second try finds the first one's task.
async fn approve(
    store: &dyn Store,
    scope: &Scope,
    id: u64,
    (role, priority): (RoleName, Priority),
    context: &Context,
) -> Result<()> {
    let draft = store.draft(scope, id).await.map_err(missing)?;
    if let Some(task) = &draft.linked_task {
        return Err(CliError::refused(format!("draft {id} has become {task} already"))
            .hint(format!("`octopoid show {task}` says where it stands")));
    }
    if draft.status == DraftStatus::Archived {
        return Err(CliError::refused(format!("draft {id} was put away"))
            .hint("`octopoid enqueue` adds a task for it, if it is wanted after all"));
    }
    let body = draft.body.filter(|body| !body.trim().is_empty()).unwrap_or_else(|| draft.title.clone());
    let mut new = NewTask::new(draft.title, body)
        .with_scope(scope.clone())
        .with_role(role)
        .with_priority(priority)
        .with_author(context.person());
    new.key = Some(format!("draft-{id}"));
    let task = store.create_task(new).await?;
    let patch = DraftPatch {
        status: Some(DraftStatus::Approved),
        linked_task: Some(task.id.clone()),
        ..DraftPatch::default()
    };
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
