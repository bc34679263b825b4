//! What becomes of the folder.

use custom_store::FileStore;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{
    EventDraft, EventKind, MessageDraft, MessageKind, NewDraft, NewTask, Policy, Scope, TaskId,
};
use octopoid_core::store::{
    ActionQuery, DraftQuery, DraftStore, ErrorKind, EventLog, EventQuery, IdempotentStore, MachineQuery,
    ProjectQuery, RequestKey, Result, RunQuery, Store, StoreError, StoreExt, TaskQuery, TaskStore,
};
use octopoid_store::backend::{Backend, Reader, RecordKey, RecordKind, Transaction};
use std::path::{Path, PathBuf};
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

fn open(folder: &Path) -> Result<Arc<FileStore>> {
    Ok(Arc::new(custom_store::open(folder, Arc::new(SystemClock), Policy::default())?))
}

fn task(title: &str) -> NewTask {
    NewTask::new(title, "Do it.")
}

/// Where the changes are.
fn log(folder: &Path) -> PathBuf {
    folder.join("log.jsonl")
}

#[tokio::test]
async fn a_line_that_was_cut_off_never_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let store = open(path).unwrap();
    store.create_task(task("First")).await.unwrap();
    store.create_task(task("Second")).await.unwrap();
    drop(store);
    // As a crash leaves it: every length that the last line can have been cut to.
    let bytes = std::fs::read(log(path)).unwrap();
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for length in last..bytes.len() {
        std::fs::write(log(path), &bytes[..length]).unwrap();
        let store = open(path).unwrap();
        let counts = store.queue_counts(&Scope::single()).await.unwrap();
        assert_eq!(counts.queues.values().sum::<u64>(), 1, "cut to {length}");
    }
    let store = open(path).unwrap();
    assert_eq!(store.create_task(task("Third")).await.unwrap().id, TaskId::numbered(2));
    drop(store);
    let tasks = open(path).unwrap().all_tasks(&TaskQuery::new(Scope::single())).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.title.as_str()).collect::<Vec<_>>(), ["First", "Third"]);
}

#[tokio::test]
async fn a_crash_before_the_new_log_took_its_place_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let made = open(path).unwrap().create_task(task("First")).await.unwrap();
    std::fs::write(path.join("log.jsonl.new"), "{\"format\":1}\n[{\"put_ta").unwrap();
    assert_eq!(open(path).unwrap().task(&Scope::single(), &made.id).await.unwrap(), made);
}

#[tokio::test]
async fn i02_what_a_failed_transaction_wrote_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let store = open(path).unwrap();
    let made = store.create_task(task("First")).await.unwrap();
    let before = everything(&*store).await;
    let of_log = std::fs::read(log(path)).unwrap();
    for panics in [false, true] {
        let task = made.clone();
        let failed = store.backend().transact(move |transaction| {
            let at = transaction.now();
            let event = EventDraft::new(EventKind::Updated, "ada", None, None);
            transaction.append_event(&task.scope, &task.id, event, at)?;
            let message = MessageDraft::new(MessageKind::Comment, "ada", "Hello.");
            transaction.append_message(&task.scope, &task.id, message, at)?;
            transaction
                .put_record(RecordKey::scoped(RecordKind::Flow, &task.scope, "flow"), String::new())?;
            transaction.remove_task(&task)?;
            assert!(!panics, "a defect");
            Err::<(), _>(StoreError::internal("a defect"))
        });
        assert_eq!(failed.await.unwrap_err().kind(), &ErrorKind::Internal);
        assert_eq!(everything(&*store).await, before);
    }
    assert_eq!(std::fs::read(log(path)).unwrap(), of_log);
}

#[tokio::test]
async fn a_request_is_known_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let request = || RequestKey::new("key", [7; 32]);
    let draft = || NewDraft::new(Scope::single(), "A draft", "ada");
    let first = open(path).unwrap().for_request(request()).create_draft(draft()).await.unwrap();
    let store = open(path).unwrap();
    assert_eq!(store.clone().for_request(request()).create_draft(draft()).await.unwrap(), first);
    assert_eq!(store.list_drafts(&DraftQuery::new(Scope::single())).await.unwrap().total, 1);
}

#[tokio::test]
async fn looking_for_work_in_vain_is_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let store = open(path).unwrap();
    let before = std::fs::metadata(log(path)).unwrap().len();
    store.expire_leases(&Scope::single(), None).await.unwrap();
    store.task(&Scope::single(), &TaskId::numbered(1)).await.unwrap_err();
    store.delete_task(&Scope::single(), &TaskId::numbered(1), "ada").await.unwrap_err();
    assert_eq!(std::fs::metadata(log(path)).unwrap().len(), before);
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let store = open(path).unwrap();
    store.create_task(task("First")).await.unwrap();
    let error = open(path).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("is open in another process"), "{error}");
    drop(store);

    let whole = std::fs::read_to_string(log(path)).unwrap();
    std::fs::write(log(path), whole.replace("\"format\":1", "\"format\":2")).unwrap();
    let error = open(path).unwrap_err();
    assert!(error.to_string().contains("has format 2, not 1"), "{error}");

    std::fs::write(log(path), format!("{whole}{{}}\n")).unwrap();
    let error = open(path).unwrap_err();
    assert!(error.to_string().starts_with("line 3 of "), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_wakes_whoever_waits() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let waiting = store.clone();
    let woken = tokio::spawn(async move {
        waiting.wait_for_event(0).await?;
        waiting.task(&Scope::single(), &TaskId::numbered(1)).await
    });
    let made = store.create_task(task("First")).await.unwrap();
    assert_eq!(woken.await.unwrap().unwrap(), made);
}
