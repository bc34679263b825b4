//! From `enqueue` through one machine to the agent's start on another.

use super::{part, server};
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, OrchestratorId, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Limits, Notice, Orchestrator, Settings};
use octopoid_core::store::TaskStore;
use octopoid_core::testing::{PlainRole, ScriptedRunner, TempRepository};
use octopoid_store::{HttpOptions, HttpStore};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The tasks before the measuring: connections are made, files are read for the first time.
const WARM: usize = 5;

/// Puts tasks in one after the other, each when the one before is done with, and says how long each took to reach an agent.
pub(crate) fn measure(tasks: usize) {
    let server = server::start();
    measure_at(server.address, tasks);
}

/// The same, over a server that runs already.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn measure_at(address: SocketAddr, tasks: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut times = runtime.block_on(starts(address, WARM + tasks)).split_off(WARM);
    println!("| tasks | from enqueue to the agent's start, median | 99th percentile |");
    println!("|---:|---:|---:|");
    println!("| {tasks} | {:.1} ms | {:.1} ms |", part(&mut times, 0.5), part(&mut times, 0.99));
}

#[expect(clippy::disallowed_methods, reason = "git is found by the PATH of whoever measures")]
async fn starts(address: SocketAddr, tasks: usize) -> Vec<Duration> {
    let (started, mut starts) = mpsc::unbounded_channel();
    let started = Mutex::new(started);
    let runner = ScriptedRunner::new(move |scene| {
        let _ = started.lock().expect("nobody panics").send(Instant::now());
        scene.write("done.txt", scene.task());
        scene.commit("Do it");
        scene.submit("did it")
    });
    let repository = TempRepository::new();
    let id = OrchestratorId::new("bench-1").expect("an id");
    let worker = AgentSettings::new(AgentName::new("worker").expect("a name"), RoleName::implement());
    let limits = Limits::default().with_provisional(u64::MAX).with_cost_usd(f64::MAX, f64::MAX);
    let settings =
        Settings::new(id.clone(), "main").with_limits(limits).with_environment(std::env::vars().collect());
    let orchestrator = Orchestrator::builder()
        .store(Arc::new(connect(address, Some(id)).await))
        .repository(repository.path())
        .settings(settings)
        .role(Arc::new(PlainRole::implement()))
        .runner(Arc::new(runner))
        .agent(worker.with_runner("scripted"))
        .allow_unserved()
        .build();
    let orchestrator = orchestrator.await.expect("an orchestrator");
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    let client = connect(address, None).await;
    let mut times = Vec::with_capacity(tasks);
    for number in 0..tasks {
        let begun = Instant::now();
        client.create_task(NewTask::new(format!("Number {number}"), "Do it.")).await.expect("a task");
        times.push(starts.recv().await.expect("an agent").duration_since(begun));
        while !matches!(events.next().await, None | Some(Notice::RunSettled { .. })) {}
    }
    handle.drain();
    running.await.expect("an end").expect("no error");
    times
}

async fn connect(address: SocketAddr, machine: Option<OrchestratorId>) -> HttpStore {
    let mut options =
        HttpOptions::new(format!("http://{address}"), Arc::new(SystemClock)).with_scope(Scope::single());
    options.orchestrator = machine;
    HttpStore::connect(options).await.expect("a connection")
}
