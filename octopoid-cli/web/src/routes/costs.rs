//! Costs.

use super::{Page, page};
use crate::access::Visit;
use crate::failure::Answer;
use crate::pages::costs::{self as view, Shown};
use octopoid_core::ops::{self, CostBy, CostQuery};

pub(super) async fn costs(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    let shown = Shown::of(&visit);
    let query = |by: CostBy| {
        let query = CostQuery::new(visit.scope().clone(), by);
        match shown.since(visit.now) {
            Some(since) => query.since(since),
            None => query,
        }
    };
    let by_day = ops::costs(&*visit.shared.store, &query(CostBy::Day)).await?;
    let costs = if shown.by == CostBy::Day {
        by_day.clone()
    } else {
        ops::costs(&*visit.shared.store, &query(shown.by)).await?
    };
    Ok(page(view::costs(&visit, &snapshot, shown, &by_day, &costs)))
}
