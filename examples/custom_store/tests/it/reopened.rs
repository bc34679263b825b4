//! What becomes of the file.

use custom_store::JournalStore;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{NewDraft, NewTask, Policy, Scope, TaskId};
use octopoid_core::store::{
    ActionQuery, DraftQuery, DraftStore, ErrorKind, EventLog, EventQuery, MachineQuery, ProjectQuery,
    RequestKey, RequestLog, Result, RunQuery, Store, StoreExt, TaskQuery, TaskStore,
};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// All that a store says, as text.
pub(crate) async fn everything(store: &dyn Store) -> String {
    let mut scopes = store.scopes().await.unwrap();
    scopes.extend([Scope::single(), Scope::new("other").unwrap()]);
    scopes.sort();
    scopes.dedup();
    let mut text = format!("{} {scopes:?}", store.last_event().await.unwrap());
    for scope in scopes {
        let tasks = store.all_tasks(&TaskQuery::new(scope.clone())).await.unwrap();
        for task in &tasks {
            let messages = store.messages(&scope, &task.id).await.unwrap();
            text +=
                &format!("\n{task:?}\n{messages:?}\n{:?}", store.history(&scope, &task.id).await.unwrap());
        }
        text += &format!(
            "\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
            store.queue_counts(&scope).await.unwrap(),
            store.events(&EventQuery::after(scope.clone(), 0)).await.unwrap(),
            store.list_runs(&RunQuery::new(scope.clone())).await.unwrap(),
            store.list_projects(&ProjectQuery::new(scope.clone())).await.unwrap(),
            store.list_drafts(&DraftQuery::new(scope.clone())).await.unwrap(),
            store.list_actions(&ActionQuery::new(scope.clone())).await.unwrap(),
            store.flows(&scope).await.unwrap(),
            store.roles(&scope).await.unwrap(),
            store.machines(&MachineQuery::new(scope.clone())).await.unwrap(),
        );
    }
    text
}

async fn open(path: &Path) -> Result<Arc<JournalStore>> {
    Ok(Arc::new(JournalStore::open(path, Arc::new(SystemClock), Policy::default()).await?))
}

fn task(title: &str) -> NewTask {
    NewTask::new(title, "Do it.")
}

#[tokio::test]
async fn a_line_that_was_cut_off_never_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.jsonl");
    let store = open(&path).await.unwrap();
    store.create_task(task("First")).await.unwrap();
    store.create_task(task("Second")).await.unwrap();
    drop(store);
    // As a crash leaves it: every length that the last line can have been cut to.
    let bytes = std::fs::read(&path).unwrap();
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for length in last..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let store = open(&path).await.unwrap();
        let counts = store.queue_counts(&Scope::single()).await.unwrap();
        assert_eq!(counts.queues.values().sum::<u64>(), 1, "cut to {length}");
        // And what comes next stands on a line of its own.
        if length == bytes.len() - 1 {
            assert_eq!(store.create_task(task("Third")).await.unwrap().id, TaskId::numbered(2));
            drop(store);
            let titles =
                open(&path).await.unwrap().all_tasks(&TaskQuery::new(Scope::single())).await.unwrap();
            assert_eq!(titles.iter().map(|task| task.title.as_str()).collect::<Vec<_>>(), ["First", "Third"]);
        }
    }
}

#[tokio::test]
async fn a_request_is_known_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.jsonl");
    let request = || RequestKey { key: "key".to_owned(), digest: [7; 32] };
    let draft = || NewDraft::new(Scope::single(), "A draft", "ada");
    let first = open(&path).await.unwrap().for_request(request()).create_draft(draft()).await.unwrap();
    let store = open(&path).await.unwrap();
    assert_eq!(store.clone().for_request(request()).create_draft(draft()).await.unwrap(), first);
    assert_eq!(store.list_drafts(&DraftQuery::new(Scope::single())).await.unwrap().total, 1);
}

#[tokio::test]
async fn looking_for_work_in_vain_is_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.jsonl");
    let store = open(&path).await.unwrap();
    let before = std::fs::metadata(&path).unwrap().len();
    store.expire_leases(&Scope::single(), None).await.unwrap();
    store.task(&Scope::single(), &TaskId::numbered(1)).await.unwrap_err();
    store.delete_task(&Scope::single(), &TaskId::numbered(1), "ada").await.unwrap_err();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), before);
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.jsonl");
    let store = open(&path).await.unwrap();
    store.create_task(task("First")).await.unwrap();
    let error = open(&path).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("is open in another place"), "{error}");
    drop(store);

    let mut other = Policy::default();
    other.attempts += 1;
    let error = JournalStore::open(&path, Arc::new(SystemClock), other).await.unwrap_err();
    assert!(error.to_string().contains("another policy"), "{error}");

    let kept = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, kept.replace("\"newest\":1", "\"newest\":2")).unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(error.to_string().starts_with("line 2 of the journal"), "{error}");

    std::fs::write(&path, &kept).unwrap();
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{}\n").unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(error.to_string().contains("line 3 of the journal"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_wakes_whoever_waits() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("tasks.jsonl")).await.unwrap();
    let waiting = store.clone();
    let woken = tokio::spawn(async move {
        waiting.wait_for_event(0).await?;
        waiting.task(&Scope::single(), &TaskId::numbered(1)).await
    });
    let made = store.create_task(task("First")).await.unwrap();
    assert_eq!(woken.await.unwrap().unwrap(), made);
}
