//! What a task costs the server, and what it costs when there is nothing to do.

mod fleet;
mod server;

use fleet::{Fleet, Setup};
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{Queue, Scope, TaskId};
use octopoid_core::orchestrator::Limits;
use octopoid_core::store::StoreExt;
use octopoid_core::testing::ManualClock;
use octopoid_core::transition::Actor;
use server::{Counted, Counts, between};
use std::sync::Arc;
use std::time::Duration;

/// What a machine sends to say that it is there.
const HEARTBEAT: &str = "POST /api/v1/orchestrators/{id}/heartbeat";

/// The time between two heartbeats.
const BEAT: Duration = Duration::from_secs(30);

/// How the tasks come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Arrival {
    /// All at once, so that every machine has work.
    Batch,
    /// Each when the one before is done, so that most machines wait.
    OneByOne,
}

/// The requests for so many tasks, once the machines have begun.
async fn requests(machines: usize, tasks: u64, arrival: Arrival) -> Counts {
    let server = Counted::start();
    let fleet = Fleet::start(&server, machines, Setup::new(Arc::new(SystemClock))).await;
    server.enqueue(1).await;
    server.until_done(1).await;
    let before = server.counts();
    match arrival {
        Arrival::Batch => {
            server.enqueue(tasks).await;
            server.until_done(1 + tasks).await;
        }
        Arrival::OneByOne => {
            for number in 0..tasks {
                server.enqueue(1).await;
                server.until_done(2 + number).await;
            }
        }
    }
    let counts = between(&before, &server.counts());
    fleet.stop().await;
    counts
}

fn report(machines: usize, tasks: u64, arrival: Arrival, counts: &Counts) -> f64 {
    let all: u64 = counts.values().sum();
    println!(
        "{machines} machines, {tasks} tasks, {arrival:?}: {:.1} requests a task",
        all as f64 / tasks as f64
    );
    for (request, number) in counts {
        println!("  {:6.2} {request}", *number as f64 / tasks as f64);
    }
    all as f64 / tasks as f64
}

/// Asserts that a task costs the same with 1, 4 and 16 machines, and says what it costs. Heartbeats go by the clock, and
/// are no part of the comparison: a slow computer has more of them for each task.
async fn prove(tasks: u64, arrival: Arrival) {
    let mut costs = Vec::new();
    for machines in [1, 4, 16] {
        let mut counts = requests(machines, tasks, arrival).await;
        let all = report(machines, tasks, arrival, &counts);
        assert!(all <= 50.0, "{all} requests a task with {machines} machines: {counts:?}");
        counts.remove(HEARTBEAT);
        costs.push(counts.values().sum::<u64>() as f64 / tasks as f64);
    }
    let (least, most) =
        (costs.iter().copied().fold(f64::MAX, f64::min), costs.iter().copied().fold(0.0, f64::max));
    assert!(most <= 1.3 * least, "{costs:?} requests a task");
}

#[tokio::test(flavor = "multi_thread")]
async fn i38_a_task_costs_the_same_with_many_machines_that_wait() {
    prove(8, Arrival::OneByOne).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures for a minute; with `--nocapture` it says the requests by route"]
async fn i38_requests_by_route() {
    prove(24, Arrival::OneByOne).await;
    prove(24, Arrival::Batch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i35_a_machine_with_nothing_to_do_sends_nothing_but_its_heartbeat() {
    const MACHINES: u64 = 4;
    const BEATS: u64 = 10;
    let (server, clock) = (Counted::start(), Arc::new(ManualClock::new()));
    let fleet = Fleet::start(&server, MACHINES as usize, Setup::new(clock.clone())).await;
    let next_beat = async |sent: u64| {
        clock.advance(BEAT);
        server.until_asked(HEARTBEAT, sent).await;
    };
    // With its third heartbeat a machine has done everything that it does at its start: the second may be part of its first look.
    next_beat(2 * MACHINES).await;
    next_beat(3 * MACHINES).await;
    let before = server.counts();
    for beat in 1..=BEATS {
        next_beat((3 + beat) * MACHINES).await;
    }
    let counts = between(&before, &server.counts());
    assert_eq!(counts, Counts::from([(HEARTBEAT.to_owned(), BEATS * MACHINES)]));
    // They still wake for work.
    server.enqueue(1).await;
    server.until_done(1).await;
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_waits_for_room_in_provisional_is_woken_by_what_others_make() {
    let server = Counted::start();
    let workers = |prefix| Setup {
        limits: Limits::default().with_provisional(1),
        reviews: false,
        prefix,
        ..Setup::new(Arc::new(SystemClock))
    };
    let first = Fleet::start(&server, 1, workers("first")).await;
    server.enqueue(1).await;
    server.until_in(Queue::Provisional, 1).await;
    first.stop().await;
    server.enqueue(1).await;
    // This one finds `provisional` full, and hears nothing of what becomes of the task that is there.
    let before = server.counts();
    let second = Fleet::start(&server, 1, workers("second")).await;
    // It asks for tasks that it holds, and then for submitted ones.
    for (request, times) in [("GET /api/v1/events", 1), ("GET /api/v1/tasks", 2)] {
        server.until_asked(request, before[request] + times).await;
    }
    let (scope, id) = (Scope::single(), TaskId::numbered(1));
    server.store.accept(&scope, &id, Actor::Person("ada".to_owned()), None).await.unwrap();
    server.until_in(Queue::Provisional, 1).await;
    second.stop().await;
}
