//! The same request twice (I04).

use super::setting::{Answer, Setting, answer};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn keyed(s: &Setting, key: &str, path: &str, body: &Value) -> Answer {
    answer(s.request(Method::POST, path).header("idempotency-key", key).json(body)).await
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
