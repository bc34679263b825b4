//! What a person does with machines, projects and drafts.

use super::{Action, Made, NAME};
use crate::commands::draft::form;
use crate::commands::project::approve;
use crate::error::{CliError, Result};
use crate::tui::desk::Desk;
use octopoid_core::model::{
    DraftPatch, DraftStatus, MachineStatus, NewDraft, NewProject, NewTask, ProjectId, ProjectPatch,
    ProjectStatus,
};
use octopoid_core::ops::draft::{approve_as_project, approve_as_task};
use octopoid_core::ops::project::{self, ApprovedProject};

pub(super) async fn carry_out(action: Action, desk: &Desk) -> Result<String> {
    let (store, scope, context) = (&*desk.store, &desk.scope, &desk.context);
    // All of it holds for others, as the commands that do the same.
    let person = context.decider(NAME)?;
    match action {
        Action::Machine { machine, status } => {
            store.set_machine_status(scope, &machine, status).await?;
            Ok(match status {
                MachineStatus::Maintenance => format!("{machine} takes nothing new"),
                MachineStatus::Active | MachineStatus::Offline => format!("{machine} is back in service"),
            })
        }
        Action::ApproveProject { project } => approve_project(&project, desk).await,
        Action::NewProject { title, description } => {
            let mut new = NewProject::new(scope.clone(), title, base_branch(desk)?);
            new.status = ProjectStatus::Active;
            new.description = Some(description).filter(|text| !text.is_empty());
            new.created_by = Some(context.author());
            let project = store.create_project(new).await?;
            Ok(format!("the project {} is there", project.id))
        }
        Action::ArchiveProject { project } => {
            let mut patch = ProjectPatch::default();
            patch.status = Some(ProjectStatus::Archived);
            store.update_project(scope, &project, patch).await?;
            Ok(format!("the project {project} is put away"))
        }
        Action::NewDraft { title, text } => {
            let mut new = NewDraft::new(scope.clone(), title, context.author());
            new.body = Some(text).filter(|text| !text.is_empty());
            let draft = store.create_draft(new).await?;
            Ok(format!("draft {} is there", draft.id))
        }
        Action::ApproveDraft { draft, made } => {
            let draft = store.draft(scope, draft).await?;
            match made {
                Made::Task { role, priority } => {
                    let new =
                        NewTask::new("", "").with_role(role).with_priority(priority).with_author(person);
                    let (draft, task) = approve_as_task(store, &draft, new).await?;
                    Ok(format!("draft {} has become {}", draft.id, task.id))
                }
                Made::Project { branch } => {
                    let base = base_branch(desk)?;
                    let (draft, project) = approve_as_project(store, &draft, branch, base, person).await?;
                    Ok(format!("draft {} has become the project {}", draft.id, project.id))
                }
            }
        }
        Action::ArchiveDraft { draft } => {
            let mut patch = DraftPatch::default();
            patch.status = Some(DraftStatus::Archived);
            store.update_draft(scope, draft, patch).await?;
            Ok(format!("draft {draft} is put away"))
        }
        Action::DeleteDraft { draft } => {
            store.delete_draft(scope, draft).await?;
            Ok(format!("draft {draft} is deleted"))
        }
        Action::EditDraft { draft, text } => {
            store.update_draft(scope, draft, form::parse(&text)?).await?;
            Ok(format!("draft {draft} is changed"))
        }
        _ => Err(CliError::failure("this is about no machine, project or draft")),
    }
}

/// Returns the branch that new projects land on.
fn base_branch(desk: &Desk) -> Result<String> {
    let installation = desk.installation.as_ref().ok_or_else(|| {
        CliError::refused(
            "the branch that a project lands on is configured with its repository, and there is none here",
        )
        .hint("use a clone of it, or `octopoid project create TITLE --base-branch BRANCH` there")
    })?;
    Ok(installation.config.value.repo.base_branch.clone())
}

async fn approve_project(id: &ProjectId, desk: &Desk) -> Result<String> {
    let project = desk.store.project(&desk.scope, id).await?;
    let approved = match &desk.installation {
        Some(installation) => approve::approve(&*desk.store, &project, installation, &desk.context).await?,
        None => {
            let landing = project::progress(&*desk.store, &project).await?.landing.ok_or_else(|| {
                CliError::refused(format!("approving {id} reads its branch, and there is no repository here"))
                    .hint(format!("`octopoid project approve {id}` in a clone that has it"))
            })?;
            project::approve(&*desk.store, &project, Some(landing), desk.context.actor(NAME)?).await?
        }
    };
    Ok(match approved {
        ApprovedProject::Completed(project) => format!("project {} is completed", project.id),
        ApprovedProject::Lands(task) => format!("project {id} is approved; {} lands it", task.id),
    })
}
