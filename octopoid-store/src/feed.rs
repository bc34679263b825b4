//! The newest event's number, for those who wait for the next.

use octopoid_core::store::{Result, StoreError};
use tokio::sync::watch;

/// The number that was last seen committed.
#[derive(Debug)]
pub(crate) struct Feed {
    state: watch::Sender<State>,
}

#[derive(Debug)]
struct State {
    newest: u64,
    /// Why nothing comes, where nothing can.
    silent: Option<&'static str>,
}

impl Feed {
    pub(crate) fn new(newest: u64) -> Self {
        Self { state: watch::Sender::new(State { newest, silent: None }) }
    }

    /// Wakes those who wait for a number up to `seq`. Numbers may come out of order; the highest counts.
    pub(crate) fn publish(&self, seq: u64) {
        self.state.send_if_modified(|state| {
            let news = state.newest < seq;
            state.newest = state.newest.max(seq);
            news
        });
    }

    /// Nothing will be published any more.
    #[cfg(feature = "sqlite")]
    pub(crate) fn close(&self) {
        self.state.send_modify(|state| state.silent = Some("the store is closed"));
    }

    /// Nothing comes for now: those who wait are told, and so is whoever waits before it is back.
    #[cfg(feature = "client")]
    pub(crate) fn lost(&self) {
        self.state.send_modify(|state| state.silent = Some("the feed of events is away"));
    }

    /// It is back.
    #[cfg(feature = "client")]
    pub(crate) fn found(&self) {
        self.state.send_modify(|state| state.silent = None);
    }

    /// Completes once a number above `after` was published.
    pub(crate) async fn wait(&self, after: u64) -> Result<()> {
        let mut state = self.state.subscribe();
        let seen = state.wait_for(|state| state.silent.is_some() || state.newest > after).await;
        match seen {
            Ok(state) => match state.silent {
                None => Ok(()),
                Some(why) => Err(StoreError::unavailable(why)),
            },
            Err(_) => Err(StoreError::unavailable("the store is closed")),
        }
    }
}
