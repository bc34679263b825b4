//! Projects.

use super::drafts::implement;
use super::record::{all, find, get, keep_after, put, remove};
use super::slug::{free, slug};
use super::{check_line, check_text, page};
use crate::backend::{DraftLink, Reader, Transaction};
use octopoid_core::model::{NewProject, Project, ProjectId, ProjectPatch, ProjectStatus, Scope};
use octopoid_core::store::{ErrorKind, Page, ProjectQuery, Result, StoreError};
use octopoid_core::transition::{Context, check_branch};

pub(crate) fn create_project(
    transaction: &mut impl Transaction,
    new: &NewProject,
    context: Context<'_>,
) -> Result<Project> {
    check_line("title", &new.title)?;
    check_line("base_branch", &new.base_branch)?;
    check_text("description", new.description.as_deref())?;
    check_text("original", new.original.as_deref())?;
    check_branches(new.branch.as_deref(), Some(&new.base_branch))?;
    let id = match &new.id {
        Some(id) => {
            if find::<Project>(transaction, &new.scope, id.as_str())?.is_some() {
                let message = format!("Project {id} already exists");
                return Err(StoreError::new(ErrorKind::Conflict, message));
            }
            id.clone()
        }
        None => {
            let known: Vec<Project> = all(transaction, Some(&new.scope))?;
            let taken = |name: &str| Ok(known.iter().any(|project| project.id.as_str() == name));
            let name = free::<StoreError>(&slug(&new.title), taken)?;
            ProjectId::new(name)
                .map_err(|error| StoreError::internal("a title makes no id").with_source(error))?
        }
    };
    let mut project = new.clone().at(id, context.now);
    project.title = new.title.trim().to_owned();
    put(transaction, &project)?;
    Ok(project)
}

fn check_branches(branch: Option<&str>, base: Option<&str>) -> Result<()> {
    for (field, name) in [("branch", branch), ("base_branch", base)] {
        let Some(name) = name else { continue };
        if check_branch(name).is_err() {
            return Err(StoreError::invalid(field, format_args!("{name:?} is not a valid branch name")));
        }
    }
    Ok(())
}

pub(crate) fn project(reader: &mut impl Reader, scope: &Scope, id: &ProjectId) -> Result<Project> {
    get(reader, scope, id.as_str())
}

pub(crate) fn list_projects(reader: &mut impl Reader, query: &ProjectQuery) -> Result<Page<Project>> {
    let mut found: Vec<Project> = all(reader, Some(&query.scope))?;
    keep_after(&mut found, query.after.as_ref().map(ProjectId::as_str))?;
    found.retain(|project| {
        query.status.is_none_or(|status| project.status == status)
            && (query.created_by.is_none() || project.created_by == query.created_by)
    });
    page(found, query.offset, query.limit)
}

pub(crate) fn update_project(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &ProjectId,
    patch: &ProjectPatch,
    context: Context<'_>,
) -> Result<Project> {
    let mut project: Project = get(transaction, scope, id.as_str())?;
    if *patch == ProjectPatch::default() {
        return Err(StoreError::invalid("patch", "No fields to update"));
    }
    if let Some(title) = &patch.title {
        check_line("title", title)?;
    }
    if let Some(base) = &patch.base_branch {
        check_line("base_branch", base)?;
    }
    check_text("description", patch.description.as_deref())?;
    check_text("original", patch.original.as_deref())?;
    check_branches(patch.branch.as_deref(), patch.base_branch.as_deref())?;
    let completes = patch.status == Some(ProjectStatus::Completed);
    let completed_now = (completes && project.completed_at.is_none()).then_some(context.now);
    let patch = patch.clone();
    project.title = patch.title.map_or(project.title, |title| title.trim().to_owned());
    project.description = patch.description.or(project.description);
    project.status = patch.status.unwrap_or(project.status);
    project.branch = patch.branch.or(project.branch);
    project.base_branch = patch.base_branch.unwrap_or(project.base_branch);
    project.auto_accept = patch.auto_accept.unwrap_or(project.auto_accept);
    project.completed_at = patch.completed_at.or(completed_now).or(project.completed_at);
    project.updated_at = context.now;
    project.original = patch.original.or(project.original);
    put(transaction, &project)?;
    if completes {
        implement(transaction, scope, DraftLink::Project(id), context)?;
    }
    Ok(project)
}

pub(crate) fn delete_project(
    transaction: &mut impl Transaction,
    scope: &Scope,
    id: &ProjectId,
) -> Result<()> {
    project(transaction, scope, id)?;
    let tasks = transaction.count_project_tasks(scope, id)?;
    if tasks > 0 {
        let message = format!("Cannot delete project {id}: has {tasks} tasks");
        return Err(StoreError::new(ErrorKind::Conflict, message));
    }
    remove::<Project>(transaction, scope, id.as_str())
}
