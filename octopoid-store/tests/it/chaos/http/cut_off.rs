//! Two machines cut off from the server for longer than their leases, and back again.

use super::served::{Served, connect, options};
use crate::chaos::history::{Answer, Ask, History};
use crate::chaos::load::{LEASE, Load, Scene, policy};
use crate::chaos::proxy::{Cut, Proxy};
use crate::chaos::seeds::seeds;
use octopoid_core::model::{ClaimToken, EventKind, OrchestratorId, Scope};
use octopoid_core::store::{ErrorKind, EventQuery, Store, TaskQuery};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteStore};
use std::sync::Arc;
use std::time::Duration;

/// The machines that are cut off, each in its own way.
const AWAY: [(&str, Cut); 2] = [("machine-1", Cut::Stall), ("machine-2", Cut::Refuse)];

/// The claims that each of the machines holds, by the server.
async fn held(server: &dyn Store) -> [Vec<ClaimToken>; 2] {
    let mut held = [const { Vec::new() }; 2];
    for (number, (name, _)) in AWAY.iter().enumerate() {
        let mut query = TaskQuery::new(Scope::single());
        query.claimed_by = Some(name.parse::<OrchestratorId>().unwrap());
        let tasks = server.list_tasks(&query).await.unwrap().items;
        held[number].extend(tasks.iter().filter_map(|task| Some(task.state.claim()?.token.clone())));
    }
    held
}

/// Whether a machine has heard that it holds a claim: one whose answer was lost has nothing to learn.
fn knows(history: &History, machine: &str, held: &[ClaimToken]) -> bool {
    history.calls().iter().any(|call| {
        call.machine == machine
            && matches!(&call.answer, Answer::Done { .. })
            && matches!(&call.ask, Ask::Claim { token, .. } if held.contains(token))
    })
}

/// The claims that ran out.
async fn expired(server: &dyn Store) -> usize {
    // The load goes on for as long as the trouble does, so the history is longer than one answer.
    let (mut count, mut seen) = (0, 0);
    loop {
        let mut query = EventQuery::after(Scope::single(), seen);
        query.limit = EventQuery::MAX_LIMIT;
        let events = server.events(&query).await.unwrap();
        let Some(last) = events.last() else { return count };
        seen = last.seq;
        count += events.iter().filter(|event| event.kind == EventKind::LeaseExpired).count();
    }
}

async fn moment() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

async fn prove(store: Arc<dyn Store>, served: &Served, clock: Arc<SteppedClock>, seed: u64) {
    let ways: Arc<[Proxy; 3]> = Arc::new([0, 1, 2].map(|way| Proxy::start(served.address, seed + way)));
    let scene = Scene {
        connect: {
            let (ways, clock) = (Arc::clone(&ways), Arc::clone(&clock));
            Box::new(move |name| {
                let way = AWAY.iter().position(|(away, _)| *away == name).unwrap_or(2);
                Box::pin(connect(options(ways[way].address(), &name, clock.clone())))
            })
        },
        pass: Arc::new(move |span| clock.advance(span)),
        server: Arc::clone(&store),
        history: Arc::default(),
        line: None,
    };
    let cutting = async {
        scene.history.reached(100).await;
        // Until each of them is caught with a task in hand.
        loop {
            for (way, (_, cut)) in ways.iter().zip(AWAY) {
                way.cut(cut).await;
            }
            let held = held(&*store).await;
            if AWAY.iter().zip(&held).all(|((name, _), held)| knows(&scene.history, name, held)) {
                break;
            }
            ways.iter().for_each(Proxy::heal);
            moment().await;
        }
        let before = expired(&*store).await;
        // For longer than their leases; it is the server that notices.
        (scene.pass)(2 * LEASE);
        while expired(&*store).await < before + 2 || held(&*store).await.iter().any(|held| !held.is_empty()) {
            moment().await;
        }
        // What they held is done by others meanwhile.
        scene.history.reached(scene.history.successes() + 50).await;
        ways.iter().for_each(Proxy::heal);
    };
    Load::new(6, 40, seed).prove_despite(&scene, cutting).await;
    for (name, _) in AWAY {
        let calls = scene.history.calls();
        let mut own = calls.iter().filter(|call| call.machine == name);
        let lost = Answer::Refused(ErrorKind::LeaseLost);
        assert!(own.any(|call| call.answer == lost), "{name} learnt that its lease was lost");
        assert!(
            own.any(|call| matches!((&call.ask, &call.answer), (Ask::Claim { .. }, Answer::Done { .. }))),
            "{name} took part again"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_machines_that_were_cut_off_learn_what_they_lost_and_go_on() {
    for seed in seeds(1) {
        let clock = Arc::new(SteppedClock::new());
        let store = Arc::new(MemoryStore::new(clock.clone(), policy()));
        let served = Served::start(Arc::clone(&store), clock.clone());
        prove(store, &served, clock, seed).await;

        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteppedClock::new());
        let path = folder.path().join("octopoid.db");
        let store = Arc::new(SqliteStore::open(path, clock.clone(), policy()).unwrap());
        let served = Served::start(Arc::clone(&store), clock.clone());
        prove(store, &served, clock, seed).await;
    }
}
