//! Feed of a store that does not filter, read from its log.

use super::{EventFeed, EventQuery, Interest, News, Result, Store};
use crate::model::Scope;
use async_trait::async_trait;
use std::sync::Arc;

/// Opens the feed of a machine, starting after an event's number: the store's own, or else one that reads its log.
pub fn open_feed(store: Arc<dyn Store>, interest: Interest, after: u64) -> Box<dyn EventFeed> {
    match store.subscribe(&interest, after) {
        Some(feed) => feed,
        None => Box::new(LogFeed { store, scope: interest.scope, cursor: after }),
    }
}

/// Feed of all events of a scope, read from the log.
#[derive(Debug)]
struct LogFeed {
    store: Arc<dyn Store>,
    scope: Scope,
    cursor: u64,
}

#[async_trait]
impl EventFeed for LogFeed {
    async fn take(&mut self) -> Result<Vec<News>> {
        let events = self.store.events(&EventQuery::after(self.scope.clone(), self.cursor)).await?;
        if let Some(last) = events.last() {
            self.cursor = last.seq;
        }
        Ok(events.into_iter().map(News::Event).collect())
    }

    async fn ready(&mut self) -> Result<()> {
        self.store.wait_for_event(self.cursor).await
    }
}
