//! What a task costs the server, and what it costs when there is nothing to do.

mod fleet;
mod server;

use fleet::Fleet;
use server::{Counted, Counts, between};

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
    let fleet = Fleet::start(&server, machines).await;
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures: `cargo test -p octopoid-store --test it -- --ignored --nocapture requests_by_route`"]
async fn requests_by_route() {
    for arrival in [Arrival::OneByOne, Arrival::Batch] {
        for machines in [1, 4, 16] {
            report(machines, 24, arrival, &requests(machines, 24, arrival).await);
        }
    }
}
