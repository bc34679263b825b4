//! Projects.

use super::{Page, next, page};
use crate::access::{Submitted, Visit};
use crate::failure::{Answer, Failure};
use crate::pages;
use crate::pages::projects::ProjectView;
use axum::extract::Path;
use octopoid_core::model::{Project, ProjectId, Task};
use octopoid_core::ops::project::{self, ApprovedProject, Progress};
use octopoid_core::ops::{CostBy, CostOf, CostQuery, costs};
use octopoid_core::store::ProjectQuery;
use std::collections::BTreeMap;

async fn used(visit: &Visit) -> Answer<BTreeMap<CostOf, octopoid_core::model::Usage>> {
    let costs = costs(&*visit.shared.store, &CostQuery::new(visit.scope().clone(), CostBy::Project)).await?;
    Ok(costs.rows.into_iter().map(|row| (row.of, row.usage)).collect())
}

pub(super) async fn projects(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    let used = used(&visit).await?;
    let mut views = Vec::new();
    for project in visit.shared.store.list_projects(&ProjectQuery::new(visit.scope().clone())).await?.items {
        let progress = project::progress(&*visit.shared.store, &project).await?;
        let used = used.get(&CostOf::Project(project.id.clone())).copied().unwrap_or_default();
        views.push(ProjectView { project, progress, used });
    }
    Ok(page(pages::projects::projects(&visit, &snapshot, &views)))
}

async fn read(visit: &Visit, id: &str) -> Answer<(Project, Vec<Task>)> {
    let id = ProjectId::new(id).map_err(|_| Failure::not_found(format_args!("project {id:?}")))?;
    let project = visit.shared.store.project(visit.scope(), &id).await?;
    let tasks = project::tasks(&*visit.shared.store, visit.scope(), &id).await?;
    Ok((project, tasks))
}

pub(super) async fn project(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let (project, tasks) = read(&visit, &id).await?;
    let snapshot = visit.hub().now().await?;
    let used = used(&visit).await?.get(&CostOf::Project(project.id.clone())).copied().unwrap_or_default();
    let view = ProjectView { progress: Progress::of(&tasks), project, used };
    Ok(page(pages::projects::project(&visit, &snapshot, &view, &tasks)))
}

pub(super) async fn approve(Path(id): Path<String>, submitted: Submitted) -> Answer<Failure> {
    let Submitted { visit, .. } = submitted.decider()?;
    let (project, tasks) = read(&visit, &id).await?;
    let store = &*visit.shared.store;
    project::check_approvable(store, &project).await?;
    let landing = Progress::of(&tasks).landing;
    let words = match project::approve(store, &project, landing, visit.viewer.actor()).await? {
        ApprovedProject::Completed(project) => format!("The project {} is completed.", project.id),
        ApprovedProject::Lands(task) => format!("Approved: {} takes it to {}.", task.id, project.base_branch),
    };
    visit.say(words);
    Ok(next(&visit.shared, None, &format!("/projects/{id}")))
}
