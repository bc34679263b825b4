//! The feeds of machines: each receives what concerns it, and nothing else.
//!
//! A machine that listens with an interest receives the events of the tasks that it holds or has held, and offers of tasks
//! that it could claim. Each opening is offered to one machine first, the one with the fewest claims; while it is not
//! claimed, each further call offers it to four times as many. So a task costs as much with a thousand machines as with one.
//! [`Board`] decides, without input or output; [`Dispatcher`] reads what it needs from the store.

mod board;
mod holders;
mod machine;
mod opening;
#[cfg(test)]
mod tests;

use board::{Board, Facts};
pub(crate) use machine::Sent;
use octopoid_core::clock::Clock;
use octopoid_core::model::{ArtifactKey, Event, EventKind, OrchestratorId, Queue, Scope, Task};
use octopoid_core::store::{Interest, Result, RunQuery, Store, StoreError, TaskOrder, TaskQuery};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Dispatcher of events and offers to machines. Clones are the same dispatcher.
#[derive(Debug, Clone)]
pub(crate) struct Dispatcher {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    board: Arc<Mutex<Board>>,
    /// Wakes the task that makes the further calls: the next one may be due earlier.
    changed: Arc<Notify>,
}

impl Dispatcher {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, board: Arc::default(), changed: Arc::default() }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the event after which the feeds begin.
    pub(crate) fn begin(&self, position: u64) {
        self.board().begin(position);
    }

    /// Adds a machine. It receives everything after the returned listener's position.
    pub(crate) async fn register(&self, interest: Interest) -> Result<Registered> {
        let mut query = TaskQuery::new(interest.scope.clone());
        query.claimed_by = Some(interest.orchestrator.clone());
        let (number, wakes, position) = self.board().register(interest, self.clock.monotonic());
        let registered = Registered { dispatcher: self.clone(), number, wakes, position };
        self.changed.notify_one();
        let held = self.store.list_tasks(&query).await?.items;
        self.board().seed(&held);
        Ok(registered)
    }

    /// Records a claim, before the claimant is answered, so that it receives even an event that ends the claim at once.
    pub(crate) fn claimed(&self, task: &Task) {
        self.board().claimed(task);
    }

    /// Tells the machine that writes an artifact that it is followed.
    pub(crate) fn followed(&self, artifact: &ArtifactKey) {
        self.board().followed(artifact, self.clock.monotonic());
    }

    /// Dispatches the next events, in order.
    pub(crate) async fn take(&self, events: &[Event]) {
        for event in events {
            let concerned = self.board().concerns_anybody(&event.scope);
            let facts = if concerned { self.facts(event).await } else { Facts::default() };
            self.board().take(event, &facts, self.clock.monotonic());
        }
        self.changed.notify_one();
    }

    /// Returns what the board has to know about an event. On an error it is incomplete: a machine that misses something because
    /// of that looks for work by itself now and then.
    async fn facts(&self, event: &Event) -> Facts {
        self.read(event).await.unwrap_or_else(|error| {
            tracing::warn!(%error, event.seq, "an event is not sent to machines");
            Facts::default()
        })
    }

    async fn read(&self, event: &Event) -> Result<Facts> {
        let mut facts = Facts::default();
        if matches!(
            event.kind,
            EventKind::RunRecorded | EventKind::MessagePosted | EventKind::ReviewCommented
        ) {
            return Ok(facts);
        }
        facts.task = match self.store.task(&event.scope, &event.task).await {
            Ok(task) => Some(task),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        if event.kind.ends_task() && facts.task.is_some() {
            let query = RunQuery::new(event.scope.clone()).of_task(event.task.clone());
            let runs = self.store.list_runs(&query).await?;
            facts.earlier = runs.into_iter().map(|run| run.orchestrator).collect::<Vec<OrchestratorId>>();
        }
        let waits = |queue| async move {
            let mut query = TaskQuery::new(event.scope.clone()).in_queue(queue);
            (query.order, query.limit) = (TaskOrder::Priority, 1);
            self.store.list_tasks(&query).await
        };
        let crossed = stood_there(event.from) != stood_there(event.to);
        if crossed || !self.board().knows_provisional(&event.scope) {
            facts.provisional = Some(waits(Queue::Provisional).await?.total);
        }
        if stood_there(event.from) && crossed && !self.board().has_work(&event.scope) {
            facts.next_work = waits(Queue::Incoming).await?.items.pop();
        }
        Ok(facts)
    }

    /// Makes the further calls for openings that have not been claimed, without end.
    pub(crate) async fn call_again(self) {
        loop {
            let next = self.board().next_call();
            match next {
                None => self.changed.notified().await,
                Some(at) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = self.clock.sleep_until(at) => {}
                },
            }
            self.board().call(self.clock.monotonic());
        }
    }
}

fn stood_there(queue: Option<Queue>) -> bool {
    queue == Some(Queue::Provisional)
}

/// Registration of a listening machine; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Registered {
    dispatcher: Dispatcher,
    number: u64,
    wakes: Arc<Notify>,
    /// Number of the event after which it receives everything.
    pub(crate) position: u64,
}

impl Registered {
    /// Completes when there may be something to send.
    pub(crate) async fn ready(&self) {
        self.wakes.notified().await;
    }

    /// Takes what is to be sent.
    ///
    /// # Errors
    /// Too much has been waiting for a machine that does not read.
    pub(crate) fn sent(&self) -> Result<Sent> {
        self.dispatcher
            .board()
            .sent(self.number)
            .ok_or_else(|| StoreError::unavailable("the machine does not read its feed"))
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let now = self.dispatcher.clock.monotonic();
        self.dispatcher.board().leave(self.number, now);
    }
}

/// Key of a task.
type Key = (Scope, octopoid_core::model::TaskId);
