//! Finding drafts, and making tasks and projects of them.

use super::{OpError, Result};
use crate::model::{
    Draft, DraftPatch, DraftStatus, NewProject, NewTask, Project, ProjectId, ProjectStatus, Scope, Task,
};
use crate::store::{DraftQuery, ErrorKind, Store};

/// Finds the draft that a person means: by its number, by its slug, or by words in a row of its slug that only one draft has.
///
/// # Errors
/// [`OpError::NoDraft`] and [`OpError::AmbiguousDraft`]; as
/// [`DraftStore::list_drafts`](crate::store::DraftStore::list_drafts).
pub async fn find(store: &dyn Store, scope: &Scope, name: &str) -> Result<Draft> {
    if let Ok(id) = name.parse() {
        match store.draft(scope, id).await {
            Err(error) if error.is_not_found() => {}
            other => return Ok(other?),
        }
    }
    let mut query = DraftQuery::new(scope.clone());
    query.slug = Some(name.to_owned());
    if let Some(draft) = store.list_drafts(&query).await?.items.into_iter().next() {
        return Ok(draft);
    }
    let mut all = all(store, scope).await?;
    let near: Vec<_> = (0..all.len()).filter(|number| has_words(&all[*number].slug, name)).collect();
    match near.as_slice() {
        [number] => Ok(all.swap_remove(*number)),
        [] => Err(OpError::NoDraft {
            name: name.to_owned(),
            slugs: all.into_iter().map(|draft| draft.slug).collect(),
        }),
        several => Err(OpError::AmbiguousDraft {
            name: name.to_owned(),
            drafts: several.iter().map(|number| (all[*number].id, all[*number].slug.clone())).collect(),
        }),
    }
}

/// Returns whether a slug contains the words of another one in a row.
fn has_words(slug: &str, name: &str) -> bool {
    !name.is_empty() && format!("-{slug}-").contains(&format!("-{}-", name.to_lowercase()))
}

async fn all(store: &dyn Store, scope: &Scope) -> Result<Vec<Draft>> {
    let mut query = DraftQuery::new(scope.clone());
    let mut all: Vec<Draft> = Vec::new();
    loop {
        let page = store.list_drafts(&query).await?.items;
        let Some(last) = page.last() else { return Ok(all) };
        query.after = Some(last.id);
        all.extend(page);
    }
}

/// Checks that nothing was made of a draft yet, and that it is not archived.
///
/// # Errors
/// [`OpError::DraftUsed`] and [`OpError::DraftArchived`].
pub fn check_approvable(draft: &Draft) -> Result<()> {
    if draft.linked_task.is_some() || draft.linked_project.is_some() {
        let (task, project) = (draft.linked_task.clone(), draft.linked_project.clone());
        return Err(OpError::DraftUsed { draft: draft.id, task, project });
    }
    if draft.status == DraftStatus::Archived {
        return Err(OpError::DraftArchived { draft: draft.id });
    }
    Ok(())
}

/// Makes a project of a draft, and then the link to it. The project's id is made of the draft's number, so that a second
/// try finds the project of the first.
///
/// # Errors
/// As [`check_approvable`]; [`OpError::ProjectIdTaken`]; as
/// [`ProjectStore::create_project`](crate::store::ProjectStore::create_project).
pub async fn approve_as_project(
    store: &dyn Store,
    draft: &Draft,
    branch: Option<String>,
    base_branch: String,
    person: String,
) -> Result<(Draft, Project)> {
    check_approvable(draft)?;
    let scope = &draft.scope;
    let id = ProjectId::new(format!("draft-{}", draft.id))
        .map_err(|error| crate::store::StoreError::internal(error.to_string()))?;
    let mut new = NewProject::new(scope.clone(), draft.title.clone(), base_branch);
    (new.id, new.status) = (Some(id.clone()), ProjectStatus::Active);
    (new.description, new.branch, new.created_by) = (draft.body.clone(), branch, Some(person));
    let project = match store.create_project(new).await {
        Err(error) if *error.kind() == ErrorKind::Conflict => {
            let there = store.project(scope, &id).await?;
            if there.title != draft.title {
                return Err(OpError::ProjectIdTaken { draft: draft.id, project: id });
            }
            there
        }
        created => created?,
    };
    let patch = DraftPatch {
        status: Some(status(project.status == ProjectStatus::Completed)),
        linked_project: Some(project.id.clone()),
        ..DraftPatch::default()
    };
    Ok((store.update_draft(scope, draft.id, patch).await?, project))
}

/// Makes a task of a draft, and then the link to it. `new` has everything but what the draft says. The task's key is made of
/// the draft's number, so that a second try finds the task of the first.
///
/// # Errors
/// As [`check_approvable`]; as [`TaskStore::create_task`](crate::store::TaskStore::create_task).
pub async fn approve_as_task(store: &dyn Store, draft: &Draft, mut new: NewTask) -> Result<(Draft, Task)> {
    check_approvable(draft)?;
    let body = draft.body.clone().filter(|body| !body.trim().is_empty());
    new.description = body.unwrap_or_else(|| draft.title.clone());
    new.title.clone_from(&draft.title);
    new.key = Some(format!("draft-{}", draft.id));
    new.scope = draft.scope.clone();
    let task = store.create_task(new).await?;
    let patch = DraftPatch {
        status: Some(status(task.is_done())),
        linked_task: Some(task.id.clone()),
        ..DraftPatch::default()
    };
    Ok((store.update_draft(&draft.scope, draft.id, patch).await?, task))
}

/// A try that was cut off before the link may lie back so far that what was made is done.
const fn status(is_done: bool) -> DraftStatus {
    if is_done { DraftStatus::Implemented } else { DraftStatus::Approved }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_of_a_slug_name_it() {
        let slug = "add-dark-mode-support";
        for name in ["add-dark-mode-support", "dark-mode-support", "dark-mode", "Add-Dark-Mode"] {
            assert!(has_words(slug, name), "{name}");
        }
        for name in ["", "ark-mode", "dark-support", "-", "add-dark-mode-support-2"] {
            assert!(!has_words(slug, name), "{name}");
        }
    }
}
