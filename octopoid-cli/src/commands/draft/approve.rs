//! `octopoid draft approve`: a task or a project made of a draft.

use crate::context::Context;
use crate::error::Result;
use crate::output::{style, text};
use octopoid_core::model::{Draft, NewTask};
use octopoid_core::ops::draft::{approve_as_project, approve_as_task};
use octopoid_core::store::Store;
use serde_json::json;

pub(super) async fn as_project(
    store: &dyn Store,
    draft: &Draft,
    branch: Option<String>,
    base_branch: String,
    context: &Context,
) -> Result<()> {
    let person = context.decider("draft approve")?;
    let (draft, project) = approve_as_project(store, draft, branch, base_branch, person).await?;
    let output = context.output;
    output.json(&json!({ "draft": draft, "project": project.id }));
    output.line(format_args!(
        "draft {} has become the project {}: {}",
        draft.id,
        style::paint(style::HEADING, &project.id),
        text::one_line(&project.title, 100)
    ));
    output.note(format_args!("  → octopoid enqueue \"…\" --project {}", project.id));
    Ok(())
}

pub(super) async fn as_task(store: &dyn Store, draft: &Draft, new: NewTask, context: &Context) -> Result<()> {
    let new = new.with_author(context.decider("draft approve")?);
    let (draft, task) = approve_as_task(store, draft, new).await?;
    let output = context.output;
    output.json(&json!({ "draft": draft, "task": task.id }));
    output.line(format_args!(
        "draft {} has become {}: {}",
        draft.id,
        style::paint(style::HEADING, &task.id),
        text::one_line(&task.title, 100)
    ));
    Ok(())
}
