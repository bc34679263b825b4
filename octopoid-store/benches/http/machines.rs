//! Many machines that wait for work on one server, which is another process: how long a new task takes to reach one of
//! them, what the server holds meanwhile, and how many claims it takes.

use super::listeners::ServerProcess;
use super::part;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{
    AgentName, ClaimToken, Holder, NewTask, OrchestratorId, RoleName, Scope, Submission,
};
use octopoid_core::store::{ClaimRequest, Interest, News, StoreExt, TaskStore, open_feed};
use octopoid_core::transition::{Actor, Purpose};
use octopoid_store::{HttpOptions, HttpStore};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// The tasks before the measuring.
const WARM: usize = 20;
const LEASE: Duration = Duration::from_secs(300);

/// What the machines tell.
#[derive(Clone)]
struct Told {
    /// When a task was begun.
    starts: mpsc::UnboundedSender<Instant>,
    claims: Arc<AtomicU64>,
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn measure(machines: usize, tasks: usize) {
    let server = ServerProcess::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    println!(
        "| machines | tasks | from enqueue to the claim, median | 99th percentile | claims a task | server |"
    );
    println!("|---:|---:|---:|---:|---:|---:|");
    let (mut times, claims) = runtime.block_on(starts(server.address, machines, tasks));
    println!(
        "| {machines} | {tasks} | {:.1} ms | {:.1} ms | {:.2} | {:.0} MB |",
        part(&mut times, 0.5),
        part(&mut times, 0.99),
        claims as f64 / tasks as f64,
        server.megabytes()
    );
}

async fn starts(address: SocketAddr, machines: usize, tasks: usize) -> (Vec<Duration>, u64) {
    let (sender, mut begun) = mpsc::unbounded_channel();
    let told = Told { starts: sender, claims: Arc::default() };
    for number in 0..machines {
        let store = Arc::new(connect(address, &name(number)).await);
        tokio::spawn(work(store, number, told.clone()));
    }
    while listeners(address).await < machines {
        tokio::task::yield_now().await;
    }
    let client = connect(address, "person").await;
    let mut times = Vec::with_capacity(tasks);
    let mut before = 0;
    for number in 0..WARM + tasks {
        if number == WARM {
            (before, times) = (told.claims.load(Ordering::SeqCst), Vec::with_capacity(tasks));
        }
        let created = Instant::now();
        client.create_task(NewTask::new(format!("Number {number}"), "Do it.")).await.expect("a task");
        times.push(begun.recv().await.expect("a start").duration_since(created));
    }
    (times, told.claims.load(Ordering::SeqCst) - before)
}

/// One machine: waits for an offer, claims, hands in.
async fn work(store: Arc<HttpStore>, number: usize, told: Told) {
    let machine = OrchestratorId::new(name(number)).expect("an id");
    let role = RoleName::implement();
    let interest = Interest::new(Scope::single(), machine.clone()).with_work(role.clone());
    let mut feed = open_feed(store.clone(), interest, 0);
    let holder = Holder::new(machine, AgentName::new("worker").expect("a name"));
    for attempt in 0.. {
        let news = feed.take().await.expect("news");
        if !news.iter().any(|news| matches!(news, News::Offer(_) | News::Event(_))) {
            feed.ready().await.expect("a feed");
            continue;
        }
        let token = ClaimToken::new(format!("{number}/{attempt}")).expect("a token");
        let request = ClaimRequest::new(Scope::single(), Purpose::Work, holder.clone(), token.clone(), LEASE)
            .with_role(role.clone());
        told.claims.fetch_add(1, Ordering::SeqCst);
        let Some(task) = store.claim(&request).await.expect("an answer") else { continue };
        let _ = told.starts.send(Instant::now());
        let handed_in = store.submit(&task.scope, &task.id, &token, Submission::new(1, 1)).await;
        handed_in.expect("handed in");
        let actor = Actor::Person("ada".to_owned());
        store.accept(&task.scope, &task.id, actor, None).await.expect("accepted");
    }
}

/// How many machines listen, by what the server says.
async fn listeners(address: SocketAddr) -> usize {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let request =
        format!("GET /metrics HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", address.port());
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("answered");
    let number = text.lines().find_map(|line| line.strip_prefix("octopoid_feed_listeners "));
    number.and_then(|number| number.trim().parse().ok()).unwrap_or_default()
}

fn name(number: usize) -> String {
    format!("bench-{number}")
}

async fn connect(address: SocketAddr, machine: &str) -> HttpStore {
    let mut options =
        HttpOptions::new(format!("http://{address}"), Arc::new(SystemClock)).with_scope(Scope::single());
    options.orchestrator = OrchestratorId::new(machine).ok();
    HttpStore::connect(options).await.expect("a connection; is the bound on open files high enough?")
}
