//! The pages of a task.

use super::placed::placed;
use super::{Page, page, task_id};
use crate::access::Visit;
use crate::failure::Answer;
use crate::hub::{Card, Snapshot};
use crate::pages::task::{Tab, TaskView};
use axum::extract::Path;
use octopoid_core::model::CommentAuthor;
use octopoid_core::ops::Situation;
use octopoid_core::store::{RunQuery, StoreExt as _};
use std::sync::Arc;

/// Reads a task with what its pages show.
pub(super) async fn read(visit: &Visit, id: &str) -> Answer<(Arc<Snapshot>, TaskView)> {
    let id = task_id(id)?;
    let snapshot = visit.hub().now().await?;
    let (store, scope) = (&*visit.shared.store, visit.scope());
    let runs = store.list_runs(&RunQuery::new(scope.clone()).of_task(id.clone())).await?;
    let card = match snapshot.cards.get(&id) {
        Some(card) => Card::clone(card),
        // One that was finished long ago.
        None => {
            let task = store.task(scope, &id).await?;
            let mut situation = Situation::clone(&snapshot.facts.situation);
            situation.blockers = Situation::around(store, scope, [&task]).await?.blockers;
            Card::new(task, &situation, runs.iter().map(|run| run.usage).sum(), None)
        }
    };
    let thread = store.messages(scope, &id).await?;
    let own = CommentAuthor::person(visit.viewer.author());
    let mut comments = store.review_comments(scope, &id).await?;
    comments.retain(|comment| !comment.is_draft() || comment.author == own);
    Ok((snapshot, TaskView { card, runs, thread, comments }))
}

pub(super) async fn overview(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let (snapshot, view) = read(&visit, &id).await?;
    let content = view.overview(&visit, &placed(&visit, &view).await);
    Ok(page(view.page(&visit, &snapshot, Tab::Overview, content)))
}

pub(super) async fn history(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let (snapshot, view) = read(&visit, &id).await?;
    let events = visit.shared.store.history(visit.scope(), &view.task().id).await?;
    let content = view.history(&events, visit.now);
    Ok(page(view.page(&visit, &snapshot, Tab::History, content)))
}
