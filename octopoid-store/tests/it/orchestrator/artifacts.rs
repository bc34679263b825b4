//! What runs leave for people, read from another machine.

use super::setting::{NEVER, Setting};
use async_trait::async_trait;
use octopoid_core::clock::{Clock as _, SystemClock};
use octopoid_core::model::{
    AgentName, ArtifactKey, ArtifactKind, Queue, RoleName, RunId, Scope, StopReason, TaskId,
};
use octopoid_core::orchestrator::{AgentSettings, Builder, Orchestrator, RunError, Summary};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use octopoid_core::store::ArtifactReader;
use octopoid_core::testing::ManualClock;
use octopoid_store::artifacts::FolderArtifacts;
use octopoid_store::{HttpOptions, HttpStore};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// The machine at work: what its runs leave goes to the server.
async fn machine(s: &Setting, key: &str) -> Builder {
    let server = Arc::new(HttpStore::connect(s.options(key)).await.unwrap());
    let agents = [("worker", RoleName::implement()), ("reviewer", RoleName::review())];
    s.builder(server.clone(), &agents).artifacts(server)
}

/// The other machine, with a line of its own.
async fn other(s: &Setting, key: &str) -> HttpStore {
    let options = HttpOptions::new(format!("http://{}", s.server), Arc::new(SystemClock)).with_key(key);
    HttpStore::connect(options).await.unwrap()
}

fn log(task: &TaskId) -> ArtifactKey {
    ArtifactKey::new(Scope::single(), task.clone(), RunId::of(task, 1), ArtifactKind::Log)
}

async fn text(reader: &dyn ArtifactReader, key: &ArtifactKey) -> String {
    let part = reader.read(key, 0, u64::MAX).await;
    String::from_utf8(part.map(|part| part.bytes).unwrap_or_default()).unwrap()
}

/// Lets time pass until an artifact has some words.
async fn until(reader: &dyn ArtifactReader, key: &ArtifactKey, words: &str, mut pass: impl FnMut()) {
    let waiting = async {
        while !text(reader, key).await.contains(words) {
            pass();
        }
    };
    tokio::time::timeout(NEVER, waiting).await.expect("what is waited for comes");
}

/// An agent that says something, waits for a permit to say more, and for another to give up.
#[derive(Debug)]
struct Waiting {
    go: Semaphore,
}

#[async_trait]
impl Runner for Waiting {
    fn name(&self) -> &str {
        "waiting"
    }

    fn resumes_sessions(&self) -> bool {
        false
    }

    async fn check(&self, _: &RunnerCheck) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn run(&self, _: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        sink.event(AgentEvent::Text("let me look".to_owned()));
        self.go.acquire().await.unwrap().forget();
        sink.event(AgentEvent::Text("here is something".to_owned()));
        self.go.acquire().await.unwrap().forget();
        sink.event(AgentEvent::Text("nothing to be done".to_owned()));
        let mut report = AgentReport::stopped(StopReason::Completed);
        report.result = Some(json!({ "outcome": "failed", "reason": "nothing to be done" }));
        report
    }
}

/// A machine with that agent, by a clock of its own.
async fn waiting_machine(s: &Setting, key: &str) -> (Orchestrator, Arc<ManualClock>, Arc<Waiting>) {
    let (clock, waiting) = (Arc::new(ManualClock::new()), Arc::new(Waiting { go: Semaphore::new(0) }));
    let server = Arc::new(HttpStore::connect(s.options(key)).await.unwrap());
    let worker = AgentName::new("worker").unwrap();
    let agent = AgentSettings::new(worker, RoleName::implement()).with_runner("waiting");
    let builder = s.builder(server.clone(), &[]).artifacts(server).agent(agent).runner(waiting.clone());
    (builder.clock(clock.clone()).build().await.unwrap(), clock, waiting)
}

/// Lets time pass by a machine's clock until it has ended.
async fn ended(running: JoinHandle<Result<Summary, RunError>>, clock: &ManualClock) {
    let ended = async {
        while !running.is_finished() {
            clock.advance(Duration::from_millis(10));
            tokio::task::yield_now().await;
        }
        running.await.unwrap().unwrap();
    };
    tokio::time::timeout(NEVER, ended).await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_says_reaches_whoever_follows_it_elsewhere_within_seconds() {
    let s = Setting::new().await;
    let key = s.key().await;
    let (orchestrator, clock, waiting) = waiting_machine(&s, &key).await;
    let handle = orchestrator.handle();
    let task = s.enqueue("Say hello").await;
    let running = tokio::spawn(orchestrator.run());

    let (other, log) = (other(&s, &key).await, log(&task));
    until(&other, &log, "let me look", || clock.advance(Duration::from_secs(1))).await;
    waiting.go.add_permits(1);
    let begun = clock.monotonic();
    let follows = async {
        while !text(&other, &log).await.contains("here is something") {
            let length = other.read(&log, 0, 0).await.unwrap().total;
            let waiting = other.wait(&log, length, Duration::from_secs(20));
            tokio::pin!(waiting);
            // By its own clock the machine is left little time for it: unasked, it sends a log each minute.
            while futures_util::poll!(&mut waiting).is_pending() {
                if clock.monotonic() - begun < Duration::from_secs(15) {
                    clock.advance(Duration::from_millis(20));
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    };
    tokio::time::timeout(NEVER, follows).await.expect("it comes");

    waiting.go.add_permits(100);
    handle.drain();
    ended(running, &clock).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_machine_reads_the_log_of_a_run_while_it_is_at_work_and_all_of_it_after() {
    let s = Setting::new().await;
    let key = s.key().await;
    let (orchestrator, clock, waiting) = waiting_machine(&s, &key).await;
    let (layout, handle) = (orchestrator.layout().clone(), orchestrator.handle());
    let task = s.enqueue("Say hello").await;
    let running = tokio::spawn(orchestrator.run());

    let other = other(&s, &key).await;
    until(&other, &log(&task), "let me look", || clock.advance(Duration::from_secs(1))).await;
    assert!(!text(&other, &log(&task)).await.contains("nothing to be done"), "it is at work");

    // Also for the next attempts.
    waiting.go.add_permits(100);
    until(&other, &log(&task), "the task is in `", || clock.advance(Duration::from_millis(10))).await;
    let here = std::fs::read_to_string(layout.attempt_log(&task, 1)).unwrap();
    assert_eq!(text(&other, &log(&task)).await, here, "once and in order");
    handle.drain();
    ended(running, &clock).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_uploaded_is_at_the_next_start() {
    let s = Setting::new().await;
    let key = s.key().await;
    s.gate.open();
    let task = s.enqueue("Say hello").await;
    // Below a file there is no room for files.
    let broken = Arc::new(FolderArtifacts::new("/dev/null/artifacts"));
    let store = Arc::new(HttpStore::connect(s.options(&key)).await.unwrap());
    let agents = [("worker", RoleName::implement()), ("reviewer", RoleName::review())];
    let orchestrator = s.builder(store, &agents).artifacts(broken).build().await.unwrap();
    let layout = orchestrator.layout().clone();
    orchestrator.run_until_idle().await.unwrap();
    assert_eq!(s.task(&task).await.queue(), Queue::Done, "that is no reason to stop");
    assert!(s.artifacts.list(&Scope::single(), &task).await.unwrap().is_empty());

    machine(&s, &key).await.build().await.unwrap().run_until_idle().await.unwrap();
    let listed = s.artifacts.list(&Scope::single(), &task).await.unwrap();
    assert!(listed.len() >= 4, "{listed:?}");
    let here = std::fs::read_to_string(layout.attempt_log(&task, 1)).unwrap();
    assert_eq!(text(&s.artifacts, &log(&task)).await, here);
    let left = std::fs::read_dir(layout.runtime().join("uploads")).unwrap().count();
    assert_eq!(left, 0, "nothing is left to upload");
}
