//! The load and its proof over the stores themselves, without a network; and the proof fails where it must.

use super::history::{Answer, Evidence, History};
use super::load::{Load, Scene, policy};
use octopoid_core::model::EventKind;
use octopoid_core::store::{ErrorKind, IdempotentStore};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{MemoryStore, SqliteOptions, SqliteStore, Synchronous};
use std::sync::Arc;

/// All machines on one store.
fn on(store: Arc<dyn IdempotentStore>, clock: Arc<SteppedClock>) -> Scene {
    let server = Arc::clone(&store);
    Scene {
        connect: Box::new(move |_| Box::pin(std::future::ready(Arc::clone(&store)))),
        pass: Arc::new(move |span| clock.advance(span)),
        server,
        history: Arc::default(),
        streams: Vec::new(),
    }
}

/// How many loads more are tried until a lease is lost in one.
const MORE: u64 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_on_one_memory_store_do_everything_once() {
    let lost_in = async |seed| {
        let clock = Arc::new(SteppedClock::new());
        let scene = on(Arc::new(MemoryStore::new(clock.clone(), policy())), clock);
        Load::new(16, 150, seed).prove(&scene).await;
        leases_were_lost(&scene.history)
    };
    // The load is one in which leases run out under their holders' hands. In which of them is up to how the machines take
    // turns.
    for seed in 1..MORE {
        if lost_in(seed).await {
            return;
        }
    }
    panic!("no lease was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_with_connections_of_their_own_to_one_file_do_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("octopoid.db");
    let clock = Arc::new(SteppedClock::new());
    let open = {
        let clock = Arc::clone(&clock);
        move || -> Arc<dyn IdempotentStore> {
            let options = SqliteOptions::new().with_synchronous(Synchronous::Normal);
            Arc::new(SqliteStore::open_with(&path, clock.clone(), policy(), options).unwrap())
        }
    };
    let server = open();
    let scene = Scene {
        connect: Box::new(move |_| Box::pin(std::future::ready(open()))),
        pass: Arc::new(move |span| clock.advance(span)),
        server,
        history: Arc::default(),
        streams: Vec::new(),
    };
    Load::new(4, 60, 1).prove(&scene).await;
}

fn leases_were_lost(history: &History) -> bool {
    let lost = Answer::Refused(ErrorKind::LeaseLost);
    history.any(|call| call.answer == lost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_defect_planted_into_a_real_history_is_found() {
    type Plant = fn(&mut Evidence, usize);
    let defects: &[(&str, EventKind, Plant)] = &[
        ("was accepted 0 times", EventKind::Accepted, |e, at| drop(e.log.remove(at))),
        ("was accepted 2 times", EventKind::Accepted, |e, at| e.log.insert(at, e.log[at].clone())),
        ("holds it", EventKind::Claimed, |e, at| e.log.insert(at, e.log[at].clone())),
        ("is claimed, logged", EventKind::Claimed, |e, at| e.log[at].actor = "nobody".to_owned()),
        ("the claim on it is", EventKind::Submitted, |e, at| e.log[at].actor = "nobody".to_owned()),
        ("is missing", EventKind::Submitted, |e, at| drop(e.feed.remove(at))),
        ("is missing", EventKind::Submitted, |e, at| {
            e.streams.push([&e.log[..at], &e.log[at + 1..]].concat());
        }),
        ("came twice", EventKind::LeaseExpired, |e, at| e.feed.insert(at, e.feed[at].clone())),
        ("came after", EventKind::Approved, |e, at| e.feed.swap(at, at - 1)),
        ("there 2 times", EventKind::Created, |e, _| e.messages.push(e.messages[0].clone())),
        ("there 0 times", EventKind::Created, |e, _| drop(e.messages.pop())),
        ("tasks were created", EventKind::Created, |e, _| drop(e.titles.pop())),
        ("was written as", EventKind::RunRecorded, |e, _| e.runs[0].note = Some("other".to_owned())),
        // The server forgot a claim and gave the task to somebody else.
        ("holds: ", EventKind::Claimed, |e, _| e.calls.retain(|call| !call.ask.is_command("submit"))),
    ];
    let find = |evidence: &Evidence, kind| evidence.log.iter().rposition(|event| event.kind == kind);
    // Whether everything that a defect is planted into has happened is up to how the machines take turns.
    let mut seed = 7;
    let evidence = loop {
        let clock = Arc::new(SteppedClock::new());
        let scene = on(Arc::new(MemoryStore::new(clock.clone(), policy())), clock);
        let evidence = Load::new(8, 40, seed).run(&scene).await;
        if defects.iter().all(|(_, kind, _)| find(&evidence, *kind).is_some()) {
            break evidence;
        }
        seed += 1;
        assert!(seed < 7 + MORE, "not everything happens in these loads");
    };
    for (finding, kind, plant) in defects {
        let mut planted = evidence.clone();
        plant(&mut planted, find(&evidence, *kind).unwrap());
        let wrongs = planted.wrongs(&["ada"]);
        assert!(wrongs.iter().any(|wrong| wrong.contains(finding)), "{finding}: {wrongs:#?}");
    }
    assert_eq!(evidence.wrongs(&["ada"]), Vec::<String>::new());
}
