//! Migrations, and servers of other versions.

use super::cluster::shared;
use super::open;
use octopoid_core::model::{NewTask, Policy};
use octopoid_core::store::{ErrorKind, Store, TaskStore};
use octopoid_store::{OpenOptions, PostgresOptions, PostgresStore, StoreUrl};
use std::sync::{Arc, Barrier};

fn schema(url: &str) -> &str {
    url.rsplit('=').next().unwrap()
}

#[test]
fn servers_that_begin_at_once_make_the_tables_once() {
    let Some(cluster) = shared() else { return };
    let (url, start) = (cluster.url(), Barrier::new(6));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                start.wait();
                open(&url);
            });
        }
    });
    let versions = cluster.sql(&format!("SELECT version FROM {}.schema_version", schema(&url)));
    assert_eq!(versions, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_on_which_only_newer_programs_may_work_are_refused() {
    let Some(cluster) = shared() else { return };
    let url = cluster.url();
    let running = open(&url);
    // A neighbour has added something that this version need not know.
    cluster.sql(&format!("UPDATE {}.schema_version SET version = 2", schema(&url)));
    running.create_task(NewTask::new("A task", "Do it.")).await.unwrap();
    open(&url);
    // And now something without which it would do harm.
    cluster.sql(&format!("UPDATE {}.schema_version SET version = 3, oldest = 3", schema(&url)));
    let error =
        PostgresStore::connect(url.parse().unwrap(), Policy::default(), PostgresOptions::new()).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Invalid { field: "database".to_owned() });
    assert!(error.to_string().contains("newer Octopoid (version 3, this one knows 1)"), "{error}");
    let refused = running.create_task(NewTask::new("Another", "Do it.")).await.unwrap_err();
    assert!(refused.is_retryable() && refused.to_string().contains("newer Octopoid"), "{refused}");
}

#[test]
fn a_schema_of_another_program_is_left_alone() {
    let Some(cluster) = shared() else { return };
    let url = cluster.url();
    cluster.sql(&format!("CREATE SCHEMA {0}; CREATE TABLE {0}.tasks (theirs int)", schema(&url)));
    let error =
        PostgresStore::connect(url.parse().unwrap(), Policy::default(), PostgresOptions::new()).unwrap_err();
    assert!(error.to_string().contains("another program's"), "{error}");
    assert_eq!(cluster.sql(&format!("SELECT count(*) FROM {}.tasks", schema(&url))), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_opened_by_its_address() {
    let Some(cluster) = shared() else { return };
    let url: StoreUrl = cluster.url().replace("postgres://", "postgresql://").parse().unwrap();
    let clock = Arc::new(octopoid_core::clock::SystemClock);
    let store: Arc<dyn Store> = octopoid_store::open(&url, OpenOptions::new(clock)).await.unwrap();
    let task = store.create_task(NewTask::new("A task", "Do it.")).await.unwrap();
    assert_eq!(
        open(&cluster.url_of(schema(&url.to_string()))).task(&task.scope, &task.id).await.unwrap(),
        task
    );
}

#[test]
fn i28_what_is_said_about_a_database_that_is_away_has_no_password() {
    let url = "postgres://ada:s3cret@/queue?host=%2Fnowhere".parse().unwrap();
    let error = PostgresStore::connect(url, Policy::default(), PostgresOptions::new()).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let said = format!("{error} {error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string));
    assert!(said.contains("postgres://ada@/nowhere") && !said.contains("s3cret"), "{said}");
}
