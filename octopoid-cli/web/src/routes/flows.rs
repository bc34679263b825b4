//! Flows.

use super::{Page, page};
use crate::access::Visit;
use crate::failure::Answer;
use crate::pages;

pub(super) async fn flows(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    let flows = visit.shared.store.flows(visit.scope()).await?;
    Ok(page(pages::flows::flows(&visit, &snapshot, &flows)))
}
