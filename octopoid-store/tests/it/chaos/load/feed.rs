//! A reader of the feed, which goes on where it was whatever happens to the line.

use octopoid_core::model::{Event, Scope};
use octopoid_core::store::{EventQuery, Store};
use std::sync::Arc;
use tokio::sync::watch;

/// Reads until it has the event with the number that `end` says.
pub(crate) async fn follow(
    store: Arc<dyn Store>,
    scope: Scope,
    mut end: watch::Receiver<Option<u64>>,
) -> Vec<Event> {
    let mut read: Vec<Event> = Vec::new();
    loop {
        let after = read.last().map_or(0, |event| event.seq);
        if let Some(end) = *end.borrow_and_update()
            && after >= end
        {
            // A request that was on its way for very long may have arrived after that.
            read.retain(|event| event.seq <= end);
            return read;
        }
        tokio::select! {
            waited = store.wait_for_event(after) => if waited.is_err() { moment().await },
            _ = end.changed() => {}
        }
        match store.events(&EventQuery::after(scope.clone(), after)).await {
            Ok(page) => read.extend(page),
            Err(_) => moment().await,
        }
    }
}

async fn moment() {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}
