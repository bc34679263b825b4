//! The feed as a stream of server-sent events, over a line that breaks anywhere, from servers that end at any time.

use super::served::{Served, connect, log, options, say, stream};
use crate::chaos::history::wrongs_of_feed;
use crate::chaos::load::{Listener, follow, policy};
use crate::chaos::proxy::{Fault, Faults, Proxy};
use octopoid_core::model::{Event, NewTask, Scope, Task};
use octopoid_core::store::{EventQuery, IdempotentStore, KeyStore, Store};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteOptions, SqliteStore, Synchronous};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

fn memory() -> (Arc<MemoryStore>, Arc<SteppedClock>) {
    let clock = Arc::new(SteppedClock::new());
    (Arc::new(MemoryStore::new(clock.clone(), policy())), clock)
}

fn file(path: &std::path::Path, clock: Arc<SteppedClock>) -> Arc<SqliteStore> {
    let options = SqliteOptions::new().with_synchronous(Synchronous::Normal);
    Arc::new(SqliteStore::open_with(path, clock, policy(), options).unwrap())
}

async fn create(store: &dyn Store, scope: &Scope) -> Task {
    store.create_task(NewTask::new("One", "Do it.").with_scope(scope.clone())).await.unwrap()
}

#[track_caller]
fn assert_is_log(read: &[Event], log: &[Event], what: &str) {
    let wrongs = wrongs_of_feed(read, log);
    assert!(wrongs.is_empty(), "{what}: {} findings: {:#?}", wrongs.len(), &wrongs[..wrongs.len().min(10)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_breaks_after_any_byte_goes_on_with_the_next_event() {
    let (store, clock) = memory();
    create(&*store, &Scope::single()).await;
    create(&*store, &Scope::single()).await;
    let served = Served::start(store.clone(), clock);
    let proxy = Proxy::start(served.address, 1);
    let mut listener = Listener::new(stream(proxy.address()));
    let log = log(&*store, EventQuery::of_all_scopes(0)).await;
    let (mut bytes, mut whole) = (1, 0);
    // Until nothing breaks any more, since what was asked for was there before.
    while whole < 3 {
        let fault = if bytes % 2 == 0 { Fault::CutAnswer } else { Fault::ResetAnswer };
        proxy.plan_stream(bytes, fault);
        (listener.read, listener.beginnings) = (Vec::new(), 0);
        let before = proxy.requests();
        listener.listen_until(2).await;
        assert_is_log(&listener.read, &log, &format!("after {bytes} bytes"));
        whole = if proxy.requests() == before + 1 { whole + 1 } else { 0 };
        // Each byte from the end of the answer's head on; the head itself is not what is tried here.
        bytes += if listener.beginnings < 2 && whole == 0 { 20 } else { 1 };
    }
    assert!(bytes > 400, "it ended after {bytes} bytes");
}

/// Who reads: as a program of somebody's own over the stream, and as our client.
struct Readers {
    ends: Vec<(EventQuery, watch::Sender<Option<u64>>)>,
    listeners: Vec<tokio::task::JoinHandle<Listener>>,
    clients: Vec<tokio::task::JoinHandle<Vec<Event>>>,
}

impl Readers {
    /// Of everything, of each of two scopes, and of one task.
    fn start(proxy: &Proxy, clock: &Arc<SteppedClock>, scopes: &[Scope; 2], task: &Task) -> Self {
        let mut readers = Self { ends: Vec::new(), listeners: Vec::new(), clients: Vec::new() };
        let url = format!("http://{}/api/v1/events", proxy.address());
        let of_task = EventQuery::after(task.scope.clone(), 0).of_task(task.id.clone());
        for (query, text) in [
            (EventQuery::of_all_scopes(0), "scope=*".to_owned()),
            (EventQuery::after(scopes[0].clone(), 0), format!("scope={}", scopes[0])),
            (EventQuery::after(scopes[1].clone(), 0), format!("scope={}", scopes[1])),
            (of_task, format!("scope={}&task_id={}", task.scope, task.id)),
        ] {
            let end = readers.end(query);
            readers.listeners.push(tokio::spawn(Listener::new(format!("{url}?{text}")).follow(end)));
        }
        for scope in scopes {
            let end = readers.end(EventQuery::after(scope.clone(), 0));
            let options = options(proxy.address(), "reader", clock.clone()).with_scope(scope.clone());
            let scope = scope.clone();
            let reading = async move { follow(connect(options).await, scope, end).await };
            readers.clients.push(tokio::spawn(reading));
        }
        readers
    }

    fn end(&mut self, query: EventQuery) -> watch::Receiver<Option<u64>> {
        let (end, is_end) = watch::channel(None);
        self.ends.push((query, end));
        is_end
    }

    /// Fails where one has given up, which none does before it knows where the log ends.
    fn assert_reading(&self) {
        let gone = self.listeners.iter().any(tokio::task::JoinHandle::is_finished)
            || self.clients.iter().any(tokio::task::JoinHandle::is_finished);
        assert!(!gone, "somebody reads no more");
    }

    /// Waits until each has read what it wanted, and compares that with the store's own log.
    async fn prove(self, store: &dyn Store) {
        let mut logs = Vec::new();
        for (query, end) in &self.ends {
            let log = log(store, query.clone()).await;
            end.send_replace(log.last().map(|event| event.seq));
            logs.push((query, log));
        }
        let mut logs = logs.into_iter();
        for listener in self.listeners {
            let (listener, (query, log)) = (listener.await.unwrap(), logs.next().unwrap());
            assert_is_log(&listener.read, &log, &format!("stream of {query:?}"));
            assert!(listener.beginnings > 1, "{query:?}: {}", listener.beginnings);
        }
        for client in self.clients {
            let (read, (query, log)) = (client.await.unwrap(), logs.next().unwrap());
            assert_is_log(&read, &log, &format!("client of {query:?}"));
        }
    }
}

/// Readers over a line that breaks while events come and servers end.
async fn prove_over_breaks<S: IdempotentStore + KeyStore + 'static>(
    store: Arc<S>,
    clock: Arc<SteppedClock>,
    seed: u64,
) {
    let scopes = [Scope::single(), Scope::new("other").unwrap()];
    let task = create(&*store, &scopes[1]).await;
    let mut served = Served::start(store.clone(), clock.clone());
    let proxy = Proxy::start(served.address, seed);
    let delay = Duration::from_millis(1)..Duration::from_millis(20);
    proxy.set(Faults::all(0.1).with_delay(delay).with_streams(1..4000));
    let readers = Readers::start(&proxy, &clock, &scopes, &task);
    for part in 0..12 {
        let before = proxy.requests();
        for number in 0..40 {
            create(&*store, &scopes[number % 2]).await;
            tokio::task::yield_now().await;
        }
        say(&*store, &task, 500).await;
        // Readers have come back meanwhile.
        while proxy.requests() < before + 6 {
            readers.assert_reading();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if part % 3 == 2 {
            // The one before ends in the middle of what it does, before this one is found.
            let next = Served::start(store.clone(), clock.clone());
            drop(std::mem::replace(&mut served, next));
            proxy.retarget(served.address);
        }
    }
    readers.prove(&*store).await;
    for fault in Fault::STREAM {
        assert!(proxy.stream_count(fault) > 0, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_readers_over_streams_that_break_have_every_event_once() {
    let seed = 1;
    let (store, clock) = memory();
    prove_over_breaks(store, clock, seed).await;
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(SteppedClock::new()));
    prove_over_breaks(file(&folder.path().join("octopoid.db"), clock.clone()), clock, seed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_whoever_was_away_for_more_events_than_are_kept_misses_none() {
    const AWAY: usize = 5000;
    let (store, clock) = memory();
    let served = Served::start(store.clone(), clock.clone());
    let proxy = Proxy::start(served.address, 1);
    proxy.set(Faults::none().with_delay(Duration::ZERO..Duration::from_millis(5)).with_streams(1..200_000));
    let client = connect(options(proxy.address(), "reader", clock)).await;
    let (end, is_end) = watch::channel(None);
    create(&*store, &Scope::single()).await;
    // The server keeps events from its first listener on; this one goes away.
    let mut listener = Listener::new(stream(proxy.address()));
    listener.listen_until(1).await;
    for _ in 0..AWAY {
        create(&*store, &Scope::single()).await;
    }
    // Back, while more come.
    let listening = tokio::spawn(listener.follow(is_end.clone()));
    let following = tokio::spawn(follow(client, Scope::single(), is_end));
    for _ in 0..300 {
        create(&*store, &Scope::single()).await;
        tokio::task::yield_now().await;
    }
    let log = log(&*store, EventQuery::of_all_scopes(0)).await;
    end.send_replace(log.last().map(|event| event.seq));
    assert_is_log(&listening.await.unwrap().read, &log, "stream");
    assert_is_log(&following.await.unwrap(), &log, "client");
}
