//! The newest event's number, for those who wait for the next.

use octopoid_core::store::{Result, StoreError};
use tokio::sync::watch;

/// Why no event comes any more.
#[cfg(any(feature = "client", feature = "postgres", all(feature = "sqlite", not(target_family = "wasm"))))]
const CLOSED: &str = "the store is closed";

/// Number of the newest event that is known to be committed.
#[derive(Debug)]
pub(crate) struct Feed {
    state: watch::Sender<State>,
}

#[derive(Debug)]
struct State {
    newest: u64,
    /// Why no event can come; none while events can come.
    stopped: Option<&'static str>,
}

#[cfg(any(feature = "client", feature = "postgres"))]
fn is_closed(state: &State) -> bool {
    state.stopped == Some(CLOSED)
}

impl Feed {
    /// Returns a feed whose newest event has a number.
    pub(crate) fn new(newest: u64) -> Self {
        Self { state: watch::Sender::new(State { newest, stopped: None }) }
    }

    /// Wakes those who wait for a number up to `seq`. Numbers may come out of order; the highest counts.
    pub(crate) fn publish(&self, seq: u64) {
        self.state.send_if_modified(|state| {
            let news = state.newest < seq;
            state.newest = state.newest.max(seq);
            news
        });
    }

    /// Marks the feed as closed and wakes all waiters with an error.
    #[cfg(any(feature = "postgres", all(feature = "sqlite", not(target_family = "wasm"))))]
    pub(crate) fn close(&self) {
        self.state.send_modify(|state| state.stopped = Some(CLOSED));
    }

    /// Returns whether the feed is closed.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_closed(&self) -> bool {
        is_closed(&self.state.borrow())
    }

    /// Marks the feed as disconnected and wakes all waiters with an error.
    #[cfg(any(feature = "client", feature = "postgres"))]
    pub(crate) fn disconnect(&self) {
        self.stop(Some("the feed of events is disconnected"));
    }

    /// Marks the feed as connected again.
    #[cfg(any(feature = "client", feature = "postgres"))]
    pub(crate) fn reconnect(&self) {
        self.stop(None);
    }

    /// Sets why no event can come, unless the feed is closed.
    #[cfg(any(feature = "client", feature = "postgres"))]
    fn stop(&self, why: Option<&'static str>) {
        self.state.send_if_modified(|state| {
            let changed = !is_closed(state) && state.stopped != why;
            if changed {
                state.stopped = why;
            }
            changed
        });
    }

    /// Completes once a number above `after` was published.
    ///
    /// # Errors
    /// `Unavailable` while the feed is disconnected or closed.
    pub(crate) async fn wait(&self, after: u64) -> Result<()> {
        let mut state = self.state.subscribe();
        let seen = state.wait_for(|state| state.stopped.is_some() || state.newest > after).await;
        match seen {
            Ok(state) => match state.stopped {
                None => Ok(()),
                Some(why) => Err(StoreError::unavailable(why)),
            },
            Err(_) => Err(StoreError::unavailable("the store is closed")),
        }
    }
}
