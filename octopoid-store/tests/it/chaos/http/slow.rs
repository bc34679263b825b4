//! Listeners that do not read what they are sent.

use super::child::ServerProcess;
use super::served::{Served, connect, log, options, say, stream};
use crate::chaos::history::wrongs_of_feed;
use crate::chaos::load::{Listener, PATIENCE, policy};
use octopoid_core::model::{Event, NewTask, Task};
use octopoid_core::store::{EventLog, EventQuery, Store, TaskStore};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::server::http::ServeOptions;
use octopoid_store::{MemoryStore, SqliteOptions, SqliteStore, Synchronous};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

/// How many listen without reading.
const DEAF: usize = 40;
/// How many events there are before they come, and meanwhile.
const EVENTS: usize = 150;
/// How many bytes each event has.
const LENGTH: usize = 32 << 10;
/// How often the server is asked who listens until it has cut off a listener that does not read.
const LOOKS: usize = 10_000;

/// Somebody who asks for everything, and takes nothing of what the server has begun to send.
async fn deaf(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!(
        "GET /api/v1/events?scope=* HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\nlast-event-id: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let answered = tokio::time::timeout(PATIENCE, stream.peek(&mut [0])).await.expect("an answer");
    assert_eq!(answered.unwrap(), 1);
    stream
}

async fn much(store: &dyn Store, events: usize) -> Task {
    let task = store.create_task(NewTask::new("One", "Do it.")).await.unwrap();
    for _ in 0..events {
        say(store, &task, LENGTH).await;
    }
    task
}

async fn whole_log(store: &dyn Store) -> Vec<Event> {
    log(store, EventQuery::of_all_scopes(0)).await
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_that_do_not_read_cost_the_server_little_and_hold_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("octopoid.db");
    let clock = Arc::new(SteppedClock::new());
    let normal = SqliteOptions::new().with_synchronous(Synchronous::Normal);
    let store = SqliteStore::open_with(&path, clock.clone(), policy(), normal).unwrap();
    let task = much(&store, EVENTS).await;
    let server = ServerProcess::start(&path, Duration::ZERO);
    // What reading everything once costs is not what is measured.
    let mut quick = Listener::new(stream(server.address));
    quick.listen_until(store.last_event().await.unwrap()).await;
    let before = server.most_memory();
    let mut listeners = Vec::new();
    for _ in 0..DEAF {
        listeners.push(deaf(server.address).await);
    }
    // Events that come while they do not read; more than are kept.
    for _ in 0..EVENTS {
        say(&store, &task, LENGTH).await;
    }
    quick.listen_until(store.last_event().await.unwrap()).await;
    let patient =
        options(server.address, "machine", clock).with_timeout(PATIENCE).with_retry_timeout(PATIENCE);
    let client = connect(patient).await;
    let made = client.create_task(NewTask::new("Another", "Do it.")).await.unwrap();
    assert_eq!(store.task(&made.scope, &made.id).await.unwrap(), made);
    quick.listen_until(store.last_event().await.unwrap()).await;
    let wrongs = wrongs_of_feed(&quick.read, &whole_log(&store).await);
    assert_eq!(wrongs, Vec::<String>::new());
    let grown = server.most_memory() - before;
    println!("{DEAF} listeners that do not read: {grown} KiB after {before} KiB");
    assert!(grown < 32 << 10, "{grown} KiB more than {before} KiB");
    drop(listeners);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_a_listener_that_was_cut_off_because_it_did_not_read_misses_nothing() {
    let clock = Arc::new(SteppedClock::new());
    let store = Arc::new(MemoryStore::new(clock.clone(), policy()));
    // More than the system takes for a connection whose other end does not read.
    let task = much(&*store, 5 * EVENTS).await;
    let options = ServeOptions::new().with_write_timeout(Duration::from_millis(100));
    let served = Served::with(store.clone(), clock, options);
    let mut listener = Listener::new(stream(served.address));
    let unread = listener.begin().await;
    let metrics = format!("http://{}/metrics", served.address);
    let mut looks = 0;
    while !reqwest::get(&metrics).await.unwrap().text().await.unwrap().contains("feed_listeners 0\n") {
        assert!(looks < LOOKS, "it is still listened to, {looks} looks after");
        looks += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    say(&*store, &task, LENGTH).await;
    let log = whole_log(&*store).await;
    // What was on its way is there still; the rest it has to ask for.
    listener.read_stream(unread, u64::MAX).await;
    let (some, all) = (listener.read.len(), log.len());
    assert!(0 < some && some < all, "{some} of {all}");
    listener.listen_until(log[all - 1].seq).await;
    assert_eq!(wrongs_of_feed(&listener.read, &log), Vec::<String>::new());
}
