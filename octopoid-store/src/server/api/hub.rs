//! The event feed, read once for all listeners.
//!
//! One task reads the store's history as it grows and keeps the newest events, ready to be sent. A listener that keeps up
//! is served from there; one that is behind reads what it missed from the store.

use super::dispatch::Dispatcher;
use super::ring::{Frame, Interest, PAGE, Place, Ring};
use super::spawn::{Spawn, spawn};
use futures_util::future::AbortHandle;
use octopoid_core::clock::Clock;
use octopoid_core::store::{EventQuery, Result, Store};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Pause after the store could not be read.
const PAUSE: Duration = Duration::from_millis(200);

/// Event feed of a server.
#[derive(Debug)]
pub(crate) struct Hub {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ring: Arc<Mutex<Ring>>,
    newest: watch::Sender<u64>,
    readers: Mutex<Option<[AbortHandle; 2]>>,
    spawner: Arc<dyn Spawn>,
    dispatcher: Dispatcher,
}

fn lock(ring: &Mutex<Ring>) -> MutexGuard<'_, Ring> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, spawner: Arc<dyn Spawn>) -> Self {
        let dispatcher = Dispatcher::new(Arc::clone(&store), Arc::clone(&clock));
        let (ring, newest, readers) = (Arc::default(), watch::Sender::new(0), Mutex::default());
        Self { store, clock, ring, newest, readers, spawner, dispatcher }
    }

    /// Returns the dispatcher of the feeds of machines. It has no events before the first subscription.
    pub(crate) fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Returns a receiver that is woken by every event from now on. The first subscription starts the reading.
    pub(crate) async fn subscribe(&self) -> Result<watch::Receiver<u64>> {
        let newest = self.newest.subscribe();
        let running = self.readers.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if !running {
            let last = self.store.last_event().await?;
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.is_none() {
                *lock(&self.ring) = Ring::after(last);
                self.newest.send_replace(last);
                self.dispatcher.begin(last);
                let reader = Reader {
                    store: Arc::clone(&self.store),
                    clock: Arc::clone(&self.clock),
                    ring: Arc::clone(&self.ring),
                    newest: self.newest.clone(),
                    dispatcher: self.dispatcher.clone(),
                };
                let calling = spawn(&*self.spawner, self.dispatcher.clone().call_again());
                *readers = Some([spawn(&*self.spawner, reader.read(last)), calling]);
            }
        }
        Ok(newest)
    }

    /// Returns the next events for a listener, in order, as many as fit into a chunk; an empty list if there are none yet.
    pub(crate) async fn next(&self, place: &mut Place, interest: &Interest) -> Result<Vec<Arc<Frame>>> {
        {
            let ring = lock(&self.ring);
            if let Some(found) = ring.first(place.after, interest) {
                return Ok(place.take(found, ring.newest.max(place.after)));
            }
        }
        let mut query = EventQuery::of_all_scopes(place.after);
        query.scope.clone_from(&interest.scope);
        query.task.clone_from(&interest.task);
        query.limit = place.page;
        // Read before the events, so that none between the last one found and this number is passed over.
        let newest = self.store.last_event().await?;
        let events = self.store.events(&query).await?;
        let reached = match events.last() {
            Some(last) if events.len() == query.limit as usize => last.seq,
            Some(last) => last.seq.max(newest),
            None => newest.max(place.after),
        };
        let found = events.iter().map(|event| Frame::of(event).map(Arc::new)).collect::<Result<Vec<_>>>()?;
        let asked = found.len();
        let taken = place.take(found, reached);
        place.turn_page(taken.len() == asked);
        Ok(taken)
    }

    /// Returns the number of listeners.
    pub(crate) fn listeners(&self) -> usize {
        self.newest.receiver_count()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if let Some(readers) = self.readers.lock().unwrap_or_else(PoisonError::into_inner).take() {
            readers.iter().for_each(AbortHandle::abort);
        }
    }
}

/// Task that reads the history.
struct Reader {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ring: Arc<Mutex<Ring>>,
    newest: watch::Sender<u64>,
    dispatcher: Dispatcher,
}

impl Reader {
    async fn read(self, mut last: u64) {
        let mut is_away = false;
        loop {
            match self.next(last).await {
                Ok(end) => (last, is_away) = (end, false),
                Err(error) => {
                    // Once, however long the store is away.
                    if !is_away {
                        tracing::warn!(error = %error, "the history could not be read for the listeners");
                    }
                    is_away = true;
                    self.clock.sleep(PAUSE).await;
                }
            }
        }
    }

    /// Waits for the events after a number and publishes them. Returns the number up to which everything was read.
    async fn next(&self, last: u64) -> Result<u64> {
        self.store.wait_for_event(last).await?;
        let mut query = EventQuery::of_all_scopes(last);
        query.limit = PAGE.1;
        let events = self.store.events(&query).await?;
        let frames = events.iter().map(|event| Frame::of(event).map(Arc::new)).collect::<Result<Vec<_>>>()?;
        let Some(end) = frames.last().map(|frame| frame.seq) else { return Ok(last) };
        lock(&self.ring).extend(frames);
        self.newest.send_replace(end);
        self.dispatcher.take(&events).await;
        Ok(end)
    }
}
