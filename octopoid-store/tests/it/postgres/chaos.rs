//! Three servers in processes of their own on one database, with many machines, while servers, connections and the database end or
//! stand still.

use super::cluster::Cluster;
use crate::chaos::http::child::ServerProcess;
use crate::chaos::http::served::{connect, options, stream};
use crate::chaos::load::{Load, Scene, policy};
use crate::chaos::proxy::{Faults, Proxy};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{PostgresOptions, PostgresStore};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Says how long it lasts instead, in seconds.
const SECONDS: &str = "OCTOPOID_TEST_CHAOS_SECONDS";
const SERVERS: usize = 3;
const TERMINATE: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name = 'octopoid' AND random() < 0.5";

struct Servers {
    cluster: Cluster,
    url: String,
    processes: Mutex<Vec<ServerProcess>>,
    proxies: Vec<Proxy>,
    /// All of the time that has passed, for the next server to begin with.
    passed: AtomicU64,
}

impl Servers {
    fn start(cluster: Cluster) -> Self {
        let url = cluster.url();
        let processes: Vec<_> = (0..SERVERS).map(|_| ServerProcess::start(&url, Duration::ZERO)).collect();
        let proxies = processes.iter().zip(1..).map(|(server, seed)| {
            let proxy = Proxy::start(server.address, seed);
            proxy.set(Faults::all(0.02).with_delay(Duration::from_millis(1)..Duration::from_millis(10)));
            proxy
        });
        let proxies = proxies.collect();
        Self { cluster, url, processes: Mutex::new(processes), proxies, passed: AtomicU64::new(0) }
    }

    fn pass(&self, span: Duration) {
        let mut processes = self.processes.lock().unwrap();
        self.passed.fetch_add(span.as_millis() as u64, Ordering::SeqCst);
        processes.iter_mut().for_each(|server| server.pass(span));
    }

    /// Does one kind of harm.
    fn harm(&self, random: &mut StdRng) {
        let one = random.random_range(0..SERVERS);
        match random.random_range(0..10) {
            0..3 => {
                let mut processes = self.processes.lock().unwrap();
                processes[one].kill();
                let passed = Duration::from_millis(self.passed.load(Ordering::SeqCst));
                processes[one] = ServerProcess::start(&self.url, passed);
                self.proxies[one].retarget(processes[one].address);
            }
            3..5 => {
                let frozen = |frozen| self.processes.lock().unwrap()[one].freeze(frozen);
                frozen(true);
                // Others work meanwhile, and time passes for them.
                self.pass(Duration::from_secs(20));
                self.cluster.sql("SELECT pg_sleep(0.5)");
                frozen(false);
            }
            5..9 => drop(self.cluster.sql(TERMINATE)),
            _ => {
                self.cluster.stop();
                self.cluster.begin();
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how whoever has time asks for more of it")]
fn seconds() -> Option<u64> {
    std::env::var(SECONDS).ok().map(|seconds| seconds.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_three_servers_on_one_database_lose_and_double_nothing_whatever_ends() {
    let Some(cluster) = Cluster::start("-c fsync=off") else { return };
    let (servers, clock) = (Arc::new(Servers::start(cluster)), Arc::new(SteppedClock::new()));
    let own = PostgresOptions::new().with_clock(clock.clone());
    let store = Arc::new(PostgresStore::connect(servers.url.parse().unwrap(), policy(), own).unwrap());
    let addresses: Vec<_> = servers.proxies.iter().map(Proxy::address).collect();
    let streams = addresses.iter().copied().map(stream).collect();
    let next = AtomicUsize::new(0);
    let scene = Scene {
        connect: Box::new(move |name| {
            let address = addresses[next.fetch_add(1, Ordering::Relaxed) % SERVERS];
            let options = options(address, &name, clock.clone()).with_timeout(Duration::from_secs(2));
            Box::pin(connect(options.with_retry_timeout(Duration::from_secs(10))))
        }),
        pass: {
            let servers = Arc::clone(&servers);
            Arc::new(move |span| servers.pass(span))
        },
        server: store,
        history: Arc::default(),
        streams,
    };
    let (machines, tasks) = if seconds().is_some() { (20, 200) } else { (8, 40) };
    let trouble = async {
        let (began, mut round) = (Instant::now(), 0);
        loop {
            round += 1;
            scene.history.reached(round * 40).await;
            let servers = Arc::clone(&servers);
            let harm = move || servers.harm(&mut StdRng::seed_from_u64(round));
            tokio::task::spawn_blocking(harm).await.unwrap();
            match seconds() {
                Some(seconds) if began.elapsed() < Duration::from_secs(seconds) => {}
                None if round < 8 => {}
                _ => return println!("{round} times in {:?}", began.elapsed()),
            }
        }
    };
    Load::new(machines, tasks, 3).prove_despite(&scene, trouble).await;
}
