//! Opening and closing.

use super::setting::{Folder, assert_sound, create, open, open_with, raw, scope};
use octopoid_core::model::{NewTask, Queue};
use octopoid_core::store::{ErrorKind, EventLog, TaskStore};
use octopoid_store::{SqliteOptions, SqliteStore, Synchronous};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Barrier};

fn refusal(result: Result<SqliteStore, octopoid_core::store::StoreError>, field: &str) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Invalid { field: field.to_owned() }, "{error}");
    error.to_string()
}

#[tokio::test]
async fn what_was_answered_is_there_when_the_file_is_opened_again() {
    let folder = Folder::new();
    let store = folder.open();
    let task = create(&store, "A task").await.unwrap();
    drop(store);
    let store = folder.open();
    assert_eq!(store.task(&scope(), &task.id).await.unwrap(), task);
    assert_eq!(store.last_event().await.unwrap(), 1);
    assert_eq!(create(&store, "Another").await.unwrap().id.as_str(), "task-2");
}

#[tokio::test]
async fn closing_leaves_one_file_though_others_changes_were_watched() {
    for _ in 0..50 {
        let folder = Folder::new();
        let store = Arc::new(folder.open());
        create(&store, "One").await.unwrap();
        let waiting = tokio::spawn({
            let store = Arc::clone(&store);
            async move { store.wait_for_event(u64::MAX).await }
        });
        tokio::task::yield_now().await;
        store.close();
        assert!(waiting.await.unwrap().is_err());
        assert_eq!(folder.files(), ["octopoid.db"]);
    }
}

#[tokio::test]
async fn closing_carries_out_what_was_handed_in_and_leaves_one_file() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    let creators: Vec<_> = (0..50)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { create(&store, &format!("Number {number}")).await })
        })
        .collect();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.wait_for_event(u64::MAX).await }
    });
    let mut made = 0;
    for creator in creators {
        made += u32::from(creator.await.unwrap().is_ok());
    }
    assert_eq!(made, 50);
    store.close();
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), &ErrorKind::Unavailable);
    assert_eq!(create(&store, "Too late").await.unwrap_err().kind(), &ErrorKind::Unavailable);
    assert_eq!(store.wait_for_event(0).await.unwrap_err().kind(), &ErrorKind::Unavailable);
    assert_eq!(folder.files(), ["octopoid.db"]);
    assert_sound(&folder.path());
}

#[tokio::test]
async fn only_its_owner_can_read_the_file() {
    let folder = Folder::new();
    let store = folder.open();
    create(&store, "A task").await.unwrap();
    for name in ["octopoid.db", "octopoid.db-wal", "octopoid.db-shm"] {
        let mode = folder.folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_a_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    let text = "This is a letter, and not a short one at that. ".repeat(100);
    std::fs::write(folder.path(), &text).unwrap();
    assert!(refusal(open(&folder.path()), "database").contains("is not a database"));
    assert_eq!(std::fs::read_to_string(folder.path()).unwrap(), text);
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    raw(&folder.path()).execute_batch("CREATE TABLE letters (body TEXT)").unwrap();
    let before = std::fs::read(folder.path()).unwrap();
    assert!(refusal(open(&folder.path()), "database").contains("another program"));
    assert_eq!(std::fs::read(folder.path()).unwrap(), before);
}

#[tokio::test]
async fn a_newer_versions_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    drop(folder.open());
    raw(&folder.path()).execute_batch("PRAGMA user_version = 99").unwrap();
    let message = refusal(open(&folder.path()), "database");
    assert!(message.contains("newer Octopoid") && message.contains("99"), "{message}");
}

#[tokio::test]
async fn a_missing_folder_is_said() {
    let folder = Folder::new();
    let error = open(&folder.folder.path().join("no/such/folder.db")).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unavailable);
    assert!(error.to_string().contains("no/such/folder.db"), "{error}");
}

#[tokio::test]
async fn a_path_is_only_a_path() {
    let folder = Folder::new();
    for name in ["file:x?mode=memory", "naïve 🐙 name.db", "with'quote.db", "%41.db"] {
        let path = folder.folder.path().join(name);
        let store = open(&path).unwrap();
        create(&store, "A task").await.unwrap();
        // Its log is watched under that name too.
        store.wait_for_event(0).await.unwrap();
        drop(store);
        assert!(path.exists(), "{name}");
    }
}

#[test]
fn a_new_file_is_made_once_by_many_at_once() {
    let folder = Folder::new();
    let start = Barrier::new(8);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                start.wait();
                drop(folder.open());
            });
        }
    });
    assert_sound(&folder.path());
}

#[tokio::test]
async fn the_options_are_used() {
    let folder = Folder::new();
    let options = SqliteOptions::new().with_synchronous(Synchronous::Normal).with_readers(0).with_group(0);
    let store = open_with(&folder.path(), options).unwrap();
    let task = create(&store, "A task").await.unwrap();
    assert_eq!(store.task(&scope(), &task.id).await.unwrap(), task);
}

#[tokio::test]
async fn i01_contradictory_states_cannot_be_stored() {
    let folder = Folder::new();
    let store = folder.open();
    create(&store, "A task").await.unwrap();
    store
        .create_task(NewTask::new("Waits", "Do it.").with_blocked_by(["task-1".parse().unwrap()]))
        .await
        .unwrap();
    drop(store);
    let file = raw(&folder.path());
    let claim = "claim_token = 't', claim_orchestrator = 'o', claim_agent = 'a', claimed_at = 1, lease_expires_at = 2";
    for change in [
        claim.to_owned(),
        "queue = 'claimed'".to_owned(),
        format!("queue = 'done', done_at = 1, {claim}"),
        "queue = 'done'".to_owned(),
        "queue = 'failed'".to_owned(),
        "queue = 'failed', reason = ''".to_owned(),
        "queue = 'needs_continuation'".to_owned(),
        "queue = 'somewhere'".to_owned(),
        "queue = 'blocked'".to_owned(),
        "queue = 'provisional'".to_owned(),
        "queue = 'provisional', hold = 'person'".to_owned(),
        "queue = 'provisional', hold = 'claimed'".to_owned(),
        format!("queue = 'provisional', hold = 'free', {claim}"),
        "hold = 'free'".to_owned(),
        "landed = 'x'".to_owned(),
        "approved_by = 'x', approved_at = 1, approved_by_person = 1".to_owned(),
        "reason = 'x'".to_owned(),
        "unresolved = 1, blockers = 1".to_owned(),
        "settled_token = 't'".to_owned(),
        "version = 0".to_owned(),
        "priority = 4".to_owned(),
    ] {
        let changed = file.execute(&format!("UPDATE tasks SET {change} WHERE id = 'task-1'"), []);
        assert!(changed.is_err(), "{change} was stored");
    }
    let claimed = format!("UPDATE tasks SET queue = 'claimed', {claim} WHERE id = ?1");
    assert_eq!(file.execute(&claimed, ["task-1"]).unwrap(), 1);
    assert!(file.execute(&claimed, ["task-2"]).is_err(), "a blocked task was claimed");
    assert!(file.execute("UPDATE tasks SET queue = 'incoming' WHERE id = 'task-2'", []).is_err());
    assert_eq!(file.query_row("SELECT count(*) FROM tasks", [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    assert_eq!(Queue::Claimed.as_str(), "claimed");
}
