//! Many machines that work off one queue, as orchestrators do, over whatever network they are given.

mod evidence;
mod feed;
mod listener;
mod machine;
mod person;

pub(crate) use feed::follow;
pub(crate) use listener::Listener;

use super::history::{Evidence, History, Recorder};
use machine::Machine;
use octopoid_core::model::{Policy, Scope};
use octopoid_core::store::{IdempotentStore, Store, StoreError};
use person::Person;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long nothing may succeed before the test gives up. No outcome depends on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);
/// How long leases are, in the store's time.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// Bounds that a load does not reach: its tasks go on until they are done.
pub(crate) fn policy() -> Policy {
    Policy::default().with_attempts(1_000_000).with_review_rounds(1_000_000).with_conflicts(1_000_000)
}

/// A client on its way to its server.
pub(crate) type Connecting = Pin<Box<dyn Future<Output = Arc<dyn IdempotentStore>> + Send>>;
/// Gives each machine, by its name, a client of its own.
type Connect = Box<dyn Fn(String) -> Connecting + Send + Sync>;
/// Lets time pass for the store.
pub(crate) type Pass = Arc<dyn Fn(Duration) + Send + Sync>;

/// Where the load takes place.
pub(crate) struct Scene {
    pub(crate) connect: Connect,
    pub(crate) pass: Pass,
    /// The store under the server, to read afterwards what became of it all.
    pub(crate) server: Arc<dyn Store>,
    pub(crate) history: Arc<History>,
    /// Where to follow the stream of events, where there is one.
    pub(crate) streams: Vec<String>,
}

/// How much there is to do, and by how many.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) machines: usize,
    pub(crate) tasks: usize,
    pub(crate) seed: u64,
    scope: Scope,
    /// Whether the machines begin only when all tasks are there.
    filled_first: bool,
}

/// What the machines of one load share.
struct Shared {
    scope: Scope,
    pass: Pass,
    /// How much time each request of a holder takes: a machine that makes eight times fewer requests than the others
    /// loses its leases.
    pace: Duration,
    machines: u64,
    /// Whether all tasks are created.
    filled: watch::Sender<bool>,
    /// Whether there is no more trouble to come.
    calm: watch::Receiver<bool>,
    /// How many machines hold a task.
    busy: AtomicUsize,
}

impl Shared {
    /// Waits a moment because there is nothing to do, for the `times`th time in a row. Time passes only when nobody is
    /// at work: then what is still held is held by nobody who knows it.
    async fn idle(&self, random: &mut StdRng, times: u64) {
        if self.busy.load(Ordering::SeqCst) == 0 {
            (self.pass)(LEASE / 20);
        }
        // The more machines there are, the less often each needs to ask.
        let crowd = times.min(5 + self.machines / 10) * (1 + self.machines / 10);
        tokio::time::sleep(Duration::from_millis(random.random_range(1..6) * crowd)).await;
    }

    /// Whether every task is done, as far as this machine can learn.
    async fn all_done(&self, store: &dyn Store) -> bool {
        *self.filled.borrow() && self.left(store).await == Some(0)
    }

    /// How many tasks are not done, if that can be learnt.
    async fn left(&self, store: &dyn Store) -> Option<u64> {
        let counts = store.queue_counts(&self.scope).await.ok()?;
        let left = counts.queues.iter().filter(|(queue, _)| queue.as_str() != "done");
        Some(left.map(|(_, number)| number).sum())
    }
}

/// What a machine never expects from its store.
fn surprise(machine: &str, what: &str, error: &StoreError) -> String {
    format!("{machine}: {what}: {:?}: {error}", error.kind())
}

impl Load {
    pub(crate) fn new(machines: usize, tasks: usize, seed: u64) -> Self {
        Self { machines, tasks, seed, scope: Scope::single(), filled_first: false }
    }

    /// In another scope than usual.
    pub(crate) fn in_scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// With machines that begin only when all tasks are there.
    pub(crate) fn filled_first(mut self) -> Self {
        self.filled_first = true;
        self
    }

    /// Works until every task is done, and fails when anything about it is wrong.
    pub(crate) async fn prove(&self, scene: &Scene) {
        self.prove_once_calm(scene, watch::channel(true).1).await;
    }

    async fn prove_once_calm(&self, scene: &Scene, calm: watch::Receiver<bool>) {
        let evidence = self.run_until_calm(scene, calm).await;
        let wrongs = evidence.wrongs(&[person::NAME]);
        assert!(
            wrongs.is_empty(),
            "{self:?}: {} findings: {:#?}",
            wrongs.len(),
            &wrongs[..wrongs.len().min(20)]
        );
        assert!(evidence.titles.len() >= self.tasks / 2, "{} tasks were created", evidence.titles.len());
    }

    /// The same while there is trouble: there is something to do until it is over, and for a while afterwards. What it
    /// leaves is kept for as long as the load lasts.
    pub(crate) async fn prove_despite<T>(&self, scene: &Scene, trouble: impl Future<Output = T>) {
        let (calm, is_calm) = watch::channel(false);
        let trouble = async {
            let _left = trouble.await;
            calm.send_replace(true);
            std::future::pending().await
        };
        tokio::select! {
            () = self.prove_once_calm(scene, is_calm) => {}
            () = trouble => {}
        }
    }

    /// Works until every task is done.
    pub(crate) async fn run(&self, scene: &Scene) -> Evidence {
        self.run_until_calm(scene, watch::channel(true).1).await
    }

    async fn run_until_calm(&self, scene: &Scene, calm: watch::Receiver<bool>) -> Evidence {
        let shared = Arc::new(Shared {
            scope: self.scope.clone(),
            pass: Arc::clone(&scene.pass),
            machines: self.machines as u64,
            pace: LEASE / (8 * u32::try_from(self.machines).unwrap()),
            filled: watch::Sender::new(false),
            calm,
            busy: AtomicUsize::new(0),
        });
        let (end, ends) = watch::channel(None);
        let (reader, scope) = ((scene.connect)("reader".to_owned()), shared.scope.clone());
        let feed = tokio::spawn(async move { feed::follow(reader.await, scope, ends).await });
        let streams: Vec<_> = scene
            .streams
            .iter()
            .map(|url| tokio::spawn(Listener::new(url.clone()).follow(end.subscribe())))
            .collect();
        let mut at_work = JoinSet::new();
        for number in 0..=self.machines {
            let random = StdRng::seed_from_u64(self.seed.wrapping_add(number as u64));
            let name = if number == 0 { person::NAME.to_owned() } else { format!("machine-{number}") };
            let (client, history) = ((scene.connect)(name.clone()), Arc::clone(&scene.history));
            let (shared, tasks, waits) = (Arc::clone(&shared), self.tasks, self.filled_first);
            at_work.spawn(async move {
                let recorder = Recorder::new(&name, client.await, &history);
                history.goes_on();
                match number {
                    0 => Person::new(recorder, shared, random).run(tasks).await,
                    _ => {
                        let _ = shared.filled.subscribe().wait_for(|filled| *filled || !waits).await;
                        Machine::new(&name, recorder, shared, random).run().await
                    }
                }
            });
        }
        tokio::select! {
            result = finished(&mut at_work) => result.unwrap_or_else(|why| panic!("{self:?}: {why}")),
            () = stuck(&scene.history) => {
                let counts = scene.server.queue_counts(&shared.scope).await;
                let calls = scene.history.calls();
                let last = &calls[calls.len().saturating_sub(10)..];
                panic!("{self:?}: nothing goes on any more: {counts:?}; the last calls: {last:#?}");
            }
        }
        let mut evidence = evidence::collect(&*scene.server, &shared.scope, &scene.history).await;
        end.send_replace(evidence.log.last().map(|event| event.seq));
        let ended = async {
            evidence.feed = feed.await.unwrap();
            for stream in streams {
                evidence.streams.push(stream.await.unwrap().read);
            }
        };
        if tokio::time::timeout(PATIENCE, ended).await.is_err() {
            panic!("{self:?}: the feed never came to the log's end");
        }
        evidence
    }
}

async fn finished(at_work: &mut JoinSet<Result<(), String>>) -> Result<(), String> {
    while let Some(result) = at_work.join_next().await {
        result.unwrap()?;
    }
    Ok(())
}

/// Completes when nothing has succeeded for a long time, and nobody has reached the server.
async fn stuck(history: &History) {
    loop {
        let before = history.steps();
        tokio::time::sleep(PATIENCE).await;
        if history.steps() == before {
            return;
        }
    }
}
