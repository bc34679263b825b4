//! Reading projects and drafts.

use crate::error::Result;
use crate::tui::desk::Desk;
use crate::tui::event::{Data, ProjectView};
use octopoid_core::model::{DraftStatus, ProjectStatus, Usage};
use octopoid_core::ops::{CostBy, CostOf, CostQuery, costs, project};
use octopoid_core::store::{DraftQuery, ProjectQuery};
use std::collections::BTreeMap;

/// Reads the projects that are not archived, newest first: those under way before those that are completed.
pub(super) async fn projects(desk: &Desk) -> Result<Data> {
    let used = costs(&*desk.store, &CostQuery::new(desk.scope.clone(), CostBy::Project)).await?;
    let used: BTreeMap<CostOf, Usage> = used.rows.into_iter().map(|row| (row.of, row.usage)).collect();
    let mut views = Vec::new();
    for project in desk.store.list_projects(&ProjectQuery::new(desk.scope.clone())).await?.items {
        if project.status == ProjectStatus::Archived {
            continue;
        }
        let progress = project::progress(&*desk.store, &project).await?;
        let used = used.get(&CostOf::Project(project.id.clone())).copied().unwrap_or_default();
        views.push(ProjectView { project, progress, used });
    }
    views.sort_by_key(|view| view.project.status == ProjectStatus::Completed);
    Ok(Data::Projects(views))
}

/// Reads the newest drafts that are not archived: those that nothing was made of before the others.
pub(super) async fn drafts(desk: &Desk) -> Result<Data> {
    let page = desk.store.list_drafts(&DraftQuery::new(desk.scope.clone())).await?;
    let more = page.total.saturating_sub(page.items.len() as u64);
    let mut drafts = page.items;
    drafts.retain(|draft| draft.status != DraftStatus::Archived);
    drafts.sort_by_key(|draft| draft.linked_task.is_some() || draft.linked_project.is_some());
    Ok(Data::Drafts(drafts, more))
}
