//! The same request twice (I04).

use super::setting::{Answer, Setting, answer};
use octopoid_core::model::NewTask;
use octopoid_core::store::{IdempotentStore, KeyStore, RequestKey};
use octopoid_store::server::Access;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The secret of whoever runs the server.
const HOUSE: &str = "the secret of the house";

async fn keyed(s: &Setting, key: &str, path: &str, body: &Value) -> Answer {
    answer(s.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

/// The SHA-256 of `POST /tasks`, a NUL and `{"title":"A task"}`, by which the first version knew this request again.
const CREATE: [u8; 32] = [
    0x98, 0x93, 0x85, 0x8a, 0x52, 0xaa, 0xf2, 0xb7, 0x35, 0x42, 0x1a, 0x5d, 0x05, 0x4f, 0xf5, 0xd1, 0x7e,
    0xb6, 0x0a, 0x80, 0xd2, 0x67, 0x8f, 0xc5, 0x69, 0x9a, 0x38, 0xf9, 0x97, 0x24, 0x0e, 0xd4,
];

#[tokio::test]
async fn i04_a_request_to_an_older_server_may_be_repeated_to_this_one() {
    let s = Setting::new().await;
    let request = RequestKey::new("* create", CREATE);
    let older = s.store.clone().for_request(request);
    let made = older.create_task(NewTask::new("A task", "A task")).await.unwrap();
    let again = keyed(&s, "create", "/api/v1/tasks", &json!({ "title": "A task" })).await;
    assert_eq!(again.with(201)["id"], made.id.as_str());
}

#[tokio::test]
async fn i04_a_repeated_request_answers_as_the_first_time() {
    let s = Setting::new().await;
    let claim = json!({ "orchestrator_id": "prod-1", "agent_name": "a", "claim_token": "t1" });
    for (key, path, body) in [
        ("create", "/api/v1/tasks", json!({ "title": "A task" })),
        ("claim", "/api/v1/tasks/claim", claim),
        (
            "submit",
            "/api/v1/tasks/task-1/submit",
            json!({ "commits_count": 1, "turns_used": 2, "claim_token": "t1", "pr_number": 3 }),
        ),
        ("reject", "/api/v1/tasks/task-1/reject", json!({ "reason": "no", "rejected_by": "ada" })),
        (
            "message",
            "/api/v1/messages",
            json!({ "task_id": "task-1", "from_actor": "a", "type": "comment", "content": "c" }),
        ),
        ("project", "/api/v1/projects", json!({ "title": "P" })),
        ("draft", "/api/v1/drafts", json!({ "title": "D", "author": "a" })),
        ("refused", "/api/v1/tasks/task-1/accept", json!({ "accepted_by": "ada" })),
    ] {
        let first = keyed(&s, key, path, &body).await;
        let last = s.get("/api/v1/events/last").await.body;
        s.clock.advance(Duration::from_secs(1));
        let again = keyed(&s, key, path, &body).await;
        assert_eq!(first.status, again.status, "{key}: {}", again.body);
        let without_id = |mut body: Value| {
            body.as_object_mut().unwrap().remove("request_id");
            body.as_object_mut().unwrap().remove("refusal");
            body
        };
        assert_eq!(without_id(first.body), without_id(again.body), "{key}");
        assert_eq!(s.get("/api/v1/events/last").await.body, last, "{key} has one effect");
        let mut other = body.clone();
        other["scope"] = json!("default");
        let other = keyed(&s, key, path, &other).await;
        assert_eq!(other.status, 409, "{key}: {}", other.body);
    }
    assert_eq!(s.get("/api/v1/tasks").await.with(200)["total"], 1);
    assert_eq!(s.get("/api/v1/tasks/task-1").await.with(200)["rejection_count"], 1);
}

#[tokio::test]
async fn i04_twins_at_the_same_moment_have_one_effect() {
    let s = Setting::new().await;
    let body = json!({ "title": "A task" });
    let twins =
        futures_util::future::join_all((0..8).map(|_| keyed(&s, "one", "/api/v1/tasks", &body))).await;
    for twin in twins {
        assert_eq!(twin.with(201)["id"], "task-1");
    }
    assert_eq!(s.get("/api/v1/tasks").await.with(200)["total"], 1);
}

#[tokio::test]
async fn i04_what_a_request_gave_is_remembered_for_a_day() {
    let s = Setting::new().await;
    let body = json!({ "title": "A task" });
    assert_eq!(keyed(&s, "one", "/api/v1/tasks", &body).await.with(201)["id"], "task-1");
    s.clock.advance(Duration::from_secs(23 * 3600));
    s.a_round_of_housekeeping().await;
    assert_eq!(keyed(&s, "one", "/api/v1/tasks", &body).await.with(201)["id"], "task-1");
    // Not even the replay makes it live longer.
    s.clock.advance(Duration::from_secs(3600));
    s.a_round_of_housekeeping().await;
    assert_eq!(keyed(&s, "one", "/api/v1/tasks", &body).await.with(201)["id"], "task-2");
}

#[tokio::test]
async fn the_same_key_for_other_parameters_is_a_mistake() {
    let s = Setting::new().await;
    s.post("/api/v1/tasks", json!({ "title": "A task" })).await.with(201);
    let delete = |path: &'static str| {
        answer(s.request(Method::DELETE, path).header("idempotency-key", "one").json(&json!({})))
    };
    delete("/api/v1/tasks/task-1?deleted_by=ada").await.with(200);
    delete("/api/v1/tasks/task-1?deleted_by=ada").await.with(200);
    assert_eq!(delete("/api/v1/tasks/task-1?deleted_by=bob").await.status, 409);
}

#[tokio::test]
async fn i04_a_key_is_made_once_and_shown_once() {
    let s = Setting::with(|server| server.with_access(Access::Keys).with_admin_token(HOUSE)).await;
    let ask = async |key: &str, method: Method, path: &str, body: Value| {
        let request = s.request(method, path).bearer_auth(HOUSE).header("idempotency-key", key);
        answer(request.json(&body)).await
    };
    let rotate = "/api/v1/orchestrators/scopes/team/rotate-key";
    let mut secrets = Vec::new();
    for (key, path, body, status) in
        [("make", "/api/v1/keys", json!({ "scope": "team" }), 201), ("rotate", rotate, json!({}), 200)]
    {
        let made = ask(key, Method::POST, path, body.clone()).await.with(status);
        let secret = made["api_key"].as_str().unwrap().to_owned();
        let again = ask(key, Method::POST, path, body.clone()).await.with(409);
        let words = again["error"].as_str().unwrap();
        assert_eq!((&again["code"], &again["key_id"]), (&json!("conflict"), &made["id"]));
        assert!(words.contains("shown once") && !again.to_string().contains("oct_"), "{again}");
        // The key that was given still opens the scope: the repetition made none in its place.
        assert_eq!(answer(s.request(Method::GET, "/api/v1/tasks").bearer_auth(&secret)).await.status, 200);
        secrets.push(secret);
    }
    assert_eq!(s.store.keys(None).await.unwrap().len(), 2);
    // It is nowhere else than in the first answer.
    assert!(!format!("{:?}", s.store.keys(None).await.unwrap()).contains(&secrets[1][4..]));
    let gone = ask("revoke", Method::DELETE, "/api/v1/keys/key-2", json!({})).await.with(200);
    s.clock.advance(Duration::from_secs(5));
    assert_eq!(ask("revoke", Method::DELETE, "/api/v1/keys/key-2", json!({})).await.with(200), gone);
    assert_eq!(ask("revoke", Method::DELETE, "/api/v1/keys/key-1", json!({})).await.status, 409);
}

#[tokio::test]
async fn i04_a_first_registration_that_comes_twice_gives_one_key() {
    let s = Setting::with(|server| server.with_compat(true)).await;
    let body =
        json!({ "cluster": "prod", "machine_id": "1", "repo_url": "git@example.org:a", "scope": "team" });
    let path = "/api/v1/orchestrators/register";
    let first = keyed(&s, "one", path, &body).await.with(201);
    assert!(first["api_key"].as_str().unwrap().starts_with("oct_"));
    let again = keyed(&s, "one", path, &body).await.with(409);
    assert_eq!(again["key_id"], "key-1");
    // As another request it is known already, and there is no other key.
    let known = keyed(&s, "two", path, &body).await.with(200);
    assert_eq!((&known["orchestrator_id"], &known["api_key"]), (&json!("prod-1"), &json!(null)));
    assert_eq!(keyed(&s, "two", path, &body).await.with(200)["orchestrator_id"], "prod-1");
    assert_eq!(s.store.keys(None).await.unwrap().len(), 1);
}
