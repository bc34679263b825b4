//! Projects, drafts, messages, actions.

use super::{create, server};
use serde_json::json;

#[tokio::test]
async fn a_project_has_any_status() {
    let s = server().await;
    for missing in [
        json!({ "title": "P", "branch": "b" }),
        json!({ "id": "p", "branch": "b" }),
        json!({ "id": "p", "title": "P" }),
    ] {
        s.post("/api/v1/projects", missing).await.with(400);
    }
    let body =
        json!({ "id": "p1", "title": "P", "branch": "feature/p", "scope": "team", "status": "planning" });
    let made = s.post("/api/v1/projects", body.clone()).await.with(201);
    assert_eq!(
        (&made["status"], &made["base_branch"], &made["auto_accept"]),
        (&json!("planning"), &json!("main"), &json!(false))
    );
    assert_eq!(s.post("/api/v1/projects", body).await.with(409)["error"], "Project p1 already exists");
    assert_eq!(s.get("/api/v1/projects/p1").await.with(200)["status"], "planning");
    assert_eq!(s.get("/api/v1/projects?status=planning").await.with(200)["total"], 1);
    assert_eq!(s.get("/api/v1/projects?status=draft").await.with(200)["total"], 0);
    assert_eq!(
        s.patch("/api/v1/projects/p1", json!({ "status": "on hold" })).await.with(200)["status"],
        "on hold"
    );
    let done = s.patch("/api/v1/projects/p1", json!({ "status": "completed" })).await.with(200);
    assert!(done["status"] == "completed" && done["completed_at"].is_string());
    create(&s, "T1", json!({ "project_id": "p1" })).await;
    let tasks = s.get("/api/v1/projects/p1/tasks").await.with(200);
    assert_eq!((&tasks["total"], &tasks["tasks"][0]["branch"]), (&json!(1), &json!("feature/p")));
    assert_eq!(tasks["tasks"][0]["role"], json!(null), "in every list");
    let full = s.delete("/api/v1/projects/p1").await.with(409);
    assert_eq!(full["error"], "Cannot delete project p1: has 1 tasks");
    assert_eq!(s.get("/api/v1/projects/none").await.with(404)["error"], "Project none not found");
    s.patch("/api/v1/projects/p1", json!({})).await.with(400);
}

#[tokio::test]
async fn a_draft_has_any_status_and_a_number() {
    let s = server().await;
    let body = json!({ "id": "mine", "title": "D", "author": "ada", "scope": "team", "status": "thinking", "tags": ["a"] });
    let made = s.post("/api/v1/drafts", body).await.with(201);
    assert_eq!(
        (&made["id"], &made["status"], &made["tags"]),
        (&json!(1), &json!("thinking"), &json!("[\"a\"]"))
    );
    assert_eq!(s.get("/api/v1/drafts?status=thinking").await.with(200)["total"], 1);
    assert_eq!(s.get("/api/v1/drafts?status=idea").await.with(200)["total"], 0);
    assert_eq!(
        s.patch("/api/v1/drafts/1", json!({ "status": "approved" })).await.with(200)["status"],
        "approved"
    );
    for path in ["/api/v1/drafts/abc", "/api/v1/drafts/d"] {
        assert_eq!(s.get(path).await.with(400)["error"], "Draft ID must be an integer");
    }
    assert_eq!(s.get("/api/v1/drafts/9").await.with(404)["error"], "Draft 9 not found");
    assert_eq!(s.delete("/api/v1/drafts/1").await.with(200)["message"], "Draft 1 deleted");
}

#[tokio::test]
async fn messages_are_about_any_task() {
    let s = server().await;
    let say = |content: &str| json!({ "task_id": "unknown", "from_actor": "a", "to_actor": "b", "type": "note", "content": content, "scope": "team" });
    let first = s.post("/api/v1/messages", say("one")).await.with(201);
    assert_eq!((&first["task_id"], &first["type"]), (&json!("unknown"), &json!("note")));
    let mut reply = say("two");
    reply["parent_message_id"] = first["id"].clone();
    s.post("/api/v1/messages", reply).await.with(201);
    for path in [
        "/api/v1/messages?scope=team&task_id=unknown",
        "/api/v1/tasks/unknown/messages?scope=team",
        "/api/v1/messages?scope=team",
    ] {
        let thread = s.get(path).await.with(200);
        assert_eq!(
            (&thread["total"], &thread["messages"][0]["content"]),
            (&json!(2), &json!("one")),
            "{path}"
        );
    }
    assert_eq!(s.get("/api/v1/messages?scope=team&unreplied=true").await.with(200)["total"], 1);
    assert_eq!(s.get("/api/v1/messages?scope=team&limit=-1").await.with(200)["limit"], -1);
    let thread = format!("/api/v1/messages?scope=team&thread_id={}", first["id"].as_str().unwrap());
    assert_eq!(s.get(&thread).await.with(200)["total"], 2);
    assert_eq!(s.get("/api/v1/tasks/silent/messages?scope=team").await.with(200)["total"], 0);
    let mut orphan = say("three");
    orphan["parent_message_id"] = json!("msg-99");
    let refused = s.post("/api/v1/messages", orphan).await.with(400);
    assert!(refused["error"].as_str().unwrap().starts_with("Parent message not found"));
}

#[tokio::test]
async fn actions_are_proposed_and_executed() {
    let s = server().await;
    let body = json!({ "entity_type": "draft", "entity_id": "1", "label": "Do", "proposed_by": "a", "scope": "team" });
    let made = s.post("/api/v1/actions", body).await.with(201);
    assert_eq!((&made["status"], &made["action_type"]), (&json!("proposed"), &json!("proposal")));
    let path = format!("/api/v1/actions/{}", made["id"].as_str().unwrap());
    assert_eq!(s.post(&format!("{path}/execute"), json!({})).await.with(200)["status"], "execute_requested");
    let twice = s.post(&format!("{path}/execute"), json!({})).await.with(400);
    assert!(twice["error"].as_str().unwrap().starts_with("Cannot execute action with status"));
    for status in ["executing", "failed", "proposed", "completed", "expired"] {
        assert_eq!(s.patch(&path, json!({ "status": status })).await.with(200)["status"], status);
    }
    s.patch(&path, json!({ "status": "unknown" })).await.with(400);
    s.patch(&path, json!({})).await.with(400);
    assert_eq!(s.get("/api/v1/actions?scope=team&limit=-1").await.with(200)["total"], 1);
}

#[tokio::test]
async fn an_action_is_found_by_its_id_also_where_it_has_expired() {
    let s = server().await;
    let propose = async |scope: &str, until: &str| {
        let body = json!({ "entity_type": "t", "entity_id": "1", "label": "Do", "proposed_by": "a",
                           "scope": scope, "expires_at": until });
        s.post("/api/v1/actions", body).await.with(201)["id"].as_str().unwrap().to_owned()
    };
    let late = propose("team", "2026-01-01T00:00:30").await;
    let others: Vec<_> =
        [propose("other", "2030-01-01 00:00:00").await, propose("team", "2030-01-01T00:00:00Z").await].into();
    assert!(!others.contains(&late), "an id is that of one action, whatever its scope");
    s.clock.advance(std::time::Duration::from_secs(60));
    let refused = s.post(&format!("/api/v1/actions/{late}/execute"), json!({})).await.with(400);
    assert_eq!(refused["error"], "Action has expired");
    s.patch(&format!("/api/v1/actions/{late}"), json!({ "status": "expired" })).await.with(200);
    for id in &others {
        s.post(&format!("/api/v1/actions/{id}/execute"), json!({})).await.with(200);
    }
    s.post("/api/v1/actions/none/execute", json!({})).await.with(404);
    let draft = async |scope: &str| {
        s.post("/api/v1/drafts", json!({ "title": "D", "author": "a", "scope": scope })).await.with(201)["id"]
            .clone()
    };
    let (one, two) = (draft("team").await, draft("other").await);
    assert_ne!(one, two);
    assert_eq!(s.get(&format!("/api/v1/drafts/{two}")).await.with(200)["scope"], "other");
}
