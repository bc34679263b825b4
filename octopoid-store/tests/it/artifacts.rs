//! Stores of artifacts: in a folder, and over HTTP.

use crate::contract::setting::Setting;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{
    AgentName, ArtifactKey, ArtifactKind, NewTask, OrchestratorId, Run, RunId, Scope, TaskId, Timestamp,
};
use octopoid_core::store::{
    ArtifactBound, ArtifactPart, ArtifactReader, ArtifactStore, ErrorKind, Retention, Store,
};
use octopoid_store::artifacts::{FolderArtifacts, ObjectArtifacts};
use octopoid_store::{HttpOptions, HttpStore};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Bound in these tests: a hundred bytes, and the line that says that it is reached.
const BOUND: ArtifactBound = ArtifactBound::new(100 + ArtifactBound::LEFT_OUT.len() as u64);

fn scope(name: &str) -> Scope {
    Scope::new(name).unwrap()
}

fn key(scope_name: &str, task: &str, number: u32, kind: ArtifactKind) -> ArtifactKey {
    let task = TaskId::new(task).unwrap();
    ArtifactKey::new(scope(scope_name), task.clone(), RunId::of(&task, number), kind)
}

fn log(number: u32) -> ArtifactKey {
    key("mine", "task-1", number, ArtifactKind::Log)
}

async fn text(store: &dyn ArtifactStore, key: &ArtifactKey) -> String {
    String::from_utf8(store.read(key, 0, 10_000).await.unwrap().bytes).unwrap()
}

/// Tasks and runs that the cases are about.
async fn fill(store: &dyn Store) {
    for scope_name in ["mine", "theirs"] {
        for id in ["task-1", "Task-1", "odd.name_-x"] {
            let mut new = NewTask::new(format!("{id} of {scope_name}"), "Do it.");
            (new.scope, new.id) = (scope(scope_name), Some(TaskId::new(id).unwrap()));
            let task = store.create_task(new).await.unwrap();
            for number in [1, 2, 10] {
                let (agent, machine) = (AgentName::new("a").unwrap(), OrchestratorId::new("prod-1").unwrap());
                let at = Timestamp::from_millis(0);
                let run = Run::new(task.scope.clone(), task.id.clone(), number, agent, None, machine, at);
                store.save_run(&run).await.unwrap();
            }
        }
    }
}

/// What every store of artifacts does.
async fn cases(store: &dyn ArtifactStore) {
    a_repetition_has_one_effect(store).await;
    a_gap_is_refused(store).await;
    ranges_are_read(store).await;
    the_bound_is_said(store).await;
    names_do_not_meet(store).await;
    what_is_removed_is_gone(store).await;
}

async fn a_repetition_has_one_effect(store: &dyn ArtifactStore) {
    assert_eq!(store.append(&log(1), 0, b"").await.unwrap(), 0);
    assert!(store.read(&log(1), 0, 10).await.unwrap_err().is_not_found());
    for _ in 0..2 {
        assert_eq!(store.append(&log(1), 0, b"one\n").await.unwrap(), 4);
    }
    // An answer was lost, and meanwhile there is more.
    assert_eq!(store.append(&log(1), 0, b"one\ntwo\n").await.unwrap(), 8);
    assert_eq!(store.append(&log(1), 2, b"e\n").await.unwrap(), 8);
    assert_eq!(text(store, &log(1)).await, "one\ntwo\n");
    assert_eq!(store.append(&log(1), 3, b"").await.unwrap(), 8);
}

async fn a_gap_is_refused(store: &dyn ArtifactStore) {
    let error = store.append(&log(1), 9, b"x").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("has 8 bytes"), "{error}");
    assert_eq!(text(store, &log(1)).await, "one\ntwo\n");
}

async fn ranges_are_read(store: &dyn ArtifactStore) {
    let read = async |from, most| store.read(&log(1), from, most).await.unwrap();
    assert_eq!(read(4, 3).await, ArtifactPart::new(b"two".to_vec(), 8));
    assert_eq!(read(8, 3).await, ArtifactPart::new(Vec::new(), 8));
    assert_eq!(read(80, 3).await, ArtifactPart::new(Vec::new(), 8));
    // Bytes are bytes, also where a letter is cut.
    let diff = key("mine", "task-1", 1, ArtifactKind::Diff);
    store.append(&diff, 0, "+ä\0\n".as_bytes()).await.unwrap();
    assert_eq!(store.read(&diff, 2, 3).await.unwrap().bytes, &"+ä\0\n".as_bytes()[2..]);
}

async fn the_bound_is_said(store: &dyn ArtifactStore) {
    let transcript = key("mine", "task-1", 1, ArtifactKind::Transcript);
    let most = 100 + ArtifactBound::LEFT_OUT.len() as u64;
    assert_eq!(store.append(&transcript, 0, &[b'x'; 90]).await.unwrap(), 90);
    let length = store.append(&transcript, 90, &[b'y'; 60]).await.unwrap();
    assert_eq!(length, most, "less than was sent");
    let whole = format!("{}{}{}", "x".repeat(90), "y".repeat(10), ArtifactBound::LEFT_OUT);
    assert_eq!(text(store, &transcript).await, whole);
    for at in [90, 150, 1000] {
        assert_eq!(store.append(&transcript, at, &[b'z'; 90]).await.unwrap(), most);
    }
    assert_eq!(text(store, &transcript).await, whole);
}

async fn names_do_not_meet(store: &dyn ArtifactStore) {
    let keys = [
        log(10),
        log(2),
        key("theirs", "task-1", 1, ArtifactKind::Log),
        key("mine", "Task-1", 1, ArtifactKind::Log),
        key("mine", "odd.name_-x", 1, ArtifactKind::TestOutput),
    ];
    for key in &keys {
        store.append(key, 0, format!("{key} in {}", key.scope).as_bytes()).await.unwrap();
    }
    for key in &keys {
        assert_eq!(text(store, key).await, format!("{key} in {}", key.scope));
    }
    let listed = async |scope_name: &str, task: &str| {
        let listed = store.list(&scope(scope_name), &TaskId::new(task).unwrap()).await.unwrap();
        listed.iter().map(|artifact| format!("{}: {}", artifact.key(), artifact.bytes)).collect::<Vec<_>>()
    };
    assert_eq!(
        listed("mine", "task-1").await,
        [
            "log of task-1.1: 8".to_owned(),
            format!("transcript of task-1.1: {}", 100 + ArtifactBound::LEFT_OUT.len()),
            "diff of task-1.1: 5".to_owned(),
            "log of task-1.2: 23".to_owned(),
            "log of task-1.10: 24".to_owned(),
        ]
    );
    assert_eq!(listed("theirs", "task-1").await, ["log of task-1.1: 25"]);
    assert_eq!(listed("mine", "Task-1").await, ["log of Task-1.1: 23"]);
    assert!(listed("theirs", "Task-1").await.is_empty());
    assert!(
        store.read(&key("theirs", "task-1", 2, ArtifactKind::Log), 0, 9).await.unwrap_err().is_not_found()
    );
}

async fn what_is_removed_is_gone(store: &dyn ArtifactStore) {
    for _ in 0..2 {
        store.remove(&scope("mine"), &TaskId::new("task-1").unwrap()).await.unwrap();
    }
    assert!(store.read(&log(1), 0, 9).await.unwrap_err().is_not_found());
    assert!(store.list(&scope("mine"), &TaskId::new("task-1").unwrap()).await.unwrap().is_empty());
    assert_eq!(
        text(store, &key("theirs", "task-1", 1, ArtifactKind::Log)).await,
        "log of task-1.1 in theirs"
    );
    assert_eq!(text(store, &key("mine", "Task-1", 1, ArtifactKind::Log)).await, "log of Task-1.1 in mine");
    assert_eq!(store.append(&log(1), 0, b"new").await.unwrap(), 3);
}

fn folder_store(folder: &Path) -> FolderArtifacts {
    FolderArtifacts::new(folder.join("artifacts")).with_bound(BOUND)
}

/// Runs the cases over a store on a server that has nothing yet, and the bound of these tests.
pub(crate) async fn cases_over_http(store: &HttpStore) {
    fill(store).await;
    cases(store).await;
}

#[tokio::test]
async fn a_folder_is_a_store_of_artifacts() {
    let folder = tempfile::tempdir().unwrap();
    cases(&folder_store(folder.path())).await;
}

/// A bucket that is gone with the test.
async fn bucket() -> ObjectArtifacts {
    ObjectArtifacts::open("memory:///octopoid/artifacts", []).await.unwrap()
}

#[tokio::test]
async fn a_bucket_is_a_store_of_artifacts() {
    cases(&bucket().await.with_bound(BOUND)).await;
}

#[tokio::test]
async fn i04_servers_that_append_the_same_at_once_to_a_bucket_write_it_once() {
    let store = bucket().await;
    let letter = |position: usize| b'a' + u8::try_from(position % 23).unwrap();
    let whole: Vec<u8> = (0..5_000_000).map(letter).collect();
    let whole = Arc::new(whole);
    let servers: Vec<_> = (0..4_usize)
        .map(|number| {
            let (store, whole) = (store.clone(), Arc::clone(&whole));
            tokio::spawn(async move {
                let mut at = 0;
                while at < whole.len() {
                    // Each in pieces of its own, as machines send again what may not have arrived.
                    let end = whole.len().min(at + 150_000 + number * 77_777);
                    match store.append(&log(1), at as u64, &whole[at..end]).await {
                        Ok(length) => at = usize::try_from(length).unwrap(),
                        Err(error) => assert_eq!(*error.kind(), ErrorKind::Unavailable, "{error}"),
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for server in servers {
        server.await.unwrap();
    }
    let mut read = Vec::new();
    loop {
        let part = store.read(&log(1), read.len() as u64, 700_000).await.unwrap();
        assert_eq!(part.total, 5_000_000);
        if part.bytes.is_empty() {
            break;
        }
        read.extend(part.bytes);
    }
    assert!(read == *whole, "every byte once and in its place");
    let listed = store.list(&scope("mine"), &TaskId::new("task-1").unwrap()).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.bytes).collect::<Vec<_>>(), [5_000_000]);
}

#[tokio::test]
async fn what_is_no_bucket_is_refused_with_what_to_write() {
    for (url, words) in [
        ("ftp://bucket", "use s3://, gs:// or azure://"),
        ("s3://", "the name of the bucket is missing"),
        ("s3:///folder", "the name of the bucket is missing"),
        ("s3:bucket", "such as s3://bucket/folder"),
    ] {
        let error = ObjectArtifacts::open(url, []).await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    // Nobody is there.
    let environment = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "name"),
        ("AWS_SECRET_ACCESS_KEY", "hidden-value"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let error = ObjectArtifacts::open("s3://bucket/folder", environment).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("`s3://bucket/folder` cannot be used"), "{error}");
    assert!(!format!("{error:?}").contains("hidden-value"), "{error:?}");
}

async fn server(artifacts: FolderArtifacts) -> (Setting, HttpStore) {
    let s = Setting::with(|server| server.with_artifacts(Arc::new(artifacts))).await;
    fill(&*s.store).await;
    let client = HttpStore::connect(HttpOptions::new(&s.url, Arc::new(SystemClock))).await.unwrap();
    (s, client)
}

#[tokio::test]
async fn a_server_is_a_store_of_artifacts() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, client) = server(folder_store(folder.path())).await;
    cases(&client).await;
}

#[tokio::test]
async fn i04_the_same_append_at_once_has_one_effect() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_store(folder.path());
    let appends: Vec<_> = (0..16)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.append(&log(1), 0, b"once\n").await.unwrap() })
        })
        .collect();
    for append in appends {
        assert_eq!(append.await.unwrap(), 5);
    }
    assert_eq!(text(&store, &log(1)).await, "once\n");
}

#[tokio::test]
async fn an_append_that_was_cut_off_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_store(folder.path());
    store.append(&log(1), 0, b"one\n").await.unwrap();
    // A server that was killed has written a part of it.
    let path = folder.path().join("artifacts/mine/task-1/task-1.1/log");
    std::fs::write(&path, "one\ntw").unwrap();
    assert_eq!(folder_store(folder.path()).append(&log(1), 4, b"two\n").await.unwrap(), 8);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "one\ntwo\n");
}

#[tokio::test]
async fn only_runs_and_kinds_that_there_are_have_artifacts_on_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let (s, client) = server(folder_store(folder.path())).await;
    let missing = key("mine", "task-1", 3, ArtifactKind::Log);
    assert!(client.append(&missing, 0, b"x").await.unwrap_err().is_not_found());
    let path = "/api/v1/runs/task-1.1/artifacts/secrets?scope=mine";
    let error = s.get(path).await.with(404)["error"].as_str().unwrap().to_owned();
    assert!(error.contains("use log, transcript, diff or test_output"), "{error}");
    for path in ["/api/v1/runs/..%2f..%2fetc/artifacts/log", "/api/v1/runs/task-1.1/artifacts/..%2flog"] {
        s.get(path).await.with(404);
    }
    assert!(!folder.path().join("artifacts").exists(), "nothing was written");
}

#[tokio::test]
async fn a_part_comes_as_text_with_the_length_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (s, client) = server(folder_store(folder.path())).await;
    client.append(&log(1), 0, b"<b>one</b>\ntwo\n").await.unwrap();
    let path = "/api/v1/runs/task-1.1/artifacts/log?scope=mine&from=3&length=3";
    let response = s.request(reqwest::Method::GET, path).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["octopoid-artifact-length"], "15");
    assert_eq!(response.text().await.unwrap(), "one");
}

#[tokio::test]
async fn a_range_is_read_by_the_header_and_everything_without() {
    let folder = tempfile::tempdir().unwrap();
    let (s, client) = server(FolderArtifacts::new(folder.path().join("artifacts"))).await;
    let whole: Vec<u8> = (0..3_000_000_u32).map(|number| b'a' + u8::try_from(number % 26).unwrap()).collect();
    for (number, piece) in whole.chunks(500_000).enumerate() {
        client.append(&log(1), number as u64 * 500_000, piece).await.unwrap();
    }
    let get = async |more: &str, range: Option<&str>| {
        let path = format!("/api/v1/runs/task-1.1/artifacts/log?scope=mine{more}");
        let mut request = s.request(reqwest::Method::GET, &path);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers().get("accept-ranges").is_some(), response.status().is_success());
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (range, length) = (header("content-range"), header("content-length"));
        let (status, bytes) = (response.status().as_u16(), response.bytes().await.unwrap().to_vec());
        assert_eq!(length.unwrap(), bytes.len().to_string());
        (status, range, bytes)
    };
    let range = |from: usize, to: usize| Some(format!("bytes {from}-{to}/3000000"));
    assert_eq!(get("", None).await, (200, None, whole.clone()));
    assert_eq!(get("&from=2999000", None).await, (200, None, whole[2_999_000..].to_vec()));
    assert_eq!(get("&from=5000000", None).await, (200, None, Vec::new()));
    assert_eq!(get("", Some("bytes=10-12")).await, (206, range(10, 12), whole[10..13].to_vec()));
    let rest = (206, range(100, 2_999_999), whole[100..].to_vec());
    assert_eq!(get("", Some("bytes=100-")).await, rest);
    assert_eq!(
        get("", Some("bytes=-3")).await,
        (206, range(2_999_997, 2_999_999), whole[2_999_997..].to_vec())
    );
    assert_eq!(get("", Some("bytes=0-1,3-4")).await, (200, None, whole.clone()), "several are not given");
    assert_eq!(get("&from=1&length=2", Some("bytes=9-9")).await, (200, None, whole[1..3].to_vec()));
    let (status, _, bytes) = get("", Some("bytes=3000000-")).await;
    let problem: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((status, &problem["code"]), (416, &json!("range_not_satisfiable")), "{problem}");
}

#[tokio::test]
async fn whoever_waits_for_more_is_answered_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let (s, client) = server(folder_store(folder.path())).await;
    let client = Arc::new(client);
    let long = Duration::from_secs(50);
    let waits = |from| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.wait(&log(1), from, long).await.unwrap() })
    };
    // Also before there is anything; the server's clock stands still.
    let first = waits(0);
    client.append(&log(2), 0, b"another").await.unwrap();
    client.append(&log(1), 0, b"one\n").await.unwrap();
    assert!(first.await.unwrap());
    assert!(waits(3).await.unwrap(), "there is some");
    let next = waits(4);
    client.append(&log(1), 4, b"two\n").await.unwrap();
    assert!(next.await.unwrap());
    // In vain: the time is up.
    let vain = waits(8);
    while !vain.is_finished() {
        s.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert!(!vain.await.unwrap());
    s.get("/api/v1/runs/task-1.1/artifacts/log?scope=mine&wait_seconds=61").await.with(400);
}

#[tokio::test]
async fn a_task_is_deleted_with_its_artifacts() {
    let folder = tempfile::tempdir().unwrap();
    let (s, client) = server(folder_store(folder.path())).await;
    client.append(&log(1), 0, b"x").await.unwrap();
    s.delete("/api/v1/tasks/task-1?scope=mine").await.with(200);
    assert!(!folder.path().join("artifacts/mine/task-1").exists());
    assert!(client.append(&log(1), 0, b"late").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn old_artifacts_are_removed_once_their_task_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_store(folder.path());
    let now = Timestamp::from_millis(
        i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap(),
    );
    let (over, open) = (log(1), key("mine", "Task-1", 1, ArtifactKind::Log));
    for key in [&over, &open] {
        store.append(key, 0, b"x").await.unwrap();
    }
    let minute = Duration::from_secs(60);
    assert!(store.unchanged_since(now - minute).await.unwrap().is_empty());
    let mut old = store.unchanged_since(now + minute).await.unwrap();
    old.sort();
    let ids = |key: &ArtifactKey| (key.scope.clone(), key.task.clone());
    assert_eq!(old, [ids(&open), ids(&over)]);

    let retention = Retention::forever().with_logs(None, Some(minute));
    let s = Setting::with(|server| server.with_artifacts(Arc::new(store.clone())).with_retention(retention))
        .await;
    fill(&*s.store).await;
    s.post("/api/v1/tasks/task-1/force-queue", json!({ "queue": "failed", "reason": "no", "scope": "mine" }))
        .await
        .with(200);
    // Far after what the file system says.
    s.clock.advance(Duration::from_secs(200 * 365 * 24 * 3600));
    let housekeeping = tokio::spawn(s.running.housekeeping());
    tokio::task::yield_now().await;
    s.clock.advance(Duration::from_secs(1));
    tokio::time::timeout(minute, async {
        while !store.list(&over.scope, &over.task).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    housekeeping.abort();
    assert_eq!(store.list(&open.scope, &open.task).await.unwrap().len(), 1);
}
