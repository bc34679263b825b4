//! What is kept of the answers to requests that may come twice (I04).

use super::setting::{Folder, clock, raw, scope};
use octopoid_core::model::{
    AgentName, ClaimToken, Holder, NewTask, OrchestratorId, Policy, Queue, TaskId, TaskPatch,
};
use octopoid_core::store::{ClaimRequest, RequestKey, RequestLog, Store, StoreExt, TaskStore};
use octopoid_core::transition::{Actor, Command, Purpose};
use octopoid_store::{MemoryStore, SqliteStore};
use std::sync::Arc;
use std::time::Duration;

const DIGEST: [u8; 32] = [7; 32];

/// The store as a request with a key sees it.
fn request(store: &Arc<SqliteStore>, key: &str) -> Arc<dyn Store> {
    Arc::clone(store).for_request(RequestKey { key: key.to_owned(), digest: DIGEST })
}

/// Keeps an answer, as a program would that wrote it in this form.
fn keep(folder: &Folder, key: &str, answer: &str) {
    let sql = "INSERT INTO requests (key, digest, answer, at) VALUES (?1, ?2, ?3, 0)";
    raw(&folder.path()).execute(sql, (format!("0#{key}"), DIGEST, answer)).unwrap();
}

fn described(description: &str) -> Command {
    let mut patch = TaskPatch::default();
    patch.description = Some(description.to_owned());
    Command::Update { actor: Actor::Person("ada".to_owned()), patch }
}

fn claim() -> ClaimRequest {
    let holder = Holder {
        orchestrator: OrchestratorId::new("machine").unwrap(),
        agent: AgentName::new("agent").unwrap(),
    };
    let token = ClaimToken::new("token").unwrap();
    ClaimRequest::new(scope(), Purpose::Work, holder, token, Duration::from_secs(60))
}

#[tokio::test]
async fn the_description_of_a_task_is_not_kept_again_with_each_answer() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    let long = "Do it. ".repeat(20_000);
    let created = request(&store, "create").create_task(NewTask::new("Long", &long)).await.unwrap();
    let claimed = request(&store, "claim").claim(&claim()).await.unwrap().unwrap();
    assert_eq!((created.description.as_str(), claimed.description.as_str()), (&*long, &*long));

    let kept: (i64, i64) = raw(&folder.path())
        .query_row("SELECT count(*), sum(length(answer)) FROM requests", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!(kept.0 == 2 && kept.1 < 1_000, "{kept:?}");
    // Whoever asks again has it all the same.
    let again = request(&store, "create").create_task(NewTask::new("Long", &long)).await.unwrap();
    assert_eq!(again, created);
    assert_eq!(request(&store, "claim").claim(&claim()).await.unwrap(), Some(claimed.clone()));

    // As it is by then, or none where the task is gone, even if there is another of its name.
    store.apply(&scope(), &created.id, described("Do less.")).await.unwrap();
    let again = request(&store, "claim").claim(&claim()).await.unwrap().unwrap();
    assert_eq!((again.description.as_str(), again.version), ("Do less.", claimed.version));
    store.release(&scope(), &created.id, &claim().token, "enough").await.unwrap();
    store.delete_task(&scope(), &created.id, "ada").await.unwrap();
    store.create_task(NewTask::new("Another", "Do this.").with_id(created.id.clone())).await.unwrap();
    let again = request(&store, "claim").claim(&claim()).await.unwrap().unwrap();
    assert_eq!((again.description.as_str(), again.queue(), again.seq), ("", Queue::Claimed, created.seq));
}

#[tokio::test]
async fn i04_an_answer_that_an_older_version_kept_is_still_given() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    let task = MemoryStore::new(clock(), Policy::default())
        .create_task(NewTask::new("Then", "Do it.").with_id(TaskId::new("then").unwrap()))
        .await
        .unwrap();
    // The three ways in which a task was kept: as one, as perhaps one, and as several.
    let task_json = serde_json::to_string(&task).unwrap();
    for (key, answer) in
        [("one", task_json.clone()), ("maybe", task_json.clone()), ("many", format!("[{task_json}]"))]
    {
        keep(&folder, key, &format!(r#"{{"done":{answer}}}"#));
    }
    let anew = NewTask::new("Now", "Do that.");
    assert_eq!(request(&store, "one").create_task(anew).await.unwrap(), task);
    assert_eq!(request(&store, "maybe").claim(&claim()).await.unwrap(), Some(task.clone()));
    assert_eq!(request(&store, "many").expire_leases(&scope(), None).await.unwrap(), vec![task]);
}

/// Answers are kept for a day, so the next version must read what this one and those before it wrote, letter by letter.
#[tokio::test]
async fn i04_the_forms_in_which_tasks_are_kept_stay_readable() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    let by_name = r#"{"done":{"id":"task-7","scope":"default","seq":7,"key":"k","title":"Title","description":"Do it.",
        "role":"implement","priority":"P1","complexity":"M","branch":"main","state":{"queue":"incoming"},
        "blockers":[{"id":"task-3","resolved":true}],
        "counters":{"runs":1,"attempts":2,"review_rounds":3,"conflicts":4,"rejections":5},"submission":null,
        "attributes":{"pr_number":12},"note":"not yet","settled":{"token":"t","command":"submit"},
        "created_at":"1970-01-01T00:00:01.000Z","updated_at":"1970-01-01T00:00:02.000Z","version":6}}"#;
    let by_place = r#"{"tasks":[["task-7","default",7,"k","Title","implement","P1","M","main",{"queue":"incoming"},
        [{"id":"task-3","resolved":true}],[1,2,3,4,5],null,{"pr_number":12},null,"not yet",
        {"token":"t","command":"submit"},1000,2000,6]]}"#;
    for (key, answer) in [("name", by_name), ("place", by_place)] {
        keep(&folder, key, answer);
    }
    let named = request(&store, "name").create_task(NewTask::new("Now", "Do that.")).await.unwrap();
    let mut placed = request(&store, "place").create_task(NewTask::new("Now", "Do that.")).await.unwrap();
    assert_eq!((named.key.as_deref(), named.branch.as_deref()), (Some("k"), Some("main")));
    assert_eq!((named.version, named.counters.rejections), (6, 5));
    assert_eq!(placed.description, "");
    placed.description = named.description.clone();
    assert_eq!(placed, named);
}
