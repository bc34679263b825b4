//! A key of one scope, and well-formed requests for what belongs to another.

use super::keys::{get, send};
use super::setting::{Answer, Setting, answer};
use octopoid_core::model::{RoleName, Run, Timestamp};
use octopoid_store::server::openapi_json;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Two keys, and something of everything in the second's scope, ready for whatever could be asked of it.
async fn two() -> (Setting, String, String) {
    let s = Setting::with_keys().await;
    let (mine, theirs) = (s.make_key("mine").await, s.make_key("theirs").await);
    let put = async |method: Method, path: &str, body: Value| {
        let answer = send(&s, &theirs, method, &format!("/api/v1/{path}"), body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
        answer.body
    };
    let post = async |path: &str, body: Value| put(Method::POST, path, body).await;
    post("projects", json!({ "id": "project", "title": "Theirs" })).await;
    for (id, lease) in [("task-1", 300), ("task-2", 1)] {
        let hooks = r#"[{"name":"tests","status":"pending"}]"#;
        post("tasks", json!({ "id": id, "title": "Theirs", "hooks": hooks })).await;
        let token = format!("token-{id}");
        let claim = json!({ "orchestrator_id": "prod-1", "agent_name": "a", "task_id": id, "claim_token": token,
                            "lease_duration_seconds": lease });
        post("tasks/claim", claim).await;
    }
    post("tasks", json!({ "id": "task-3", "title": "Theirs" })).await;
    post("drafts", json!({ "title": "Theirs", "author": "a" })).await;
    post("messages", json!({ "task_id": "task-1", "from_actor": "a", "type": "comment", "content": "c" }))
        .await;
    let by = json!({ "kind": "person", "name": "a" });
    let comments =
        json!([{ "author": by, "body": "a draft", "draft": true }, { "author": by, "body": "sent" }]);
    post("tasks/task-1/review-comments", json!({ "comments": comments })).await;
    post("orchestrators/register", json!({ "cluster": "prod", "machine_id": "1", "repo_url": "r" })).await;
    post("roles/register", json!({ "orchestrator_id": "prod-1", "roles": [{ "name": "implement" }] })).await;
    let action = json!({ "entity_type": "task", "entity_id": "1", "label": "l", "proposed_by": "a" });
    post("actions", action).await;
    let flow = json!({ "states": ["incoming", "claimed", "done", "failed"], "transitions": [{ "from": "claimed", "to": "done" }] });
    put(Method::PUT, "flows/default", flow).await;
    put(Method::PUT, "runs/task-1.1", json!({ "run": run("theirs") })).await;
    // The second task's lease has run out, so that taking its claim away would be right.
    s.clock.advance(Duration::from_secs(2));
    (s, mine, theirs)
}

fn run(scope: &str) -> Value {
    let (task, at) = ("task-1".parse().unwrap(), Timestamp::from_millis(1_767_225_600_000));
    let (agent, machine) = ("a".parse().unwrap(), "prod-1".parse().unwrap());
    let run = Run::new(scope.parse().unwrap(), task, 1, agent, Some(RoleName::implement()), machine, at);
    serde_json::to_value(run).unwrap()
}

/// Everything of a scope, by every list that there is.
async fn everything(s: &Setting, key: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for path in [
        "tasks?sort=oldest",
        "tasks/task-1",
        "tasks/task-2",
        "tasks/task-3",
        "tasks/task-1/history",
        "tasks/task-1/messages",
        "tasks/task-1/review-comments",
        "runs",
        "usage",
        "projects",
        "drafts",
        "messages",
        "actions",
        "flows",
        "roles",
        "orchestrators",
        "scheduler/counts",
        "scheduler/poll?orchestrator_id=prod-1",
    ] {
        all.push(get(s, key, &format!("/api/v1/{path}")).await.with(200));
    }
    let events = get(s, key, "/api/v1/events?after=0").await.with(200);
    all.push(events["events"].clone());
    all
}

/// What may be asked of each route that writes: a body that is right for what is there, and whether it is about something
/// that is named in the path or the body, so that who may not see it finds nothing.
fn writes() -> Vec<(&'static str, &'static str, Value, bool)> {
    let token = "token-task-1";
    let requeue = json!({ "requeue": { "actor": { "person": "ada" }, "reason": "again" } });
    vec![
        ("post", "/api/v1/tasks/{id}/commands", json!({ "command": requeue }), true),
        ("post", "/api/v1/tasks/{id}/renew", json!({ "claim_token": token }), true),
        (
            "post",
            "/api/v1/tasks/{id}/submit",
            json!({ "claim_token": token, "commits_count": 1, "turns_used": 1, "pr_number": 3 }),
            true,
        ),
        ("post", "/api/v1/tasks/{id}/accept", json!({ "claim_token": token, "accepted_by": "ada" }), true),
        (
            "post",
            "/api/v1/tasks/{id}/reject",
            json!({ "claim_token": token, "rejected_by": "ada", "reason": "no" }),
            true,
        ),
        ("post", "/api/v1/tasks/{id}/requeue", json!({ "claim_token": token, "reason": "again" }), true),
        ("post", "/api/v1/tasks/{id}/release", json!({ "claim_token": token, "reason": "no" }), true),
        ("post", "/api/v1/tasks/{id}/force-queue", json!({ "queue": "failed", "reason": "no" }), true),
        ("post", "/api/v1/tasks/{id}/hooks/{name}/complete", json!({ "status": "passed" }), true),
        ("patch", "/api/v1/tasks/{id}", json!({ "title": "Mine", "queue": "failed" }), true),
        ("delete", "/api/v1/tasks/{id}", json!({}), true),
        ("post", "/api/v1/tasks/expire", json!({}), false),
        (
            "post",
            "/api/v1/tasks/claim",
            json!({ "orchestrator_id": "prod-1", "agent_name": "a", "task_id": "task-3" }),
            true,
        ),
        ("put", "/api/v1/runs/{id}", json!({ "run": run("mine") }), true),
        ("put", "/api/v1/runs/{id}/artifacts/{kind}", json!({}), true),
        ("delete", "/api/v1/tasks/{id}/artifacts", json!({}), true),
        (
            "post",
            "/api/v1/tasks/{id}/review-comments",
            json!({ "comments": [{ "author": { "kind": "person", "name": "a" }, "body": "mine" }] }),
            true,
        ),
        ("post", "/api/v1/tasks/{id}/review-comments/resolve", json!({ "ids": [2], "by": "ada" }), true),
        ("patch", "/api/v1/tasks/{id}/review-comments/{number}", json!({ "body": "mine" }), true),
        ("delete", "/api/v1/tasks/{id}/review-comments/{number}", json!({}), true),
        (
            "post",
            "/api/v1/tasks/{id}/review",
            json!({ "reviewed_by": "ada", "verdict": "comment", "summary": "mine" }),
            true,
        ),
        ("patch", "/api/v1/projects/{id}", json!({ "title": "Mine" }), true),
        ("delete", "/api/v1/projects/{id}", json!({}), true),
        ("patch", "/api/v1/drafts/{id}", json!({ "title": "Mine" }), true),
        ("delete", "/api/v1/drafts/{id}", json!({}), true),
        (
            "post",
            "/api/v1/messages",
            json!({ "task_id": "task-1", "from_actor": "a", "type": "comment", "content": "c" }),
            true,
        ),
        ("post", "/api/v1/actions/{id}/execute", json!({}), true),
        ("patch", "/api/v1/actions/{id}", json!({ "status": "completed", "result": "done" }), true),
        ("delete", "/api/v1/flows/{name}", json!({}), true),
        (
            "post",
            "/api/v1/roles/register",
            json!({ "orchestrator_id": "prod-1", "roles": [{ "name": "x" }] }),
            true,
        ),
        ("patch", "/api/v1/orchestrators/{id}", json!({ "status": "maintenance" }), true),
        ("post", "/api/v1/orchestrators/{id}/heartbeat", json!({ "agents": [] }), true),
        ("post", "/api/v1/orchestrators/scopes/{scope}/rotate-key", json!({}), true),
        ("post", "/api/v1/keys", json!({ "label": "mine" }), true),
        ("delete", "/api/v1/keys/{id}", json!({}), true),
        ("post", "/api/v1/requests/forget", json!({ "before": "2030-01-01T00:00:00Z" }), true),
        // What makes something new makes it in the own scope, also under a name that is taken elsewhere.
        (
            "put",
            "/api/v1/flows/{name}",
            json!({ "states": ["incoming", "claimed", "done", "failed", "mine"], "transitions": [{ "from": "claimed", "to": "done" }] }),
            false,
        ),
        (
            "post",
            "/api/v1/orchestrators/register",
            json!({ "cluster": "prod", "machine_id": "1", "repo_url": "mine", "hostname": "mine" }),
            false,
        ),
        ("post", "/api/v1/projects", json!({ "id": "project", "title": "Mine" }), false),
        ("post", "/api/v1/tasks", json!({ "id": "task-1", "title": "Mine", "content": "Mine" }), false),
        ("post", "/api/v1/drafts", json!({ "title": "Mine", "author": "a" }), false),
        (
            "post",
            "/api/v1/actions",
            json!({ "entity_type": "task", "entity_id": "1", "label": "Mine", "proposed_by": "a" }),
            false,
        ),
    ]
}

fn filled(path: &str) -> String {
    let id = match path.split('/').nth(3) {
        Some("projects") => "project",
        Some("drafts") => "1",
        Some("actions") => "act-1",
        Some("orchestrators") => "prod-1",
        Some("keys") => "key-2",
        Some("runs") => "task-1.1",
        _ => "task-1",
    };
    let name = if path.contains("hooks") { "tests" } else { "default" };
    path.replace("{id}", id)
        .replace("{name}", name)
        .replace("{scope}", "theirs")
        .replace("{kind}", "log")
        .replace("{number}", "1")
}

#[test]
fn every_route_that_writes_is_among_them() {
    let described: Value = serde_json::from_str(&openapi_json()).unwrap();
    let known: Vec<_> = writes().into_iter().map(|(method, path, ..)| (method, path)).collect();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "get") {
            assert!(known.contains(&(method.as_str(), path.as_str())), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_request_here_does_something_in_the_scope_it_is_meant_for() {
    for (method, path, mut body, _) in writes() {
        let (s, _, theirs) = two().await;
        if let Some(run) = body.get_mut("run") {
            run["scope"] = json!("theirs");
        }
        let of_keys = path.contains("/keys") || path.contains("/requests");
        let answer = send(&s, &theirs, method.to_uppercase().parse().unwrap(), &filled(path), body).await;
        let taken = answer.status == 409 && matches!(path, "/api/v1/projects" | "/api/v1/tasks");
        // A held task is not deleted, and nobody but whoever runs the server gives keys.
        let held = answer.status == 409 && method == "delete";
        let fine = answer.status.is_success() || taken || held || of_keys && answer.status == 403;
        assert!(fine, "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn nothing_of_another_scope_can_be_changed_by_a_request_that_would_be_right_there() {
    let (s, mine, theirs) = two().await;
    let before = everything(&s, &theirs).await;
    let keys = s.list_keys().await;
    let unchanged = async |what: &str| {
        for (now, then) in everything(&s, &theirs).await.iter().zip(&before) {
            assert_eq!(now, then, "after {what}");
        }
        assert_eq!(s.list_keys().await, keys, "after {what}");
    };
    for (method, path, body, named) in writes() {
        let (verb, path) = (method.to_uppercase().parse::<Method>().unwrap(), filled(path));
        let what = format!("{method} {path}");
        let ask = async |path: &str, body: &Value| -> Answer {
            answer(s.request(verb.clone(), path).bearer_auth(&mine).json(body)).await
        };
        let refused = |answer: Answer, how: &str| {
            let status = answer.status.as_u16();
            let no_parameter = status == 400 && answer.body["error"] == "Unknown parameter: scope";
            let no_field = status == 400 && answer.body["error"] == "Unknown field: scope";
            assert!(status == 403 || no_parameter || no_field, "{what} with {how}: {status} {}", answer.body);
        };
        let mut theirs_by_name = body.clone();
        theirs_by_name["scope"] = json!("theirs");
        // A body of bytes names nothing.
        if !path.contains("/artifacts/") {
            refused(ask(&path, &theirs_by_name).await, "their scope in the body");
        }
        refused(ask(&format!("{path}?scope=theirs"), &body).await, "their scope in the parameters");
        unchanged(&what).await;
        let own = ask(&path, &body).await;
        if named {
            let status = own.status.as_u16();
            let unknown = path.ends_with("roles/register") && status == 400;
            assert!(matches!(status, 403 | 404) || unknown, "{what}: {status} {}", own.body);
        } else {
            assert!(own.status.is_success(), "{what}: {}", own.body);
        }
        unchanged(&what).await;
    }
}
