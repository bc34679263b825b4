//! `octopoid draft approve`: a task or a project made of a draft.

use super::became;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::output::{style, text};
use octopoid_core::model::{
    Draft, DraftPatch, DraftStatus, NewProject, NewTask, ProjectId, ProjectStatus, Scope,
};
use octopoid_core::store::{ErrorKind, Store};
use serde_json::json;

/// A draft of which nothing was made yet, and that was not put away.
fn approvable(draft: Draft) -> Result<Draft> {
    let id = draft.id;
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
pub(super) async fn as_project(
    store: &dyn Store,
    scope: &Scope,
    draft: Draft,
    (branch, base): (Option<String>, String),
    context: &Context,
) -> Result<()> {
    let draft = approvable(draft)?;
    let id = draft.id;
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
pub(super) async fn as_task(
    store: &dyn Store,
    draft: Draft,
    mut new: NewTask,
    context: &Context,
) -> Result<()> {
    let scope = &new.scope.clone();
    let draft = approvable(draft)?;
    let id = draft.id;
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
