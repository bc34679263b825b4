//! The server killed and started again in the middle of the load.

use super::child::ServerProcess;
use super::served::{connect, options, stream};
use crate::chaos::load::{Load, Scene, policy};
use crate::chaos::proxy::{Faults, Proxy};
use octopoid_store::SqliteStore;
use octopoid_store::conformance::SteppedClock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many requests succeed between two deaths.
const LIFE: u64 = 60;
/// How often the server dies.
const DEATHS: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_a_server_that_is_killed_and_started_again_loses_and_doubles_nothing() {
    let seed = 1;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("octopoid.db");
    let server = Arc::new(Mutex::new(ServerProcess::start(&path, Duration::ZERO)));
    let proxy = Proxy::start(server.lock().unwrap().address, seed);
    proxy.set(
        Faults::all(0.05)
            .with_delay(Duration::from_millis(1)..Duration::from_millis(20))
            .with_streams(100..20_000),
    );
    // All of the time that has passed, for the next server to begin with.
    let passed = Arc::new(AtomicU64::new(0));
    let (address, clock) = (proxy.address(), Arc::new(SteppedClock::new()));
    let scene = Scene {
        connect: {
            let clock = Arc::clone(&clock);
            Box::new(move |name| Box::pin(connect(options(address, &name, clock.clone()))))
        },
        pass: {
            let (server, passed) = (Arc::clone(&server), Arc::clone(&passed));
            Arc::new(move |span| {
                let mut server = server.lock().unwrap();
                passed.fetch_add(span.as_millis() as u64, Ordering::SeqCst);
                server.pass(span);
            })
        },
        server: Arc::new(SqliteStore::open(&path, clock, policy()).unwrap()),
        history: Arc::default(),
        streams: vec![stream(address), stream(address)],
    };
    let dying = async {
        for death in 1..=DEATHS {
            scene.history.reached(death * LIFE).await;
            let mut server = server.lock().unwrap();
            server.kill();
            let passed = Duration::from_millis(passed.load(Ordering::SeqCst));
            *server = ServerProcess::start(&path, passed);
            proxy.retarget(server.address);
        }
    };
    Load::new(8, 40, seed).prove_despite(&scene, dying).await;
}
