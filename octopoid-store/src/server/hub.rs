//! The feed, read once for all who listen.
//!
//! One task reads the store's history as it grows and keeps the newest events, ready to be sent. A listener that keeps up
//! is served from there; one that comes late reads what it missed from the store.

use octopoid_core::model::{Event, Scope, TaskId};
use octopoid_core::store::{EventQuery, Result, Store};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How many events are kept.
const KEPT: usize = 4096;
/// The pause after the store could not be read.
const PAUSE: Duration = Duration::from_millis(200);

/// An event, as it goes to a listener.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) seq: u64,
    scope: Scope,
    task: TaskId,
    pub(crate) text: String,
}

impl Frame {
    pub(crate) fn of(event: &Event) -> Result<Self> {
        let data = serde_json::to_string(event).map_err(|error| {
            octopoid_core::store::StoreError::internal("an event cannot be written as JSON")
                .with_source(error)
        })?;
        let text = format!("id: {}\nevent: {}\ndata: {data}\n\n", event.seq, event.kind.as_str());
        Ok(Self { seq: event.seq, scope: event.scope.clone(), task: event.task.clone(), text })
    }
}

/// Which events a listener wants.
#[derive(Debug, Clone)]
pub(crate) struct Interest {
    pub(crate) scope: Option<Scope>,
    pub(crate) task: Option<TaskId>,
}

impl Interest {
    fn takes(&self, frame: &Frame) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope == &frame.scope)
            && self.task.as_ref().is_none_or(|task| task == &frame.task)
    }
}

#[derive(Debug, Default)]
struct Ring {
    frames: VecDeque<Arc<Frame>>,
    /// Everything after this number is here.
    floor: u64,
    newest: u64,
}

#[derive(Debug)]
pub(crate) struct Hub {
    store: Arc<dyn Store>,
    ring: Arc<Mutex<Ring>>,
    newest: watch::Sender<u64>,
    reader: Mutex<Option<tokio::task::AbortHandle>>,
}

fn open(ring: &Mutex<Ring>) -> MutexGuard<'_, Ring> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, ring: Arc::default(), newest: watch::Sender::new(0), reader: Mutex::default() }
    }

    /// Wakes with every event from now on. The reading begins with the first who asks.
    pub(crate) async fn subscribe(&self) -> Result<watch::Receiver<u64>> {
        let newest = self.newest.subscribe();
        let running = self.reader.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if !running {
            let last = self.store.last_event().await?;
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            if reader.is_none() {
                *open(&self.ring) = Ring { frames: VecDeque::new(), floor: last, newest: last };
                self.newest.send_replace(last);
                let reading =
                    read(Arc::clone(&self.store), Arc::clone(&self.ring), self.newest.clone(), last);
                *reader = Some(tokio::spawn(reading).abort_handle());
            }
        }
        Ok(newest)
    }

    /// The events after a number, in order, and the number up to which they were looked for.
    pub(crate) async fn after(&self, after: u64, interest: &Interest) -> Result<(Vec<Arc<Frame>>, u64)> {
        {
            let ring = open(&self.ring);
            if after >= ring.floor {
                let start = ring.frames.partition_point(|frame| frame.seq <= after);
                let wanted = ring.frames.range(start..).filter(|frame| interest.takes(frame));
                return Ok((wanted.cloned().collect(), ring.newest.max(after)));
            }
        }
        let mut query = EventQuery::of_all_scopes(after);
        query.scope.clone_from(&interest.scope);
        query.task.clone_from(&interest.task);
        query.limit = 500;
        // Read before the events, so that none between the last one found and this number is passed over.
        let newest = self.store.last_event().await?;
        let events = self.store.events(&query).await?;
        let reached = match events.last() {
            Some(last) if events.len() == 500 => last.seq,
            Some(last) => last.seq.max(newest),
            None => newest.max(after),
        };
        let frames = events.iter().map(|event| Frame::of(event).map(Arc::new)).collect::<Result<Vec<_>>>()?;
        Ok((frames, reached))
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.newest.receiver_count()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            reader.abort();
        }
    }
}

async fn read(store: Arc<dyn Store>, ring: Arc<Mutex<Ring>>, newest: watch::Sender<u64>, mut last: u64) {
    loop {
        match next(&*store, last).await {
            Ok(frames) => {
                let Some(end) = frames.last().map(|frame| frame.seq) else { continue };
                last = end;
                {
                    let mut ring = open(&ring);
                    ring.frames.extend(frames);
                    ring.newest = end;
                    while ring.frames.len() > KEPT {
                        if let Some(gone) = ring.frames.pop_front() {
                            ring.floor = gone.seq;
                        }
                    }
                }
                newest.send_replace(end);
            }
            Err(error) => {
                tracing::warn!(error = %error, "the history could not be read for those who listen");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn next(store: &dyn Store, last: u64) -> Result<Vec<Arc<Frame>>> {
    store.wait_for_event(last).await?;
    let events = store.events(&EventQuery::of_all_scopes(last)).await?;
    events.iter().map(|event| Frame::of(event).map(Arc::new)).collect()
}
