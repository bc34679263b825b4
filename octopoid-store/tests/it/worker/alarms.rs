//! What an object does by itself, by the platform's clock.

use super::process::Program;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{AgentName, ClaimToken, Holder, NewTask, OrchestratorId, Queue, Scope};
use octopoid_core::store::{ClaimRequest, EventLog as _, TaskStore as _};
use octopoid_core::transition::Purpose;
use octopoid_store::{HttpOptions, HttpStore};
use std::sync::Arc;
use std::time::Duration;

async fn connect(url: String) -> HttpStore {
    let options = HttpOptions::new(url, Arc::new(SystemClock)).with_scope(Scope::single());
    HttpStore::connect(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_claim_is_taken_away_without_a_request_and_is_there_after_a_crash() {
    let Some(program) = Program::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut workerd = program.start("workerd.capnp", "http", folder.path(), 0);
    let store = connect(workerd.url()).await;
    let task = store.create_task(NewTask::new("A task", "Do it.")).await.unwrap();
    let holder = Holder::new(OrchestratorId::new("prod-1").unwrap(), AgentName::new("a").unwrap());
    let token = ClaimToken::new("a-token").unwrap();
    let request = ClaimRequest::new(Scope::single(), Purpose::Work, holder, token, Duration::from_secs(1));
    let claimed = store.claim(&request).await.unwrap().unwrap();
    assert_eq!(claimed.queue(), Queue::Claimed);
    let last = store.last_event().await.unwrap();
    store.wait_for_event(last).await.unwrap();
    let freed = store.task(&task.scope, &task.id).await.unwrap();
    assert_eq!((freed.queue(), freed.counters.attempts), (Queue::Incoming, 1));
    workerd.kill();
    let workerd = program.start("workerd.capnp", "http", folder.path(), 0);
    let store = connect(workerd.url()).await;
    assert_eq!(store.task(&task.scope, &task.id).await.unwrap(), freed);
}
