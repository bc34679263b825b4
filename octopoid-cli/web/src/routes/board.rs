//! The board, and the lists beside it.

use super::{Page, page};
use crate::access::Visit;
use crate::failure::Answer;
use crate::hub::{Card, Filter};
use crate::pages;
use octopoid_core::model::{Queue, Usage};
use octopoid_core::store::{TaskOrder, TaskQuery};

/// Number of tasks on a page of finished ones.
const EACH: u32 = 100;

pub(super) async fn board(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    Ok(page(pages::board::board(&visit, &snapshot)))
}

pub(super) async fn needs_you(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    Ok(page(pages::needs_you::needs_you(&visit, &snapshot)))
}

/// The finished tasks, a page at a time.
pub(super) async fn done(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    let number = visit.fields.text("page").and_then(|page| page.parse::<u64>().ok()).unwrap_or(1).max(1);
    let filter = Filter::of(&visit.fields);
    let mut query = TaskQuery::new(visit.scope().clone());
    query.queues = vec![Queue::Done, Queue::Failed];
    query.search = Some(filter.words.clone()).filter(|words| !words.is_empty());
    query.roles = filter.role.parse().into_iter().collect();
    query.project = filter.project.parse().ok();
    query.priorities = filter.priority.into_iter().collect();
    (query.order, query.limit, query.offset) =
        (TaskOrder::Newest, EACH, (number - 1).saturating_mul(EACH.into()));
    let found = visit.shared.store.list_tasks(&query).await?;
    let cards = found
        .items
        .into_iter()
        .map(|task| Card::new(task, &snapshot.facts.situation, Usage::default(), None));
    let cards: Vec<_> = cards.filter(|card| !card.explanation.needs_person).collect();
    let last = found.total.div_ceil(EACH.into()).max(1);
    Ok(page(pages::board::done(&visit, &snapshot, &filter, &cards, number, last)))
}
