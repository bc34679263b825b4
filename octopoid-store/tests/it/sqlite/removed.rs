//! A database that is removed while it is in use.

use super::setting::{Folder, assert_sound, create, open, scope};
use octopoid_core::clock::SystemClock;
use octopoid_core::model::Policy;
use octopoid_core::store::{ErrorKind, EventLog, StoreError, TaskQuery, TaskStore};
use octopoid_store::{SqliteOptions, SqliteStore, saved_copies};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

/// Removes the database with the files beside it, as `git clean` does.
fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{suffix}", path.display())).unwrap();
    }
}

#[track_caller]
fn is_gone<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Gone, "{error}");
    error.to_string()
}

#[tokio::test]
async fn what_was_in_a_removed_database_is_saved_beside_and_nothing_more_is_written() {
    let folder = Folder::new();
    let store = folder.open();
    let task = create(&store, "Kept").await.unwrap();
    remove(&folder.path());
    // A read notices it, and a write.
    let said = is_gone(store.task(&scope(), &task.id).await);
    let copies = saved_copies(folder.path());
    assert_eq!(copies.len(), 1, "{said}");
    assert!(said.contains("was removed") && said.contains(copies[0].to_str().unwrap()), "{said}");
    assert_eq!(is_gone(create(&store, "Lost").await), said);
    assert_eq!(copies[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);

    // Another process makes a new one, which closing the first leaves alone.
    let other = open(&folder.path()).unwrap();
    create(&other, "New").await.unwrap();
    is_gone(store.list_tasks(&TaskQuery::new(scope())).await);
    store.close();
    create(&other, "Newer").await.unwrap();
    let third = open(&folder.path()).unwrap();
    assert_eq!(third.last_event().await.unwrap(), 2);
    drop((other, third));
    assert_sound(&folder.path());
    // The copy is a database like any other.
    std::fs::rename(&copies[0], folder.path()).unwrap();
    let restored = open(&folder.path()).unwrap();
    assert_eq!(restored.task(&scope(), &task.id).await.unwrap(), task);
    assert_eq!(create(&restored, "Next").await.unwrap().id.as_str(), "task-2");
}

#[tokio::test]
async fn a_database_under_the_same_name_is_not_taken_for_the_one_that_was_opened() {
    let folder = Folder::new();
    let store = folder.open();
    create(&store, "Mine").await.unwrap();
    remove(&folder.path());
    let other = open(&folder.path()).unwrap();
    create(&other, "Theirs").await.unwrap();
    let said = is_gone(create(&store, "Lost").await);
    assert!(said.contains("was replaced by another file"), "{said}");
    assert_eq!(other.list_tasks(&TaskQuery::new(scope())).await.unwrap().total, 1);
    assert_eq!(saved_copies(folder.path()).len(), 1);
}

#[tokio::test]
async fn who_waits_for_events_is_told_that_the_database_was_removed() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    create(&store, "Seen").await.unwrap();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.wait_for_event(1).await }
    });
    tokio::task::yield_now().await;
    remove(&folder.path());
    waiting.await.unwrap().unwrap_err();
    is_gone(store.last_event().await);
}

#[tokio::test]
async fn a_database_that_is_removed_with_its_folder_is_saved_where_the_options_say() {
    let folder = Folder::new();
    let inner = folder.folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let (path, clock) = (inner.join("octopoid.db"), Arc::new(SystemClock));
    let options = SqliteOptions::new().with_rescue_folder(folder.folder.path());
    let store = SqliteStore::open_with(&path, clock.clone(), Policy::default(), options).unwrap();
    let task = create(&store, "Kept").await.unwrap();
    std::fs::remove_dir_all(&inner).unwrap();
    let said = is_gone(store.task(&scope(), &task.id).await);
    let copies = saved_copies(folder.folder.path().join("octopoid.db"));
    assert!(said.contains(copies[0].to_str().unwrap()), "{said}");
    assert_eq!(open(&copies[0]).unwrap().task(&scope(), &task.id).await.unwrap(), task);
    // Without such a folder it is said that it is lost.
    std::fs::create_dir(&inner).unwrap();
    let store = SqliteStore::open(&path, clock, Policy::default()).unwrap();
    create(&store, "Lost").await.unwrap();
    std::fs::remove_dir_all(&inner).unwrap();
    let said = is_gone(create(&store, "Lost too").await);
    assert!(said.contains("could not be saved (its folder is gone too)"), "{said}");
}
