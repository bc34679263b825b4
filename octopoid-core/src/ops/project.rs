//! How far projects are, and completing them.

use super::{OpError, Result};
use crate::model::{Project, ProjectId, ProjectPatch, ProjectStatus, Queue, Scope, Task};
use crate::store::{self, ProjectQuery, Store, StoreExt, TaskQuery};
use crate::transition::{Actor, Command};

/// How far a project is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Its tasks that are done.
    pub done: usize,
    /// Its tasks, without those that land it.
    pub total: usize,
    /// The newest task that takes it to its base branch, where that was begun.
    pub landing: Option<Task>,
}

impl Progress {
    /// Counts a project's tasks, which come oldest first.
    pub fn of(tasks: &[Task]) -> Self {
        let (landings, parts): (Vec<_>, Vec<_>) =
            tasks.iter().partition(|task| task.attributes.lands_project);
        let done = parts.iter().filter(|task| task.is_done()).count();
        Self { done, total: parts.len(), landing: landings.last().map(|task| (*task).clone()) }
    }

    /// Returns whether a person has to say whether what the tasks made goes to the base branch.
    pub fn needs_person(&self, project: &Project) -> bool {
        let asks = |task: &Task| task.state.needs_person().is_some() && task.queue() == Queue::Provisional;
        project.status == ProjectStatus::Active
            && self.total > 0
            && self.done == self.total
            && self.landing.as_ref().is_none_or(asks)
    }
}

/// Reads the tasks of a project, the oldest first.
///
/// # Errors
/// As [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks).
pub async fn tasks(store: &dyn Store, scope: &Scope, project: &ProjectId) -> store::Result<Vec<Task>> {
    let mut query = TaskQuery::new(scope.clone());
    query.project = Some(project.clone());
    store.all_tasks(&query).await
}

/// Reads how far a project is.
///
/// # Errors
/// As [`tasks`].
pub async fn progress(store: &dyn Store, project: &Project) -> store::Result<Progress> {
    Ok(Progress::of(&tasks(store, &project.scope, &project.id).await?))
}

/// Reads the active projects whose tasks are all done, and which wait for a person's approval.
///
/// # Errors
/// As [`ProjectStore::list_projects`](crate::store::ProjectStore::list_projects), and as [`tasks`].
pub async fn ready(store: &dyn Store, scope: &Scope) -> store::Result<Vec<Project>> {
    let mut query = ProjectQuery::new(scope.clone());
    query.status = Some(ProjectStatus::Active);
    let mut ready = Vec::new();
    for project in store.list_projects(&query).await?.items {
        if progress(store, &project).await?.needs_person(&project) {
            ready.push(project);
        }
    }
    Ok(ready)
}

/// Finds the other projects with the same title, the newest first. Case and punctuation do not count, as an id does not
/// keep them.
///
/// # Errors
/// As [`ProjectStore::list_projects`](crate::store::ProjectStore::list_projects).
pub async fn same_title(store: &dyn Store, project: &Project) -> store::Result<Vec<ProjectId>> {
    let title = words(&project.title);
    let mut query = ProjectQuery::new(project.scope.clone());
    let mut found = Vec::new();
    loop {
        let page = store.list_projects(&query).await?.items;
        let Some(last) = page.last() else { return Ok(found) };
        query.after = Some(last.id.clone());
        let same = page.into_iter().filter(|one| one.id != project.id && words(&one.title) == title);
        found.extend(same.map(|one| one.id));
    }
}

fn words(title: &str) -> Vec<String> {
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// What an approval of a project came to.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum ApprovedProject {
    /// There was nothing to land: the project is completed.
    Completed(Box<Project>),
    /// This task lands it, and the project is completed with that.
    Lands(Box<Task>),
}

/// Checks that a project has tasks, and so something that can be approved.
///
/// # Errors
/// [`OpError::EmptyProject`]; as [`TaskStore::list_tasks`](crate::store::TaskStore::list_tasks).
pub async fn check_approvable(store: &dyn Store, project: &Project) -> Result<()> {
    let mut query = TaskQuery::new(project.scope.clone());
    (query.project, query.limit) = (Some(project.id.clone()), 1);
    match store.list_tasks(&query).await?.total {
        0 => Err(OpError::EmptyProject { project: project.id.clone() }),
        _ => Ok(()),
    }
}

/// Approves what a project has come to, in a person's name: the task that lands it, or, where there is nothing to land, the
/// project itself.
///
/// # Errors
/// [`OpError::LandingNotReady`] where the landing is not in review; as [`TaskStore::apply`](crate::store::TaskStore::apply)
/// and [`ProjectStore::update_project`](crate::store::ProjectStore::update_project).
pub async fn approve(
    store: &dyn Store,
    project: &Project,
    landing: Option<Task>,
    person: Actor,
) -> Result<ApprovedProject> {
    let Some(landing) = landing else {
        let patch = ProjectPatch { status: Some(ProjectStatus::Completed), ..ProjectPatch::default() };
        let done = store.update_project(&project.scope, &project.id, patch).await?;
        return Ok(ApprovedProject::Completed(Box::new(done)));
    };
    match landing.queue() {
        Queue::Provisional => {
            let approve = Command::Approve { actor: person, comments: String::new() };
            let task = store.apply(&landing.scope, &landing.id, approve).await?;
            Ok(ApprovedProject::Lands(Box::new(task)))
        }
        Queue::Done => Ok(ApprovedProject::Completed(Box::new(project.clone()))),
        queue => Err(OpError::LandingNotReady { project: project.id.clone(), landing: landing.id, queue }),
    }
}
