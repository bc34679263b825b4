//! A page of tasks that have been worked on, over HTTP and from the store itself.

use super::operation::{CONTENT, Held, Operation, lives};
use super::{load, part, server};
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{Policy, Scope};
use octopoid_core::store::{TaskQuery, TaskStore};
use octopoid_store::SqliteStore;
use std::sync::Arc;
use std::time::Instant;

/// How often the page is read.
const READS: usize = 200;

/// Reads pages of so many tasks: half of them wait for a person, half are done.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn measure(tasks: usize) {
    let server = server::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (_, _, held) = lives(tasks);
        let held: Arc<Held> = held.into();
        for operation in [Operation::Create, Operation::Claim, Operation::Submit] {
            load::run(operation, server.address, 16, 0..tasks, &held).await;
        }
        load::run(Operation::Accept, server.address, 16, 0..tasks / 2, &held).await;
        let path = server.folder.path().join("octopoid.db");
        let store = SqliteStore::open(path, Arc::new(SystemClock), Policy::default()).expect("a store");
        let mut query = TaskQuery::new(Scope::single());
        query.limit = u32::try_from(tasks).expect("few");
        let mut own = Vec::with_capacity(READS);
        for _ in 0..READS {
            let begun = Instant::now();
            let page = store.list_tasks(&query).await.expect("a page");
            own.push(begun.elapsed());
            assert!(page.items.len() == tasks && page.items[0].description == CONTENT);
        }
        let path = format!("/api/v1/tasks?limit={tasks}");
        let (mut over, size) = load::reads(server.address, &path, READS).await;
        println!("| tasks | bytes | over HTTP, median | 99th percentile | from the store, median |");
        println!("|---:|---:|---:|---:|---:|");
        println!(
            "| {tasks} | {size} | {:.1} ms | {:.1} ms | {:.1} ms |",
            part(&mut over, 0.5),
            part(&mut over, 0.99),
            part(&mut own, 0.5)
        );
    });
}
