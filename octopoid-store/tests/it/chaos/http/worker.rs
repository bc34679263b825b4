//! The Worker, whose workerd is killed and started again on its stored data in the middle of the load.

use super::served::{connect, options, stream_of};
use crate::chaos::load::{Load, Scene};
use crate::chaos::proxy::{Faults, Proxy};
use crate::worker::process::Program;
use crate::worker::teller::Teller;
use octopoid_core::clock::Clock;
use octopoid_core::model::Scope;
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{HttpOptions, HttpStore};
use std::sync::Arc;
use std::time::Duration;

/// How many requests succeed between two deaths.
const LIFE: u64 = 60;
/// How often workerd dies.
const DEATHS: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_a_worker_that_is_killed_and_started_again_loses_and_doubles_nothing() {
    let Some(program) = Program::find() else { return };
    let seed = 1;
    let folder = tempfile::tempdir().unwrap();
    let start = |port| program.start("workerd-testing.capnp", "chaos", folder.path(), port);
    let mut workerd = start(0);
    let (url, port) = (workerd.url(), workerd.port);
    let clock = Arc::new(SteppedClock::new());
    let teller = Teller::start(url, clock.clone(), "chaos".to_owned()).await;
    let teller_address = teller.trim_start_matches("http://").parse().unwrap();
    let proxy = Proxy::start(teller_address, seed);
    proxy.set(
        Faults::all(0.05)
            .with_delay(Duration::from_millis(1)..Duration::from_millis(20))
            .with_streams(100..20_000),
    );
    let address = proxy.address();
    // Straight to the Worker, to read afterwards what became of it all.
    let direct = HttpOptions::new(teller, clock.clone() as Arc<dyn Clock>).with_scope(Scope::single());
    let scene = Scene {
        connect: {
            let clock = Arc::clone(&clock);
            Box::new(move |name| Box::pin(connect(options(address, &name, clock.clone()))))
        },
        pass: Arc::new(move |span| clock.advance(span)),
        server: Arc::new(HttpStore::connect(direct).await.unwrap()),
        history: Arc::default(),
        streams: vec![stream_of(address, &Scope::single()), stream_of(address, &Scope::single())],
    };
    let dying = async {
        for death in 1..=DEATHS {
            scene.history.reached(death * LIFE).await;
            workerd.kill();
            workerd = start(port);
        }
        workerd
    };
    Load::new(8, 40, seed).prove_despite(&scene, dying).await;
}
