//! `octopoid draft`: ideas that may become tasks or projects.

mod approve;
mod edit;
pub(crate) mod form;

use super::enqueue::text_of;
use super::project::base;
use crate::args::{Draft as Arguments, DraftAction};
use crate::assembly::Roles;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::output::{Output, style, table, text};
use comfy_table::Cell;
use octopoid_core::model::{Draft, DraftPatch, DraftStatus, NewDraft, NewTask};
use octopoid_core::ops::draft::find;
use octopoid_core::store::{DraftQuery, Store};
use serde_json::json;
use std::path::Path;

pub(super) async fn run(args: Arguments, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let (store, scope, output) = (store.as_ref(), installation.scope(), context.output);
    match args.action {
        DraftAction::List { status, author, domain, limit } => {
            let mut query = DraftQuery::new(scope);
            (query.status, query.author, query.domain, query.limit) = (status, author, domain, limit);
            list(store, query, output).await
        }
        DraftAction::Show { draft } => {
            show(&find(store, &scope, &draft).await?, output);
            Ok(())
        }
        DraftAction::Create { title, author, status, domain, tags, file } => {
            // A run speaks for itself only.
            let told = author.filter(|_| context.caller.is_person());
            let mut new = NewDraft::new(scope, title, told.unwrap_or_else(|| context.author()));
            (new.status, new.domain) = (status, domain);
            new.tags = Some(tags).filter(|tags| !tags.is_empty());
            (new.body, new.file_path) = text_and_place(file.as_deref(), context)?;
            let draft = store.create_draft(new).await?;
            said(&draft, "is there", output);
            output.note(format_args!("  → octopoid draft approve {}", draft.slug));
            Ok(())
        }
        DraftAction::Update { draft, title, status, author, domain, file, link_task, link_project } => {
            let (body, file_path) = text_and_place(file.as_deref(), context)?;
            let (linked_task, linked_project) = (link_task, link_project);
            let mut patch = DraftPatch::default();
            patch.title = title;
            patch.status = status;
            patch.author = author;
            patch.domain = domain;
            patch.body = body;
            patch.file_path = file_path;
            patch.linked_task = linked_task;
            patch.linked_project = linked_project;
            if patch == DraftPatch::default() {
                return Err(CliError::usage(
                    "nothing to update: pass at least one of --title, --status, --file",
                )
                .hint("`octopoid draft update --help` names all that can be changed"));
            }
            let id = find(store, &scope, &draft).await?.id;
            said(&store.update_draft(&scope, id, patch).await?, "is changed", output);
            Ok(())
        }
        DraftAction::Edit { draft } => {
            match edit::edit(store, &find(store, &scope, &draft).await?, context).await? {
                Some(draft) => said(&draft, "is changed", output),
                None => output.line("nothing was changed"),
            }
            Ok(())
        }
        DraftAction::Approve { draft, project: true, branch, .. } => {
            let draft = find(store, &scope, &draft).await?;
            let base = base(None, &installation, context)?;
            approve::as_project(store, &draft, branch, base, context).await
        }
        DraftAction::Approve { draft, role, priority, complexity, .. } => {
            Roles::load(&installation, &context.environment).await.check_worker(&role)?;
            let draft = find(store, &scope, &draft).await?;
            let in_parts = installation.config.value.breaks_down(&role, complexity);
            let mut new = NewTask::new("", "").with_scope(scope).with_role(role).with_priority(priority);
            (new.complexity, new.attributes.needs_breakdown) = (complexity, in_parts);
            approve::as_task(store, &draft, new, context).await
        }
        DraftAction::Archive { draft } => {
            let id = find(store, &scope, &draft).await?.id;
            let mut patch = DraftPatch::default();
            patch.status = Some(DraftStatus::Archived);
            said(&store.update_draft(&scope, id, patch).await?, "is archived", output);
            Ok(())
        }
        DraftAction::Delete { draft, force } => {
            let draft = find(store, &scope, &draft).await?;
            if !force {
                return Err(CliError::refused(format!("draft {} would be gone for good", draft.slug)).hint(
                    "`octopoid draft archive` puts it away and keeps it from being proposed again; --force deletes it",
                ));
            }
            store.delete_draft(&scope, draft.id).await?;
            said(&draft, "is deleted", output);
            Ok(())
        }
    }
}

fn said(draft: &Draft, what: &str, output: Output) {
    output.json(draft);
    output.line(format_args!(
        "draft {} ({}) {what}: {}",
        draft.id,
        draft.slug,
        text::one_line(&draft.title, 100)
    ));
}

/// Reads the text of a draft's file, and its path unless it is standard input.
fn text_and_place(file: Option<&Path>, context: &Context) -> Result<(Option<String>, Option<String>)> {
    let Some(file) = file else { return Ok((None, None)) };
    let place = Some(file.display().to_string()).filter(|path| path != "-");
    Ok((Some(text_of(file, context)?), place))
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
    let mut rows = table::table(&["ID", "SLUG", "STATUS", "AUTHOR", "BECAME", "TITLE"]);
    for draft in &shown {
        rows.add_row(vec![
            Cell::new(draft.id),
            Cell::new(&draft.slug),
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
    output.line(format_args!(
        "draft {} ({}), by {}",
        draft.id,
        draft.slug,
        text::one_line(&draft.author, 60)
    ));
    if let Some(made) = became(draft) {
        output.line(format_args!("became {made}"));
    }
    if let Some(body) = &draft.body {
        output.line(format_args!("\n{}", text::indented(body, 2)));
    }
    if became(draft).is_none() {
        output.note(format_args!(
            "\n  → octopoid draft approve {0}\n  → octopoid draft archive {0}",
            draft.slug
        ));
    }
}

/// Returns the task or the project that a draft became.
fn became(draft: &Draft) -> Option<String> {
    let task = draft.linked_task.as_ref().map(ToString::to_string);
    task.or_else(|| draft.linked_project.as_ref().map(|project| format!("the project {project}")))
}
