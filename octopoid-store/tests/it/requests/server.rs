//! A server that counts what it is asked.

use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{NewTask, OrchestratorId, Policy, Queue, Scope};
use octopoid_core::store::{EventLog, MachineQuery, MachineStore, TaskQuery, TaskStore};
use octopoid_store::server::Server;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind, serve, with_middleware};
use octopoid_store::server::{Metrics, Shutdown};
use octopoid_store::{HttpOptions, HttpStore, MemoryStore};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// No wait takes so long unless what is waited for never comes.
pub(super) const NEVER: Duration = Duration::from_secs(300);

/// Requests by method and route.
pub(super) type Counts = BTreeMap<String, u64>;

/// A server on a store in memory.
pub(super) struct Counted {
    pub(super) store: Arc<MemoryStore>,
    address: SocketAddr,
    metrics: Metrics,
}

impl Counted {
    /// Serves on loopback, with its housekeeping.
    pub(super) fn start() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock), Policy::default()));
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let running = Server::new(store.clone(), clock).start(Shutdown::new());
        let metrics = running.metrics();
        let router =
            with_middleware(running.router(), MiddlewareOptions::new(address).with_metrics(metrics.clone()));
        tokio::spawn(running.housekeeping());
        tokio::spawn(serve(router, listener, ServeOptions::new(), std::future::pending()));
        Self { store, address, metrics }
    }

    /// A machine's way to it.
    pub(super) async fn connect(&self, machine: &OrchestratorId) -> HttpStore {
        let options = HttpOptions::new(format!("http://{}", self.address), Arc::new(SystemClock))
            .with_scope(Scope::single())
            .with_orchestrator(machine.clone());
        HttpStore::connect(options).await.unwrap()
    }

    /// The requests so far.
    pub(super) fn counts(&self) -> Counts {
        let text = self.metrics.text();
        let lines = text.lines().filter_map(|line| line.strip_prefix("octopoid_http_requests_total{"));
        let mut counts = Counts::new();
        for line in lines {
            let (labels, number) = line.rsplit_once("} ").unwrap();
            let label = |name: &str| {
                let begin = labels.split_once(&format!("{name}=\"")).unwrap().1;
                begin.split_once('"').unwrap().0
            };
            let request = format!("{} {}", label("method"), label("route"));
            *counts.entry(request).or_default() += number.parse::<u64>().unwrap();
        }
        counts
    }

    /// Puts tasks into the queue, past the server.
    pub(super) async fn enqueue(&self, tasks: u64) {
        for number in 0..tasks {
            self.store.create_task(NewTask::new(format!("Number {number}"), "Write a file.")).await.unwrap();
        }
    }

    /// Waits until so many tasks are done.
    pub(super) async fn until_done(&self, tasks: u64) {
        self.until_in(Queue::Done, tasks).await;
    }

    /// Waits until so many tasks stand in a queue.
    pub(super) async fn until_in(&self, queue: Queue, tasks: u64) {
        let there = async {
            loop {
                let seen = self.store.last_event().await.unwrap();
                let mut query = TaskQuery::new(Scope::single()).in_queue(queue);
                query.limit = 1;
                if self.store.list_tasks(&query).await.unwrap().total >= tasks {
                    return;
                }
                self.store.wait_for_event(seen).await.unwrap();
            }
        };
        tokio::time::timeout(NEVER, there).await.expect("the tasks are there");
    }

    /// Waits until something was asked so often.
    pub(super) async fn until_asked(&self, request: &str, times: u64) {
        let asked = async {
            while self.counts().get(request).copied().unwrap_or_default() < times {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(NEVER, asked).await.expect("it is asked");
    }

    /// How many machines have introduced themselves.
    pub(super) async fn machines(&self) -> usize {
        self.store.machines(&MachineQuery::new(Scope::single())).await.unwrap().len()
    }
}

/// What came between two counts.
pub(super) fn between(before: &Counts, after: &Counts) -> Counts {
    let difference = |(request, number): (&String, &u64)| {
        (request.clone(), number - before.get(request).copied().unwrap_or_default())
    };
    after.iter().map(difference).filter(|(_, number)| *number > 0).collect()
}
