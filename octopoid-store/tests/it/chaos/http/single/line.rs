//! The line itself: connections that are closed meanwhile, a server that is away.

use crate::chaos::http::served::{Served, connect, options};
use crate::chaos::proxy::{Cut, Fault, Proxy};
use octopoid_core::model::{NewTask, Policy, Scope};
use octopoid_core::store::{EventLog, Result, TaskStore};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::server::Server;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions};
use octopoid_store::{HttpStore, MemoryStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

fn memory(clock: &Arc<SteppedClock>) -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(clock.clone(), Policy::default()))
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_no_error() {
    let clock = Arc::new(SteppedClock::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(memory(&clock), clock.clone());
    // The server closes connections at about the time at which the client uses them again.
    let serving = ServeOptions::new().with_header_timeout(Duration::from_millis(5));
    tokio::spawn(server.serve(listener, MiddlewareOptions::new(address), serving, std::future::pending()));
    let client = connect(options(address, "machine", clock)).await;
    for number in 0..100_u64 {
        client.create_task(NewTask::new(format!("Number {number}"), "Do it.")).await.unwrap();
        tokio::time::sleep(Duration::from_micros(4000 + 20 * number)).await;
    }
    let counts = client.queue_counts(&Scope::single()).await.unwrap();
    assert_eq!(counts.queues.values().sum::<u64>(), 100);
}

/// What an attempt gives in the end: a busy machine may need longer than the patience of one.
async fn at_last<T>(attempt: impl AsyncFn() -> Result<T>) -> T {
    for _ in 0..50 {
        match attempt().await {
            Ok(gives) => return gives,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    panic!("the server cannot be reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_unavailable_and_then_there_again() {
    let clock = Arc::new(SteppedClock::new());
    let served = Served::start(memory(&clock), clock.clone());
    let proxy = Proxy::start(served.address, 1);
    let mut options = options(proxy.address(), "machine", clock);
    (options.timeout, options.retry_timeout) = (Duration::from_secs(1), Duration::from_secs(2));
    let client = at_last(async || HttpStore::connect(options.clone()).await).await;
    for cut in [Cut::Refuse, Cut::Stall] {
        assert_eq!(client.away_since(), None);
        proxy.cut(cut).await;
        let error = client.queue_counts(&Scope::single()).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert!(client.away_since().is_some());
        assert!(HttpStore::connect(options.clone()).await.unwrap_err().is_retryable());
        proxy.heal();
        at_last(async || client.queue_counts(&Scope::single()).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i04_a_request_may_be_lost_many_times_before_it_arrives() {
    let clock = Arc::new(SteppedClock::new());
    let store = memory(&clock);
    let served = Served::start(store.clone(), clock.clone());
    let proxy = Proxy::start(served.address, 1);
    // No request is sent again but for its fault: a server that is slow has the time it takes.
    let mut options = options(proxy.address(), "machine", clock);
    (options.timeout, options.retry_timeout) = (Duration::from_secs(60), Duration::from_secs(300));
    let client = connect(options).await;
    for fault in [Fault::LoseAnswer, Fault::CutAnswer, Fault::LoseRequest, Fault::ResetAnswer] {
        proxy.plan("POST", fault);
    }
    let made = client.create_task(NewTask::new("One", "Do it.")).await.unwrap();
    assert_eq!(proxy.requests(), 6);
    assert_eq!(store.task(&made.scope, &made.id).await.unwrap(), made);
    assert_eq!(store.last_event().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_died_unnoticed_cost_one_attempt() {
    let clock = Arc::new(SteppedClock::new());
    let served = Served::start(memory(&clock), clock.clone());
    let proxy = Proxy::start(served.address, 1);
    // Two attempts, and no third; one is long enough for a server that is slow.
    let mut options = options(proxy.address(), "machine", clock);
    (options.timeout, options.retry_timeout) = (Duration::from_secs(3), Duration::from_secs(5));
    let client = connect(options).await;
    let at_once = (0..8).map(|number| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.create_task(NewTask::new(format!("{number}"), "Do it.")).await })
    });
    for made in at_once.collect::<Vec<_>>() {
        made.await.unwrap().unwrap();
    }
    proxy.silence();
    client.create_task(NewTask::new("Another", "Do it.")).await.unwrap();
}
