//! The board as it is now, kept for everybody who looks at it.
//!
//! A [`Hub`] holds one scope's [`Snapshot`]: each task that is shown, explained. It is brought up to date by the store's
//! events when somebody asks for it, and, while somebody listens, whenever something happens. So an event is read and
//! explained once, however many boards are open, and a dashboard that nobody looks at costs nothing.

mod card;
mod filter;
mod snapshot;

pub(crate) use card::Card;
pub(crate) use filter::Filter;
pub(crate) use snapshot::{Revision, Snapshot};

use crate::local::{Installation, LocalFacts};
use octopoid_core::model::Scope;
use octopoid_core::ops::Board;
use octopoid_core::ops::Situation;
use octopoid_core::store::{Result, Store};
use snapshot::Update;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// Shortest time between two updates that no page asked for: what happens meanwhile is one update.
const PACE: Duration = Duration::from_millis(150);
/// How long the hub rests after the store could not be read.
const REST: Duration = Duration::from_secs(2);

/// The board of one scope.
#[derive(Debug)]
pub(crate) struct Hub {
    store: Arc<dyn Store>,
    scope: Scope,
    installation: Option<Arc<dyn Installation>>,
    /// The newest state, with the tasks that it is of.
    newest: Mutex<Option<(Board, Arc<Snapshot>)>>,
    published: watch::Sender<Option<Arc<Snapshot>>>,
    /// Whether the task that follows the events runs.
    following: Mutex<()>,
}

impl Hub {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        scope: Scope,
        installation: Option<Arc<dyn Installation>>,
    ) -> Arc<Self> {
        let published = watch::Sender::new(None);
        Arc::new(Self {
            store,
            scope,
            installation,
            newest: Mutex::default(),
            published,
            following: Mutex::default(),
        })
    }

    /// Returns the board as it is now, everything included that was committed before the call.
    pub(crate) async fn now(&self) -> Result<Arc<Snapshot>> {
        let mut newest = self.newest.lock().await;
        let facts = match &self.installation {
            Some(installation) => installation.facts().await,
            None => {
                let situation = Situation::of_machines(&*self.store, &self.scope).await?;
                LocalFacts { situation, ..LocalFacts::default() }
            }
        };
        let update = Update { store: &*self.store, scope: &self.scope, facts };
        // After an error everything is read again.
        let (board, next) = match newest.take() {
            None => update.first().await?,
            Some((mut board, before)) => match update.next(&mut board, &before).await? {
                Some(next) => (board, next),
                None => {
                    *newest = Some((board, Arc::clone(&before)));
                    return Ok(before);
                }
            },
        };
        let next = Arc::new(next);
        *newest = Some((board, Arc::clone(&next)));
        self.published.send_replace(Some(Arc::clone(&next)));
        Ok(next)
    }

    /// Returns a receiver of every later state of the board. As long as there is one, the hub follows the events.
    pub(crate) fn listen(self: &Arc<Self>) -> watch::Receiver<Option<Arc<Snapshot>>> {
        let receiver = self.published.subscribe();
        tokio::spawn(Arc::clone(self).follow());
        receiver
    }

    /// Brings the board up to date on each change, as long as somebody listens. One task does that.
    async fn follow(self: Arc<Self>) {
        loop {
            {
                let Ok(_only) = self.following.try_lock() else { return };
                self.follow_alone().await;
            }
            // Somebody may have come after the last one left, and have left this to a task that was about to end.
            if self.published.receiver_count() == 0 {
                return;
            }
        }
    }

    async fn follow_alone(&self) {
        let mut local = self.installation.as_ref().map(|installation| installation.changes());
        while self.published.receiver_count() > 0 {
            let seen = match self.now().await {
                Ok(snapshot) => snapshot.seq,
                Err(error) => {
                    tracing::debug!(%error, "the board cannot be brought up to date");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            let changed = async {
                let told = match &mut local {
                    Some(changes) => changes.changed().await.is_ok(),
                    None => false,
                };
                if !told {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                result = self.store.wait_for_event(seen) => if result.is_err() { tokio::time::sleep(REST).await },
                () = changed => {}
                () = self.published.closed() => return,
            }
            tokio::time::sleep(PACE).await;
        }
    }
}
