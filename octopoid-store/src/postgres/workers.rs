//! The threads that work on the database, and the work that waits for them.

use super::group::Writer;
use super::job::{Job, refuse};
use super::session::{Connector, Session};
use octopoid_core::model::Scope;
use octopoid_core::store::{Result, StoreError};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Scope that a request is for; none for the whole store.
pub(super) type Place = Option<Scope>;
type Read = Box<dyn FnOnce(&mut Session) + Send>;

/// Requests that wait, by scope. Each scope is worked on by one thread at a time.
#[derive(Default)]
pub(super) struct Waiting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    queues: HashMap<Place, VecDeque<Job>>,
    /// Scopes that have requests and no thread, in the order in which they got the first.
    ready: VecDeque<Place>,
    reads: VecDeque<Read>,
    closed: bool,
}

impl Waiting {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a write in. Once it is handed in it is carried out, whether or not the answer is awaited.
    pub(super) fn write(&self, job: Job) {
        let place = job.access.scope.clone();
        let mut state = self.state();
        if state.closed {
            drop(state);
            return refuse(vec![job], &closed());
        }
        match state.queues.get_mut(&place) {
            Some(queue) => queue.push_back(job),
            None => {
                state.queues.insert(place.clone(), VecDeque::from([job]));
                state.ready.push_back(place);
                self.changed.notify_all();
            }
        }
    }

    /// Hands a read in.
    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |session| {
            let result = catch_unwind(AssertUnwindSafe(|| work(session)));
            let result = result.unwrap_or_else(|_| {
                session.disconnect();
                Err(StoreError::internal("a defect: the read panicked"))
            });
            // A caller that no longer waits has nothing to be told.
            let _ = reply.send(result);
        });
        let mut state = self.state();
        if !state.closed {
            state.reads.push_back(read);
            self.changed.notify_all();
        }
        answer
    }

    /// Waits for a scope that has requests, and takes as many of them as are committed together.
    fn next_group(&self, most: usize) -> Option<(Place, Vec<Job>)> {
        let mut state = self.state();
        loop {
            if let Some(place) = state.ready.pop_front() {
                drop(state);
                let jobs = self.more(&place, most);
                return Some((place, jobs));
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes more requests of a scope that is worked on.
    pub(super) fn more(&self, place: &Place, most: usize) -> Vec<Job> {
        let mut state = self.state();
        let Some(queue) = state.queues.get_mut(place) else { return Vec::new() };
        let most = most.min(queue.len());
        queue.drain(..most).collect()
    }

    /// Ends the work on a scope.
    fn done(&self, place: Place) {
        let mut state = self.state();
        if state.queues.get(&place).is_some_and(VecDeque::is_empty) {
            state.queues.remove(&place);
        } else {
            state.ready.push_back(place);
            self.changed.notify_all();
        }
    }

    fn next_read(&self) -> Option<Read> {
        let mut state = self.state();
        loop {
            if let Some(read) = state.reads.pop_front() {
                return Some(read);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets the threads end once what waits is carried out. Takes nothing more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }
}

pub(super) fn closed() -> StoreError {
    StoreError::unavailable("the store is closed")
}

/// Starts a thread that reads.
pub(super) fn start_reader(
    number: usize,
    connector: &Connector,
    waiting: &Arc<Waiting>,
) -> Result<JoinHandle<()>> {
    let (connector, waiting) = (connector.clone(), Arc::clone(waiting));
    start(format!("octopoid-pg-read-{number}"), move || {
        let Some(mut session) = session(&connector) else { return };
        while let Some(read) = waiting.next_read() {
            read(&mut session);
        }
    })
}

/// Starts a thread that writes.
pub(super) fn start_writer(
    number: usize,
    connector: &Connector,
    waiting: &Arc<Waiting>,
    writer: Arc<Writer>,
) -> Result<JoinHandle<()>> {
    let (connector, waiting) = (connector.clone(), Arc::clone(waiting));
    start(format!("octopoid-pg-write-{number}"), move || {
        let Some(mut session) = session(&connector) else { return };
        while let Some((place, jobs)) = waiting.next_group(writer.group) {
            writer.commit_group(&mut session, &place, jobs, |most| waiting.more(&place, most));
            waiting.done(place);
        }
    })
}

fn session(connector: &Connector) -> Option<Session> {
    connector
        .session()
        .inspect_err(|error| tracing::error!(%error, "a thread of the database could not start"))
        .ok()
}

/// Starts a thread.
pub(super) fn start(name: String, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let not_started = |error: std::io::Error| {
        StoreError::unavailable("cannot start a thread of the database").with_source(error)
    };
    std::thread::Builder::new().name(name).spawn(work).map_err(not_started)
}
