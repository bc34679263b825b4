//! Keys open one scope, by every route.

use super::setting::{Answer, Setting, answer};
use octopoid_core::model::Scope;
use octopoid_core::store::KeyStore;
use octopoid_store::server::{Access, digest, generate_key, openapi_json};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// What stands in everything that belongs to the other scope.
const SECRET: &str = "xylophone";

pub(super) async fn key(s: &Setting, scope: &str) -> String {
    let key = generate_key();
    s.store.add_key(&Scope::new(scope).unwrap(), "a test", digest(&key), false).await.unwrap();
    key
}

pub(super) async fn send(s: &Setting, key: &str, method: Method, path: &str, body: Value) -> Answer {
    answer(s.request(method, path).bearer_auth(key).json(&body)).await
}

pub(super) async fn get(s: &Setting, key: &str, path: &str) -> Answer {
    answer(s.request(Method::GET, path).bearer_auth(key)).await
}

/// Two scopes, each with a key; the second one has something of everything.
async fn two() -> (Setting, String, String) {
    let s = Setting::with_keys().await;
    let (mine, theirs) = (s.make_key("mine").await, s.make_key("theirs").await);
    let post = async |path: &str, body: Value| {
        let answer = send(&s, &theirs, Method::POST, path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
        answer.body
    };
    post("/api/v1/projects", json!({ "id": SECRET, "title": SECRET })).await;
    post(
        "/api/v1/tasks",
        json!({ "id": "task-1", "title": SECRET, "content": SECRET, "project_id": SECRET }),
    )
    .await;
    post("/api/v1/drafts", json!({ "title": SECRET, "author": SECRET })).await;
    post(
        "/api/v1/messages",
        json!({ "task_id": "task-1", "from_actor": SECRET, "type": "comment", "content": SECRET }),
    )
    .await;
    let machine = json!({ "cluster": SECRET, "machine_id": "1", "repo_url": SECRET });
    post("/api/v1/orchestrators/register", machine).await;
    let role = json!({ "orchestrator_id": format!("{SECRET}-1"), "roles": [{ "name": SECRET }] });
    post("/api/v1/roles/register", role).await;
    let action = json!({ "entity_type": SECRET, "entity_id": "1", "label": SECRET, "proposed_by": SECRET });
    post("/api/v1/actions", action).await;
    let flow = json!({ "states": ["incoming", "claimed", "done", "failed", SECRET], "transitions": [] });
    send(&s, &theirs, Method::PUT, "/api/v1/flows/default", flow).await.with(200);
    (s, mine, theirs)
}

/// Every route, with ids that belong to the other scope.
fn routes() -> Vec<(Method, String)> {
    let described: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let id = match path.split('/').nth(3) {
                Some("projects") => SECRET,
                Some("drafts") => "1",
                Some("actions") => "act-1",
                Some("orchestrators") => "xylophone-1",
                Some("keys") => "key-2",
                Some("runs") => "task-1.1",
                _ => "task-1",
            };
            let name = if path.contains("roles") { SECRET } else { "default" };
            let path = path.replace("{id}", id).replace("{name}", name).replace("{scope}", "theirs");
            routes.push((method.to_uppercase().parse().unwrap(), path));
        }
    }
    routes
}

#[tokio::test]
async fn nothing_of_another_scope_is_seen_or_changed_by_any_route() {
    let (s, mine, theirs) = two().await;
    let before = get(&s, &theirs, "/api/v1/tasks/task-1").await.with(200);
    for (method, path) in routes() {
        for body in [
            json!({}),
            json!({ "scope": "theirs" }),
            json!({ "title": "taken", "status": "active", "reason": "r", "queue": "failed", "rejected_by": "a", "accepted_by": "a" }),
        ] {
            let request = s.request(method.clone(), &path).bearer_auth(&mine);
            let request = if method == Method::GET { request } else { request.json(&body) };
            let answer = answer(request).await;
            assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.body);
            let shown = answer.body.to_string();
            let echoed = path.contains(SECRET) && answer.status.is_client_error();
            assert!(echoed || !shown.contains(SECRET), "{method} {path} shows {shown}");
        }
        if method == Method::GET && path.starts_with("/api/v1/") && !path.ends_with("/events") {
            let answer = get(&s, &mine, &format!("{path}?scope=theirs")).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.body);
            if answer.status == 403 && !path.contains("keys") {
                let words = answer.body["error"].as_str().unwrap();
                assert!(words.starts_with("Scope mismatch"), "{path}: {words}");
            }
        }
    }
    assert_eq!(get(&s, &theirs, "/api/v1/tasks/task-1").await.with(200), before);
    let events = get(&s, &mine, "/api/v1/events?after=0").await.with(200);
    assert_eq!(events["events"], json!([]));
    assert_eq!(get(&s, &mine, "/api/v1/events?after=0&scope=*").await.status, 400);
    assert_eq!(get(&s, &mine, "/api/v1/tasks").await.with(200)["total"], 0);
}

#[tokio::test]
async fn without_the_right_key_nothing_opens() {
    let (s, mine, _) = two().await;
    let revoked = key(&s, "mine").await;
    s.clock.advance(Duration::from_secs(2));
    get(&s, &revoked, "/api/v1/tasks").await.with(200);
    s.store.revoke_key("key-3").await.unwrap();
    s.clock.advance(Duration::from_secs(2));
    let shown = [
        (None, "needed"),
        (Some("Bearer".to_owned()), "Authorization"),
        (Some(format!("Basic {mine}")), "Authorization"),
        (Some("Bearer secret".to_owned()), "format"),
        (Some(format!("Bearer {}", generate_key())), "unknown"),
        (Some(format!("Bearer {}x", mine)), "unknown"),
        (Some(format!("Bearer {revoked}")), "revoked"),
    ];
    let routes: Vec<_> = routes().into_iter().filter(|(_, path)| path.starts_with("/api/v1/")).collect();
    assert!(routes.len() > 60, "{}", routes.len());
    for (method, path) in routes {
        for (header, words) in &shown {
            let mut request = s.request(method.clone(), &path);
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let answer = answer(request).await;
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
            assert!(answer.body["error"].as_str().unwrap().contains(words), "{}", answer.body);
        }
    }
    get(&s, &mine, "/api/v1/tasks").await.with(200);
}

#[tokio::test]
async fn wrong_keys_and_too_many_requests_are_limited() {
    let s = Setting::with(|server| {
        server.with_access(Access::Keys).with_request_limit(3, Duration::from_secs(3600))
    })
    .await;
    let key = key(&s, "mine").await;
    let mut limited = None;
    for _ in 0..100 {
        let answer = get(&s, "oct_wrong", "/api/v1/tasks").await;
        if answer.status == 429 {
            limited = answer.retry_after;
            break;
        }
    }
    assert!(limited.is_some(), "a hundred wrong keys in a row");
    for _ in 0..3 {
        get(&s, &key, "/api/v1/tasks").await.with(200);
    }
    let last = get(&s, &key, "/api/v1/tasks").await;
    assert_eq!(last.status, 429);
    assert!(last.retry_after.is_some());
}

#[tokio::test]
async fn a_revoked_or_rotated_key_stops_at_once() {
    let (s, mine, theirs) = two().await;
    let rotated = send(&s, &mine, Method::POST, "/api/v1/orchestrators/scopes/mine/rotate-key", json!({}))
        .await
        .with(200);
    assert_eq!(get(&s, &mine, "/api/v1/tasks").await.status, 401);
    let new = rotated["api_key"].as_str().unwrap();
    assert!(new.starts_with("oct_") && new.len() == 68);
    get(&s, new, "/api/v1/tasks").await.with(200);
    let foreign =
        send(&s, new, Method::POST, "/api/v1/orchestrators/scopes/theirs/rotate-key", json!({})).await;
    assert_eq!(foreign.status, 403);
    s.store.revoke_key("key-2").await.unwrap();
    // What another process changes is noticed within two seconds.
    s.clock.advance(Duration::from_secs(2));
    assert_eq!(get(&s, &theirs, "/api/v1/tasks").await.status, 401);
}

#[tokio::test]
async fn anybody_may_come_in_until_there_is_a_key() {
    let s = Setting::new().await;
    s.get("/api/v1/tasks").await.with(200);
    let made = s.post("/api/v1/keys", json!({ "scope": "default" })).await.with(201);
    assert_eq!(s.get("/api/v1/tasks").await.status, 401);
    let key = made["api_key"].as_str().unwrap();
    get(&s, key, "/api/v1/tasks").await.with(200);
    // A scope's key gives no keys.
    assert_eq!(get(&s, key, "/api/v1/keys").await.status, 403);
    assert_eq!(send(&s, key, Method::POST, "/api/v1/keys", json!({ "scope": "other" })).await.status, 403);
    for open in ["/api/health", "/api/ready", "/", "/api/openapi.json", "/api/docs"] {
        assert_eq!(s.get(open).await.status, 200, "{open}");
    }
}

#[tokio::test]
async fn whoever_runs_the_server_may_do_everything() {
    let s =
        Setting::with(|server| server.with_access(Access::Keys).with_admin_token("the secret of the house"))
            .await;
    let admin = "the secret of the house";
    let made = send(&s, admin, Method::POST, "/api/v1/keys", json!({ "scope": "team" })).await.with(201);
    get(&s, made["api_key"].as_str().unwrap(), "/api/v1/tasks").await.with(200);
    let keys = get(&s, admin, "/api/v1/keys").await.with(200);
    assert_eq!(keys["keys"][0]["scope"], "team");
    assert!(!keys.to_string().contains("digest") && !keys.to_string().contains("oct_"));
    send(&s, admin, Method::DELETE, "/api/v1/keys/key-1", json!({})).await.with(200);
    assert_eq!(get(&s, made["api_key"].as_str().unwrap(), "/api/v1/tasks").await.status, 401);
}

#[tokio::test]
async fn numbers_are_for_whoever_has_a_key_and_of_its_scope_alone() {
    let (s, mine, theirs) = two().await;
    assert_eq!(s.get("/metrics").await.status, 401);
    let of_mine = get(&s, &mine, "/metrics").await.with(200);
    let of_theirs = get(&s, &theirs, "/metrics").await.with(200);
    assert!(!of_mine.as_str().unwrap().contains("theirs"));
    assert!(of_theirs.as_str().unwrap().contains(r#"octopoid_tasks{scope="theirs",queue="incoming"} 1"#));
}

#[tokio::test]
async fn where_keys_are_the_rule_compat_lets_nobody_in_without_one() {
    let s = Setting::with(|server| server.with_access(Access::Keys).with_compat(true)).await;
    let mine = key(&s, "mine").await;
    for (method, path) in routes().into_iter().filter(|(_, path)| path.starts_with("/api/v1/")) {
        let answer = s.send(method.clone(), &path, json!({ "scope": "mine" })).await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
    }
    get(&s, &mine, "/api/v1/tasks?scope=mine").await.with(200);
}

#[tokio::test]
async fn nobody_gives_himself_a_key_once_there_is_one() {
    for access in [Access::Everybody, Access::UntilThereIsAKey] {
        let s = Setting::with(|server| server.with_access(access).with_compat(true)).await;
        // Without any, somebody has to make the first.
        s.get("/api/v1/keys").await.with(200);
        s.post("/api/v1/keys", json!({ "scope": "default" })).await.with(201);
        s.get("/api/v1/tasks?scope=default").await.with(200);
        assert_eq!(s.get("/api/v1/keys").await.status, 401);
        assert_eq!(s.post("/api/v1/keys", json!({ "scope": "default" })).await.status, 401);
        assert_eq!(s.delete("/api/v1/keys/key-1").await.status, 401);
        let forget = json!({ "before": "2030-01-01T00:00:00Z" });
        assert_eq!(s.post("/api/v1/requests/forget", forget).await.status, 401);
        assert_eq!(s.store.keys(None).await.unwrap().len(), 1);
    }
    let s = Setting::with(|server| {
        server.with_access(Access::Everybody).with_admin_token("the secret of the house")
    })
    .await;
    assert_eq!(s.post("/api/v1/keys", json!({ "scope": "default" })).await.status, 401);
}

#[tokio::test]
async fn a_read_only_key_reads_and_changes_nothing() {
    let s = Setting::with(|server| server.with_access(Access::Keys)).await;
    let (writer, reader) = (key(&s, "mine").await, key(&s, "mine").await);
    let task = json!({ "id": "task-1", "title": "A title", "content": "A description" });
    send(&s, &writer, Method::POST, "/api/v1/tasks", task.clone()).await;
    let keys = s.store.keys(None).await.unwrap();
    let reading = keys.iter().find(|key| key.digest == digest(&reader)).unwrap();
    s.store.restrict_key(&reading.id).await.unwrap();
    // The server reads its keys again every two seconds.
    s.clock.advance(Duration::from_secs(3));
    assert_eq!(get(&s, &reader, "/api/v1/tasks/task-1").await.status, 200);
    for (method, path) in [
        (Method::POST, "/api/v1/tasks"),
        (Method::PATCH, "/api/v1/tasks/task-1"),
        (Method::DELETE, "/api/v1/tasks/task-1"),
        (Method::POST, "/api/v1/tasks/claim"),
    ] {
        let refused = send(&s, &reader, method.clone(), path, task.clone()).await;
        assert_eq!(refused.status, 403, "{method} {path}");
    }
    assert_eq!(get(&s, &writer, "/api/v1/tasks/task-1").await.body["title"], "A title");
}
