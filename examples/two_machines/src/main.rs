//! A server and two orchestrators that draw on its queue, each with a clone of its own of one repository.
//!
//! `north` has agents that implement, `south` has one that reviews and some that implement. What one submits, the other
//! may review and land: the work goes through the common remote, the queue through the server. Run it with
//! `cargo run -p two_machines`; it prints who did what, and ends when every task is done.

mod machine;

use machine::Machine;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{NewTask, Policy, Queue, Scope};
use octopoid_core::store::{EventLog, RunQuery, RunStore, StoreExt, TaskQuery, TaskStore};
use octopoid_core::testing::TempRepository;
use octopoid_store::server::Server;
use octopoid_store::server::Shutdown;
use octopoid_store::server::http::{MiddlewareOptions, ServeOptions, bind};
use octopoid_store::{HttpOptions, HttpStore, SqliteStore};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;

/// How many tasks there are to do.
const TASKS: u64 = 6;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The server, over a durable database.
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(SystemClock);
    let store =
        Arc::new(SqliteStore::open(folder.path().join("octopoid.db"), clock.clone(), Policy::default())?);
    let listener = bind("127.0.0.1:0".parse()?)?;
    let address = listener.local_addr()?;
    let shutdown = Shutdown::new();
    let server = Server::new(store.clone(), clock.clone()).with_keys(store.clone());
    let stop = shutdown.clone().wait_owned();
    let serving =
        tokio::spawn(server.serve(listener, MiddlewareOptions::new(address), ServeOptions::new(), stop));
    let url = format!("http://{address}");

    // One repository, to which both machines push.
    let seed = TempRepository::new();
    let origin = seed.add_remote("origin");

    // Somebody puts tasks in.
    let person = HttpStore::connect(HttpOptions::new(url.clone(), clock)).await?;
    for number in 1..=TASKS {
        person.create_task(NewTask::new(format!("Task number {number}"), "Write a file.")).await?;
    }

    let north = Machine::start("north", &["implement"], &url, &origin, folder.path()).await?;
    let south = Machine::start("south", &["implement", "review"], &url, &origin, folder.path()).await?;
    let scope = Scope::single();
    let mut seen = 0;
    while person.queue_counts(&scope).await?.in_queue(Queue::Done) < TASKS {
        person.wait_for_event(seen).await?;
        seen = person.last_event().await?;
    }
    north.stop().await?;
    south.stop().await?;

    let mut out = std::io::stdout().lock();
    for task in person.all_tasks(&TaskQuery::new(scope.clone())).await? {
        let mut who = BTreeMap::new();
        for run in person.list_runs(&RunQuery::new(scope.clone()).of_task(task.id.clone())).await? {
            let did = run.role.map_or_else(|| "land".to_owned(), Into::into);
            who.insert(did, run.orchestrator.to_string());
        }
        let of = |did: &str| who.get(did).map_or("nobody", String::as_str);
        writeln!(
            out,
            "{}: {}, implemented by {}, reviewed by {}, landed by {}",
            task.id,
            task.queue(),
            of("implement"),
            of("review"),
            of("land")
        )?;
    }
    let commits =
        origin.git(&["log", "--format=%s", "main"]).lines().filter(|line| line.contains("task-")).count();
    writeln!(out, "main has {commits} commits of {TASKS} tasks")?;
    drop(out);
    drop(person);
    shutdown.trigger();
    serving.await??;
    Ok(())
}
