//! A reader of the feed, which goes on where it was whatever happens to the line.

use super::PATIENCE;
use octopoid_core::model::{Event, Scope};
use octopoid_core::store::{EventQuery, Store};
use std::sync::Arc;
use tokio::sync::watch;

/// How often in a row it may be woken or be refused without getting anything where there is something.
const TRIES: usize = 10_000;

/// Reads until it has the event with the number that `end` says.
pub(crate) async fn follow(
    store: Arc<dyn Store>,
    scope: Scope,
    mut end: watch::Receiver<Option<u64>>,
) -> Vec<Event> {
    let mut read: Vec<Event> = Vec::new();
    let mut tries = 0;
    loop {
        let after = read.last().map_or(0, |event| event.seq);
        if let Some(end) = *end.borrow_and_update()
            && after >= end
        {
            // A request that was on its way for very long may have arrived after that.
            read.retain(|event| event.seq <= end);
            return read;
        }
        assert!(tries < TRIES, "nothing after {after}, {tries} times");
        let ends = *end.borrow();
        tokio::select! {
            waited = store.wait_for_event(after) => if waited.is_err() { moment().await },
            _ = end.changed() => {}
            () = forgotten(ends) => panic!("nobody woke who has {after} and waits for {ends:?}"),
        }
        match store.events(&EventQuery::after(scope.clone(), after)).await {
            Ok(page) => read.extend(page),
            Err(_) => moment().await,
        }
        let came = read.last().is_some_and(|event| event.seq > after);
        tries = if came || ends.is_none() { 0 } else { tries + 1 };
    }
}

/// Completes when somebody who waits for an event that is there was not woken for longer than anything takes. Whoever is
/// not woken does nothing that could be counted.
async fn forgotten(end: Option<u64>) {
    match end {
        Some(_) => tokio::time::sleep(PATIENCE).await,
        None => std::future::pending().await,
    }
}

async fn moment() {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}
