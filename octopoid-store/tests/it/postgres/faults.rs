//! Connections and databases that end at any moment.

use super::cluster::Cluster;
use super::open;
use crate::chaos::load::{Load, Scene, policy};
use octopoid_core::model::NewTask;
use octopoid_core::store::{EventLog, IdempotentStore, RequestKey, TaskStore};
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{PostgresOptions, PostgresStore};
use std::sync::Arc;

/// Ends every connection of stores.
const TERMINATE: &str =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'octopoid'";

/// Machines on three stores over one database, as three servers would be.
fn scene(url: &str) -> Scene {
    let clock = Arc::new(SteppedClock::new());
    let stores: Vec<Arc<PostgresStore>> = (0..3)
        .map(|_| {
            let options = PostgresOptions::new().with_clock(clock.clone());
            Arc::new(PostgresStore::connect(url.parse().unwrap(), policy(), options).unwrap())
        })
        .collect();
    let (server, next) = (Arc::clone(&stores[0]), std::sync::atomic::AtomicUsize::new(0));
    Scene {
        connect: Box::new(move |_| {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Box::pin(std::future::ready(stores[number % 3].clone() as Arc<dyn IdempotentStore>))
        }),
        pass: Arc::new(move |span| clock.advance(span)),
        server,
        history: Arc::default(),
        streams: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_connections_that_end_in_any_phase_lose_and_double_nothing() {
    let Some(cluster) = Cluster::start("-c fsync=off") else { return };
    let scene = scene(&cluster.url());
    let cluster = Arc::new(cluster);
    let trouble = async {
        for round in 1..=40 {
            scene.history.reached(round * 10).await;
            let cluster = Arc::clone(&cluster);
            tokio::task::spawn_blocking(move || cluster.sql(TERMINATE)).await.unwrap();
        }
    };
    Load::new(8, 60, 1).prove_despite(&scene, trouble).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i03_a_database_that_crashes_and_comes_back_loses_and_doubles_nothing() {
    let Some(cluster) = Cluster::start("-c fsync=on") else { return };
    let scene = scene(&cluster.url());
    let cluster = Arc::new(cluster);
    let trouble = async {
        for round in 1..=3 {
            scene.history.reached(round * 60).await;
            let cluster = Arc::clone(&cluster);
            tokio::task::spawn_blocking(move || {
                cluster.stop();
                cluster.begin();
            })
            .await
            .unwrap();
        }
    };
    Load::new(8, 40, 2).prove_despite(&scene, trouble).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i04_a_commit_whose_answer_is_lost_is_found_out() {
    let Some(cluster) = Cluster::start("-c fsync=off") else { return };
    let cluster = Arc::new(cluster);
    let store = Arc::new(open(&cluster.url()));
    let first = store.create_task(NewTask::new("First", "Do it.")).await.unwrap();
    // Commits are carried out and then wait for a standby that there is not, until their connection is ended.
    cluster.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    cluster.sql("SELECT pg_reload_conf()");
    let request = RequestKey::new("request", [1; 32]);
    let creating = tokio::spawn({
        let keyed = Arc::clone(&store).for_request(request.clone());
        async move { keyed.create_task(NewTask::new("Second", "Do it.")).await }
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    while cluster.sql(waiting) == "0" {
        tokio::task::yield_now().await;
    }
    cluster.sql("ALTER SYSTEM RESET synchronous_standby_names");
    cluster.sql(TERMINATE);
    let second = creating.await.unwrap().unwrap();
    cluster.sql("SELECT pg_reload_conf()");
    assert_eq!(store.task(&second.scope, &second.id).await.unwrap(), second);
    let again = Arc::clone(&store).for_request(request).create_task(NewTask::new("Second", "Do it.")).await;
    assert_eq!(again.unwrap(), second);
    assert_eq!(second.seq, first.seq + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i04_a_connection_that_ends_within_a_commit_leaves_nothing() {
    let Some(cluster) = Cluster::start("-c fsync=off") else { return };
    let url = cluster.url();
    let store = Arc::new(open(&url));
    let schema = url.rsplit('=').next().unwrap();
    // A trigger that is deferred to the commit, which it does not survive.
    cluster.sql(&format!(
        "CREATE FUNCTION {schema}.die() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER die AFTER INSERT ON {schema}.events DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION {schema}.die()"
    ));
    let request = RequestKey::new("request", [1; 32]);
    let new = || NewTask::new("A task", "Do it.");
    let error = Arc::clone(&store).for_request(request.clone()).create_task(new()).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    cluster.sql(&format!("DROP TRIGGER die ON {schema}.events"));
    assert_eq!(store.last_event().await.unwrap(), 0);
    let made = Arc::clone(&store).for_request(request).create_task(new()).await.unwrap();
    assert_eq!((made.seq, made.id.as_str()), (1, "task-1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_goes_on_after_its_connections_ended_while_nobody_used_them() {
    let Some(cluster) = Cluster::start("-c fsync=off") else { return };
    let store = open(&cluster.url());
    let task = store.create_task(NewTask::new("A task", "Do it.")).await.unwrap();
    store.task(&task.scope, &task.id).await.unwrap();
    cluster.sql(TERMINATE);
    // Neither is told of it.
    store.create_task(NewTask::new("Another", "Do it.")).await.unwrap();
    store.task(&task.scope, &task.id).await.unwrap();
}
