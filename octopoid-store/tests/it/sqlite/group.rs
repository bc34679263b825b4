//! Many callers, one commit.

use super::setting::{Folder, assert_sound, create, open_with, raw, scope};
use octopoid_core::model::{Holder, NewTask, Policy, Priority, Queue, RoleName, TaskId, TaskPatch};
use octopoid_core::store::{ClaimRequest, ErrorKind, EventLog, EventQuery, StoreError, TaskStore};
use octopoid_core::transition::{Actor, Command, Purpose};
use octopoid_store::{SqliteOptions, SqliteStore};
use std::sync::Arc;
use std::time::Duration;

/// Lets many requests wait behind a lock, so that they are committed together once it goes.
async fn together(
    store: &Arc<SqliteStore>,
    requests: Vec<NewTask>,
    lock: &rusqlite::Connection,
) -> Vec<Result<TaskId, StoreError>> {
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let callers: Vec<_> = requests
        .into_iter()
        .map(|new| {
            let store = Arc::clone(store);
            tokio::spawn(async move { store.create_task(new).await.map(|task| task.id) })
        })
        .collect();
    // Each caller has handed its request in once it waits for the answer.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    lock.execute_batch("ROLLBACK").unwrap();
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn a_refused_request_does_not_take_others_with_it() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    let mut requests: Vec<_> =
        (0..20).map(|number| NewTask::new(format!("Number {number}"), "Do it.")).collect();
    requests[7].description = String::new();
    requests[11].blocked_by = vec![TaskId::new("missing").unwrap()];
    let answers = together(&store, requests, &raw(&folder.path())).await;
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.is_ok(), number != 7 && number != 11, "{number}: {answer:?}");
    }
    assert_eq!(store.last_event().await.unwrap(), 18);
}

#[tokio::test]
async fn a_request_that_breaks_the_transaction_does_not_take_others_with_it() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    // A defect that the engine knows nothing of.
    let file = raw(&folder.path());
    file.execute_batch(
        "CREATE TRIGGER defect AFTER INSERT ON descriptions WHEN new.body = 'bad'
         BEGIN SELECT RAISE(ABORT, 'a defect'); END",
    )
    .unwrap();
    let mut requests: Vec<_> =
        (0..20).map(|number| NewTask::new(format!("Number {number}"), "Do it.")).collect();
    requests[13].description = "bad".to_owned();
    let answers = together(&store, requests, &file).await;
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Ok(_) => assert_ne!(number, 13),
            Err(error) => assert_eq!((number, error.kind()), (13, &ErrorKind::Internal)),
        }
    }
    // Nothing of the broken one is left, and each of the others has its event once.
    let events = store.events(&EventQuery::after(scope(), 0)).await.unwrap();
    assert_eq!(events.len(), 19);
    drop(store);
    assert_sound(&folder.path());
}

#[tokio::test]
async fn a_lock_held_for_too_long_is_unavailable_and_passes() {
    let folder = Folder::new();
    let options = SqliteOptions::new().with_busy_timeout(Duration::from_millis(20));
    let store = open_with(&folder.path(), options).unwrap();
    let lock = raw(&folder.path());
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = create(&store, "A task").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unavailable);
    assert!(error.to_string().contains("busy"), "{error}");
    // Reading goes on meanwhile.
    assert_eq!(store.last_event().await.unwrap(), 0);
    lock.execute_batch("ROLLBACK").unwrap();
    assert_eq!(create(&store, "A task").await.unwrap().id.as_str(), "task-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn i03_two_stores_on_one_file_share_the_work() {
    let folder = Folder::new();
    let stores = [Arc::new(folder.open()), Arc::new(folder.open())];
    let creators: Vec<_> = (0..40)
        .map(|number: usize| {
            let store = Arc::clone(&stores[number % 2]);
            tokio::spawn(async move { create(&store, &format!("Number {number}")).await.unwrap() })
        })
        .collect();
    let mut ids = Vec::new();
    for creator in creators {
        ids.push(creator.await.unwrap().id);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    assert_eq!(stores[0].policy(), &Policy::default());
}

#[tokio::test]
async fn claims_of_one_commit_see_what_was_written_between_them() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    for number in 1..=6 {
        create(&store, &format!("Number {number}")).await.unwrap();
    }
    let lock = raw(&folder.path());
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let claim = |token: &str| {
        let holder = Holder::new("machine".parse().unwrap(), "agent".parse().unwrap());
        let (token, lease) = (token.parse().unwrap(), Duration::from_secs(60));
        let request =
            ClaimRequest::new(scope(), Purpose::Work, holder, token, lease).with_role(RoleName::implement());
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.claim(&request).await.unwrap().map(|task| task.id.to_string()) })
    };
    let apply = |id: &str, command: Command| {
        let (store, id) = (Arc::clone(&store), id.parse().unwrap());
        tokio::spawn(async move { store.apply(&scope(), &id, command).await.unwrap() })
    };
    let ada = || Actor::Person("ada".to_owned());
    let mut urgent = TaskPatch::default();
    urgent.priority = Some(Priority::P0);
    // On this runtime the requests are handed in in this order.
    let first = claim("1");
    let second = claim("2");
    let raised = apply("task-6", Command::Update { actor: ada(), patch: urgent });
    let third = claim("3");
    let cancelled = apply("task-3", Command::Cancel { actor: ada(), reason: String::new() });
    let released =
        apply("task-1", Command::Force { actor: ada(), to: Queue::Incoming.into(), reason: "again".into() });
    let fourth = claim("4");
    let created = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.create_task(NewTask::new("New", "Do it.").with_priority(Priority::P1)).await.unwrap() }
    });
    // A claim that is asked for again has its task, and the next one does not miss its own (I04).
    let (fifth, again, sixth) = (claim("5"), claim("5"), claim("6"));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    lock.execute_batch("ROLLBACK").unwrap();
    let mut claimed = Vec::new();
    for claim in [first, second, third, fourth, fifth, again, sixth] {
        claimed.push(claim.await.unwrap().unwrap());
    }
    assert_eq!(claimed, ["task-1", "task-2", "task-6", "task-1", "task-7", "task-7", "task-4"]);
    for done in [cancelled, raised, released, created] {
        done.await.unwrap();
    }
}

#[tokio::test]
async fn i02_a_claim_that_cannot_be_recorded_is_not_made() {
    let folder = Folder::new();
    let store = folder.open();
    let id = create(&store, "One").await.unwrap().id;
    raw(&folder.path())
        .execute_batch(
            "CREATE TRIGGER defect BEFORE INSERT ON events WHEN new.kind = 'claimed'
             BEGIN SELECT RAISE(ABORT, 'a defect'); END",
        )
        .unwrap();
    let holder = Holder::new("machine".parse().unwrap(), "agent".parse().unwrap());
    let lease = Duration::from_secs(60);
    let request = ClaimRequest::new(scope(), Purpose::Work, holder, "t".parse().unwrap(), lease);
    let error = store.claim(&request).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Internal);
    assert_eq!(store.task(&scope(), &id).await.unwrap().queue(), Queue::Incoming);
}
