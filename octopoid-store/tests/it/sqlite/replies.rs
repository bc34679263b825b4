//! Replies that are stored for repeated requests (I04).

use super::setting::{Folder, raw, scope};
use octopoid_core::model::{
    AgentName, ClaimToken, Holder, MessageDraft, MessageKind, NewDraft, NewTask, OrchestratorId, Registration,
};
use octopoid_core::store::{ClaimRequest, IdempotentStore, RequestKey, Store, StoreExt};
use octopoid_core::transition::Purpose;
use octopoid_store::SqliteStore;
use std::sync::Arc;
use std::time::Duration;

/// The store as a request with a key sees it.
fn request(store: &Arc<SqliteStore>, key: &str) -> Arc<dyn Store> {
    Arc::clone(store).for_request(RequestKey::new(key, [7; 32]))
}

fn stored(folder: &Folder) -> Vec<String> {
    let file = raw(&folder.path());
    let mut statement = file.prepare("SELECT body FROM replies ORDER BY place").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Replies are kept for a day, so the next version must read what this one writes, letter by letter.
#[tokio::test]
async fn a_stored_reply_is_a_reference() {
    let folder = Folder::new();
    let store = Arc::new(folder.open());
    let long = "Do it. ".repeat(20_000);
    let task = request(&store, "create").create_task(NewTask::new("Long", &long)).await.unwrap();
    let holder = Holder::new(OrchestratorId::new("machine").unwrap(), AgentName::new("agent").unwrap());
    let token = ClaimToken::new("token").unwrap();
    let claim = ClaimRequest::new(scope(), Purpose::Work, holder, token.clone(), Duration::from_secs(60));
    request(&store, "claim").claim(&claim).await.unwrap();
    request(&store, "nothing to claim").claim(&claim).await.unwrap();
    let message = MessageDraft::new(MessageKind::Comment, "ada", long);
    request(&store, "message").post_message(&scope(), &task.id, message).await.unwrap();
    request(&store, "draft").create_draft(NewDraft::new(scope(), "A draft", "ada")).await.unwrap();
    let registration = Registration::new(scope(), "prod", "1", "file:///origin");
    request(&store, "register").register(registration).await.unwrap();
    request(&store, "refused").delete_task(&scope(), &task.id, "ada").await.unwrap_err();
    store.release(&scope(), &task.id, &token, "enough").await.unwrap();
    request(&store, "delete").delete_task(&scope(), &task.id, "ada").await.unwrap();
    let expected = [
        r#"{"tasks":[{"scope":"default","id":"task-1","seq":1}]}"#,
        r#"{"tasks":[{"scope":"default","id":"task-1","seq":1}]}"#,
        r#"{"tasks":[{"scope":"default","id":"task-1","seq":1}]}"#,
        r#"{"message":{"scope":"default","id":1}}"#,
        r#"{"records":[{"kind":"draft","scope":"default","name":"1"}]}"#,
        r#"{"registered":{"machine":{"kind":"machine","scope":"default","name":"prod-1"},"new":true}}"#,
    ];
    let stored = stored(&folder);
    assert_eq!(stored[..expected.len()], expected);
    let refused = &stored[expected.len()];
    assert!(
        refused
            .starts_with(r#"{"refused":{"kind":"conflict","field":null,"message":"cannot delete task-1: "#),
        "{refused}"
    );
    assert_eq!(stored[expected.len() + 1..], ["\"nothing\""]);
}
