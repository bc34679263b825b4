//! What the orchestrator costs: 500 trivial tasks through 8 agents, beside a shell loop that does the least that must be
//! done for each (make a worktree, start the program, remove the worktree), in the same run; and the memory of an
//! orchestrator with 50 agents at work.
//!
//! `cargo bench -p octopoid-core --bench orchestrator`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its table and has nobody to recover for"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its environment")]

use nix::sys::resource::{UsageWho, getrusage};
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, NewTask, OrchestratorId, Policy, Queue, RoleName, Scope};
use octopoid_core::orchestrator::{AgentSettings, Limits, Notice, Orchestrator, Settings};
use octopoid_core::store::{Store, TaskStore};
use octopoid_core::testing::{PlainRole, TempRepository};
use octopoid_roles::command::CommandRunner;
use octopoid_store::SqliteStore;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TASKS: usize = 500;
const AGENTS: usize = 8;
const ROUNDS: usize = 3;
const AT_WORK: usize = 50;

/// Ends at once, saying so.
const TRIVIAL: &str = "echo '{\"outcome\":\"nothing\"}' > \"$OCTOPOID_RESULT\"";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{TASKS} trivial tasks, {AGENTS} agents; CPU seconds of everything that ran");
    println!(
        "{:>6} {:>12} {:>14} {:>7} {:>12} {:>14}",
        "round", "shell loop", "orchestrator", "ratio", "loop wall s", "orch. wall s"
    );
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let (shell, shell_wall) = measured(shell_loop);
        let own = own_cpu();
        let (ours, wall) = measured(|| runtime.block_on(orchestrated()));
        let own = own_cpu() - own;
        let ratio = ours.as_secs_f64() / shell.as_secs_f64();
        ratios.push(ratio);
        println!(
            "{round:>6} {:>12.2} {:>14.2} {:>16.2} {ratio:>7.2} {:>12.2} {:>14.2}",
            shell.as_secs_f64(),
            ours.as_secs_f64(),
            own.as_secs_f64(),
            shell_wall.as_secs_f64(),
            wall.as_secs_f64()
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio: {:.2} (to reach: at most 2)", ratios[ROUNDS / 2]);
    let before = resident();
    let during = runtime.block_on(at_work());
    println!(
        "resident with {AT_WORK} agents at work: {during:.1} MiB (before: {before:.1}; to reach: under 60)"
    );
}

/// CPU time of this process alone.
fn own_cpu() -> Duration {
    used(UsageWho::RUSAGE_SELF)
}

fn used(who: UsageWho) -> Duration {
    let usage = getrusage(who).unwrap();
    [usage.user_time(), usage.system_time()]
        .map(|time| {
            Duration::new(time.tv_sec().unsigned_abs(), u32::try_from(time.tv_usec()).unwrap() * 1000)
        })
        .iter()
        .sum()
}

/// CPU time of this process and of all children that it has waited for, and the wall clock.
fn measured(work: impl FnOnce()) -> (Duration, Duration) {
    let (before, start) = (cpu(), Instant::now());
    work();
    (cpu() - before, start.elapsed())
}

fn cpu() -> Duration {
    used(UsageWho::RUSAGE_SELF) + used(UsageWho::RUSAGE_CHILDREN)
}

fn shell_loop() {
    let repository = TempRepository::new();
    let script = format!(
        "OCTOPOID_RESULT=$PWD/../result; export OCTOPOID_RESULT; i=0
         while [ $i -lt {TASKS} ]; do
             git worktree add --quiet --detach ../w-$i main
             (cd ../w-$i && sh -c '{}')
             git worktree remove --force ../w-$i
             i=$((i + 1))
         done",
        TRIVIAL.replace('\'', "'\\''")
    );
    assert!(
        Command::new("sh").args(["-c", &script]).current_dir(repository.path()).status().unwrap().success()
    );
}

fn store(repository: &TempRepository) -> Arc<SqliteStore> {
    let path = repository.path().join(".octopoid/octopoid.db");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    Arc::new(SqliteStore::open(path, Arc::new(SystemClock), Policy::default()).unwrap())
}

async fn orchestrator(
    repository: &TempRepository,
    store: Arc<dyn Store>,
    agents: usize,
    command: &str,
) -> Orchestrator {
    Orchestrator::builder()
        .store(store)
        .repository(repository.path())
        .settings(
            Settings::new(OrchestratorId::new("local-bench").unwrap(), "main")
                .with_limits(Limits::default().with_agents(agents))
                .with_environment(std::env::vars().collect()),
        )
        .role(Arc::new(PlainRole::implement()))
        .runner(Arc::new(CommandRunner::new(repository.path())))
        .agents((0..agents).map(|number| {
            AgentSettings::new(AgentName::new(format!("agent-{number}")).unwrap(), RoleName::implement())
                .with_runner("command")
                .with_command(["/bin/sh", "-c", command])
        }))
        .allow_unserved()
        .build()
        .await
        .unwrap()
}

async fn orchestrated() {
    let repository = TempRepository::new();
    let store = store(&repository);
    for number in 0..TASKS {
        store.create_task(NewTask::new(format!("Task {number}"), "nothing")).await.unwrap();
    }
    orchestrator(&repository, store.clone(), AGENTS, TRIVIAL).await.run_until_idle().await.unwrap();
    let counts = store.queue_counts(&Scope::single()).await.unwrap();
    assert_eq!(counts.in_queue(Queue::NeedsContinuation), TASKS as u64, "{counts:?}");
    assert_eq!(std::fs::read_dir(repository.path().join(".octopoid/worktrees")).unwrap().count(), 0);
}

/// The resident memory of this process while agents wait for a file to go away.
async fn at_work() -> f64 {
    let repository = TempRepository::new();
    let store = store(&repository);
    for number in 0..AT_WORK {
        store.create_task(NewTask::new(format!("Task {number}"), "wait")).await.unwrap();
    }
    let wait = repository.beside("wait");
    std::fs::write(&wait, "").unwrap();
    let command = format!("while [ -e {} ]; do sleep 0.2; done; {TRIVIAL}", wait.display());
    let orchestrator = orchestrator(&repository, store, AT_WORK, &command).await;
    let mut events = orchestrator.events();
    let running = tokio::spawn(orchestrator.run_until_idle());
    let mut started = 0;
    while started < AT_WORK {
        let notice = events.next().await.expect("it runs until all have begun");
        if matches!(notice, Notice::RunStarted { .. }) {
            started += 1;
        }
    }
    // Until every agent is a process.
    let runs = repository.path().join(".octopoid/runtime/runs");
    while processes(&runs) < AT_WORK {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let resident = resident();
    std::fs::remove_file(wait).unwrap();
    running.await.unwrap().unwrap();
    resident
}

fn processes(runs: &Path) -> usize {
    let Ok(runs) = std::fs::read_dir(runs) else { return 0 };
    runs.flatten().filter(|run| run.path().join("call-1").is_dir()).count()
}

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}
