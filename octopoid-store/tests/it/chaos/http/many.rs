//! Two hundred machines on one server.

use super::child::ServerProcess;
use super::served::{Served, connect, options, stream, stream_of};
use crate::chaos::load::{Load, Scene, policy};
use octopoid_core::model::Scope;
use octopoid_store::SqliteStore;
use octopoid_store::conformance::SteppedClock;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How many machines there are.
const MACHINES: usize = 200;

/// A machine that waits as long as a real one does.
fn patient(
    address: std::net::SocketAddr,
    name: &str,
    scope: Scope,
    clock: Arc<SteppedClock>,
) -> octopoid_store::HttpOptions {
    let usual = Duration::from_secs(15);
    options(address, name, clock)
        .with_scope(scope)
        .with_timeout(usual)
        .with_retry_timeout(usual)
        .with_idle_timeout(3 * usual)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_two_hundred_machines_share_one_queue() {
    let seed = 1;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SteppedClock::new());
    let path = folder.path().join("octopoid.db");
    let store = Arc::new(SqliteStore::open(path, clock.clone(), policy()).unwrap());
    let served = Served::start(Arc::clone(&store), clock.clone());
    let (address, time) = (served.address, Arc::clone(&clock));
    let scene = Scene {
        connect: Box::new(move |name| {
            Box::pin(connect(patient(address, &name, Scope::single(), time.clone())))
        }),
        pass: Arc::new(move |span| clock.advance(span)),
        server: store,
        history: Arc::default(),
        streams: vec![stream(address)],
    };
    Load::new(MACHINES, 150, seed).filled_first().prove(&scene).await;
}

/// Round after round for a minute; the server's memory stays where it was after the first ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes more than a minute"]
async fn two_hundred_machines_for_a_minute_leave_the_servers_memory_flat() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("octopoid.db");
    let server = Arc::new(Mutex::new(ServerProcess::start(&path, Duration::ZERO)));
    let address = server.lock().unwrap().address;
    let clock = Arc::new(SteppedClock::new());
    let store = Arc::new(SqliteStore::open(&path, clock.clone(), policy()).unwrap());
    let (began, mut seen) = (Instant::now(), Vec::new());
    while began.elapsed() < Duration::from_secs(60) || seen.len() < 5 {
        let round = seen.len();
        let scope = Scope::new(format!("round-{round}")).unwrap();
        let (time, of) = (Arc::clone(&clock), scope.clone());
        let scene = Scene {
            connect: Box::new(move |name| {
                Box::pin(connect(patient(address, &name, of.clone(), time.clone())))
            }),
            pass: {
                let server = Arc::clone(&server);
                Arc::new(move |span| server.lock().unwrap().pass(span))
            },
            server: store.clone(),
            history: Arc::default(),
            streams: vec![stream_of(address, &scope)],
        };
        Load::new(MACHINES, 500, round as u64).filled_first().in_scope(scope).prove(&scene).await;
        let (successes, memory) = (scene.history.successes(), server.lock().unwrap().resident());
        println!("round {round}: {successes} successes, {memory} KiB, {:?}", began.elapsed());
        seen.push(memory);
    }
    let (start, end) = (seen[1], seen[seen.len() - 1]);
    assert!(end < start + start / 4 + 8 * 1024, "from {start} KiB to {end} KiB: {seen:?}");
}
