//! Two machines cut off from the server for longer than their leases, and back again.

use super::served::{Served, connect, options, stream};
use crate::chaos::history::{Answer, Ask, Call, History};
use crate::chaos::load::{LEASE, Load, Scene, policy};
use crate::chaos::proxy::{Cut, Proxy};
use octopoid_core::model::{ClaimToken, EventKind, OrchestratorId, Scope, TaskId};
use octopoid_core::store::{ErrorKind, EventQuery, Store, TaskQuery};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteStore};
use std::sync::Arc;

/// The machines that are cut off, each in its own way.
const AWAY: [(&str, Cut); 2] = [("machine-1", Cut::Stall), ("machine-2", Cut::Refuse)];

/// Within how many successes of all machines something has to come about that takes a few.
const WITHIN: u64 = 10_000;
/// How often the machines are cut off until both are caught.
const TRIES: usize = 50;

/// A claim that a machine has heard of.
struct Held {
    machine: &'static str,
    task: TaskId,
    token: ClaimToken,
    /// The number of the last event before it was seen to be held.
    after: u64,
}

impl Held {
    /// A claim that a machine holds by the server, and has heard of: one whose answer was lost has nothing to learn.
    async fn by(machine: &'static str, server: &dyn Store, history: &History) -> Option<Self> {
        let after = server.last_event().await.unwrap();
        let mut query = TaskQuery::new(Scope::single());
        query.claimed_by = Some(machine.parse::<OrchestratorId>().unwrap());
        for task in server.list_tasks(&query).await.unwrap().items {
            let Some(token) = task.state.claim().map(|claim| claim.token.clone()) else { continue };
            let heard = |call: &Call| {
                call.machine == machine
                    && matches!(call.answer, Answer::Done { .. })
                    && matches!(&call.ask, Ask::Claim { token: of, .. } if *of == token)
            };
            if history.any(heard) {
                return Some(Self { machine, task: task.id, token, after });
            }
        }
        None
    }

    /// How it ended, once it has.
    async fn end(&self, server: &dyn Store) -> Option<EventKind> {
        use EventKind::*;
        let query = EventQuery::after(Scope::single(), self.after).of_task(self.task.clone());
        // The events before the first that ends it are few.
        let events = server.events(&query).await.unwrap();
        let mut kinds = events.iter().map(|event| event.kind);
        kinds.find(|kind| !matches!(kind, MessagePosted | RunRecorded | Updated | Blocked | Unblocked))
    }

    /// Whether its holder was told that it lost it, and has claimed something afterwards.
    fn is_got_over(&self, history: &History) -> bool {
        let (mut claimed, lost) = (false, Answer::Refused(ErrorKind::LeaseLost));
        history.any(|call| {
            if call.machine != self.machine {
                return false;
            }
            claimed |= matches!((&call.ask, &call.answer), (Ask::Claim { .. }, Answer::Done { .. }));
            let told = matches!(&call.ask, Ask::Command { token: Some(token), .. } if *token == self.token);
            claimed && told && call.answer == lost
        })
    }
}

/// Cuts each of the machines off while it has a task in hand, for longer than the lease lasts.
///
/// Each is waited for on a whole line. Cutting and healing both of them until they happen to be caught would not end by
/// itself: a machine whose requests break off again and again comes to hold nothing, and what the others do meanwhile
/// takes the leases of what it held.
async fn cut_off(ways: &[Proxy], scene: &Scene) -> Vec<Held> {
    let (server, history) = (&*scene.server, &*scene.history);
    for _ in 0..TRIES {
        let mut caught = Vec::new();
        for (way, (machine, cut)) in ways.iter().zip(AWAY) {
            let mut held = None;
            let in_hand = async || {
                held = Held::by(machine, server, history).await;
                held.is_some()
            };
            history.until(&format!("{machine} has a task in hand"), WITHIN, in_hand).await;
            way.cut(cut).await;
            caught.extend(held);
        }
        // It is the server that notices.
        (scene.pass)(2 * LEASE);
        let mut by_lease = true;
        for held in &caught {
            let mut end = None;
            let ended = async || {
                end = held.end(server).await;
                end.is_some()
            };
            history.until(&format!("what {} held is free", held.machine), WITHIN, ended).await;
            by_lease &= end == Some(EventKind::LeaseExpired);
        }
        if by_lease {
            return caught;
        }
        // A request that was past the line already has ended a claim: there is nothing to learn about that one.
        ways.iter().for_each(Proxy::heal);
    }
    panic!("no machine kept what it had in hand, {TRIES} times");
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
        server: store,
        history: Arc::default(),
        streams: ways.iter().map(|way| stream(way.address())).collect(),
    };
    let cutting = async {
        let history = &*scene.history;
        history.reached(100).await;
        let lost = cut_off(&ways[..], &scene).await;
        // What they held is done by others meanwhile.
        history.reached(history.successes() + 50).await;
        ways.iter().for_each(Proxy::heal);
        // There is something to do until they have found out and taken part again.
        for held in &lost {
            let what = format!("{} learns what it lost, and goes on", held.machine);
            history.until(&what, WITHIN, async || held.is_got_over(history)).await;
        }
    };
    Load::new(6, 40, seed).prove_despite(&scene, cutting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_machines_that_were_cut_off_learn_what_they_lost_and_go_on() {
    let seed = 1;
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
