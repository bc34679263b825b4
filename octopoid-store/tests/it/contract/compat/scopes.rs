//! Calls by id alone, and the scopes that a caller may see.

use super::super::setting::{Setting, answer};
use super::{claim, create, server, task};
use octopoid_store::server::digest;
use reqwest::Method;
use serde_json::{Value, json};

/// A machine of the scope `team`, a task in each state that a call needs, and one thing of every other kind.
async fn one_of_each() -> (Setting, String) {
    let s = server().await;
    let machine = json!({ "cluster": "prod", "machine_id": "1", "repo_url": "u", "scope": "team" });
    s.post("/api/v1/orchestrators/register", machine).await.with(201);
    let roles = json!({ "orchestrator_id": "prod-1", "roles": [{ "name": "implement" }] });
    s.post("/api/v1/roles/register", roles).await.with(200);
    create(&s, "T1", json!({ "hooks": "[{\"name\":\"tests\"}]" })).await;
    let project = json!({ "id": "p1", "title": "P", "branch": "feature/p", "scope": "team" });
    s.post("/api/v1/projects", project).await.with(201);
    s.post("/api/v1/drafts", json!({ "title": "D", "author": "ada", "scope": "team" })).await.with(201);
    let action = json!({ "entity_type": "draft", "entity_id": "1", "label": "Do", "proposed_by": "a", "scope": "team" });
    let action = s.post("/api/v1/actions", action).await.with(201)["id"].as_str().unwrap().to_owned();
    (s, action)
}

#[tokio::test]
async fn what_has_an_id_is_found_in_every_scope() {
    let (s, action) = one_of_each().await;
    for path in [
        "/api/v1/tasks/T1",
        "/api/v1/projects/p1",
        "/api/v1/projects/p1/tasks",
        "/api/v1/drafts/1",
        "/api/v1/orchestrators/prod-1",
        "/api/v1/roles/implement",
        "/api/v1/scheduler/poll?orchestrator_id=prod-1",
    ] {
        s.get(path).await.with(200);
    }
    for (method, path, body) in [
        (Method::PATCH, "/api/v1/tasks/T1".to_owned(), json!({ "title": "T" })),
        (Method::PATCH, "/api/v1/projects/p1".to_owned(), json!({ "title": "T" })),
        (Method::PATCH, "/api/v1/drafts/1".to_owned(), json!({ "title": "T" })),
        (Method::PATCH, "/api/v1/orchestrators/prod-1".to_owned(), json!({ "status": "active" })),
        (Method::POST, "/api/v1/orchestrators/prod-1/heartbeat".to_owned(), json!({})),
        (Method::POST, "/api/v1/tasks/T1/hooks/tests/complete".to_owned(), json!({ "status": "passed" })),
        (Method::POST, format!("/api/v1/actions/{action}/execute"), json!({})),
        (Method::PATCH, format!("/api/v1/actions/{action}"), json!({ "status": "completed" })),
    ] {
        s.send(method, &path, body).await.with(200);
    }
    let work = json!({ "commits_count": 1, "turns_used": 1 });
    claim(&s, json!({})).await.with(200);
    s.post("/api/v1/tasks/T1/submit", work.clone()).await.with(200);
    s.post("/api/v1/tasks/T1/reject", json!({ "reason": "r", "rejected_by": "a" })).await.with(200);
    claim(&s, json!({})).await.with(200);
    s.post("/api/v1/tasks/T1/requeue", json!({})).await.with(200);
    s.post("/api/v1/tasks/T1/force-queue", json!({ "queue": "provisional", "reason": "r" })).await.with(200);
    s.post("/api/v1/tasks/T1/accept", json!({ "accepted_by": "a" })).await.with(200);
    for path in ["/api/v1/tasks/T1", "/api/v1/drafts/1", "/api/v1/projects/p1"] {
        s.delete(path).await.with(200);
        s.get(path).await.with(404);
    }
}

#[tokio::test]
async fn an_id_of_two_scopes_is_refused_with_their_names() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    create(&s, "T1", json!({ "scope": "other" })).await;
    for (method, path) in [
        (Method::GET, "/api/v1/tasks/T1"),
        (Method::PATCH, "/api/v1/tasks/T1"),
        (Method::DELETE, "/api/v1/tasks/T1"),
        (Method::POST, "/api/v1/tasks/T1/requeue"),
    ] {
        let refused = s.send(method, path, json!({ "title": "T" })).await.with(400);
        let words = refused["error"].as_str().unwrap();
        assert!(words.contains("team") && words.contains("other") && refused["field"] == "scope", "{words}");
    }
    assert_eq!(s.get("/api/v1/tasks/T1?scope=other").await.with(200)["scope"], "other");
}

#[tokio::test]
async fn a_key_shows_its_own_scope_alone() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    create(&s, "mine", json!({ "scope": "other" })).await;
    let keys: std::sync::Arc<dyn octopoid_core::store::KeyStore> = s.store.clone();
    let scope = octopoid_core::model::Scope::new("other").unwrap();
    let secret = format!("oct_{}", "7".repeat(64));
    keys.add_key(&scope, "test", digest(&secret), false).await.unwrap();
    let with_key = async |method: Method, path: &str, body: Value| {
        answer(s.request(method, path).bearer_auth(&secret).json(&body)).await
    };
    with_key(Method::GET, "/api/v1/tasks/mine", json!({})).await.with(200);
    for (method, path) in [
        (Method::GET, "/api/v1/tasks/T1"),
        (Method::PATCH, "/api/v1/tasks/T1"),
        (Method::DELETE, "/api/v1/tasks/T1"),
        (Method::POST, "/api/v1/tasks/T1/requeue"),
        (Method::POST, "/api/v1/tasks/T1/accept"),
        (Method::POST, "/api/v1/tasks/T1/force-queue"),
        (Method::POST, "/api/v1/tasks/T1/submit"),
    ] {
        let body = json!({ "title": "x", "accepted_by": "a", "queue": "done", "reason": "r",
                           "commits_count": 1, "turns_used": 1 });
        with_key(method.clone(), path, body.clone()).await.with(404);
        let mut named = body;
        named["scope"] = json!("team");
        let named_path = format!("{path}?scope=team");
        with_key(method, &named_path, named).await.with(403);
    }
    with_key(Method::GET, "/api/v1/tasks?scope=team", json!({})).await.with(403);
    let drafts = with_key(Method::GET, "/api/v1/drafts", json!({})).await.with(200);
    assert_eq!(drafts["total"], 0);
    assert_eq!(task(&s, "T1").await["queue"], "incoming");
}

#[tokio::test]
async fn the_scope_must_be_named_where_it_had_to() {
    let s = server().await;
    for path in [
        "/api/v1/tasks",
        "/api/v1/tasks/T1/messages",
        "/api/v1/messages",
        "/api/v1/actions",
        "/api/v1/flows",
        "/api/v1/flows/default",
        "/api/v1/scheduler/poll",
    ] {
        let refused = s.get(path).await.with(400);
        assert!(refused["error"].as_str().unwrap().contains("scope"), "{path}: {refused}");
    }
    for (method, path, body) in [
        (Method::POST, "/api/v1/tasks", json!({ "id": "T", "file_path": "f", "branch": "b" })),
        (Method::POST, "/api/v1/tasks/claim", json!({ "orchestrator_id": "o", "agent_name": "a" })),
        (
            Method::POST,
            "/api/v1/messages",
            json!({ "task_id": "T", "from_actor": "a", "type": "t", "content": "c" }),
        ),
        (
            Method::POST,
            "/api/v1/orchestrators/register",
            json!({ "cluster": "c", "machine_id": "m", "repo_url": "u" }),
        ),
        (Method::PUT, "/api/v1/flows/f", json!({ "states": [], "transitions": [] })),
        (Method::DELETE, "/api/v1/flows/f", json!({})),
    ] {
        let refused = s.send(method, path, body).await.with(400);
        assert!(refused["error"].as_str().unwrap().contains("scope"), "{path}: {refused}");
    }
}

#[tokio::test]
async fn lists_without_a_scope_are_over_all_of_them() {
    let s = server().await;
    for (scope, id) in [("team", "p1"), ("other", "p2")] {
        create(&s, &format!("of-{scope}"), json!({ "scope": scope })).await;
        let project = json!({ "id": id, "title": "P", "branch": "b", "scope": scope });
        s.post("/api/v1/projects", project).await.with(201);
        s.post("/api/v1/drafts", json!({ "title": id, "author": "ada", "scope": scope })).await.with(201);
        let machine = json!({ "cluster": scope, "machine_id": "1", "repo_url": "u", "scope": scope });
        s.post("/api/v1/orchestrators/register", machine).await.with(201);
        let roles = json!({ "orchestrator_id": format!("{scope}-1"), "roles": [{ "name": format!("role-{scope}") }] });
        s.post("/api/v1/roles/register", roles).await.with(200);
    }
    for (path, field) in [
        ("projects", "projects"),
        ("drafts", "drafts"),
        ("orchestrators", "orchestrators"),
        ("roles", "roles"),
    ] {
        let all = s.get(&format!("/api/v1/{path}")).await.with(200);
        assert_eq!(all[field].as_array().unwrap().len(), 2, "{path}: {all}");
        let one = s.get(&format!("/api/v1/{path}?scope=team")).await.with(200);
        assert_eq!(one[field].as_array().unwrap().len(), 1, "{path}: {one}");
    }
    let page = s.get("/api/v1/drafts?limit=1&offset=1").await.with(200);
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(page["drafts"].as_array().unwrap().len(), 1);
}
