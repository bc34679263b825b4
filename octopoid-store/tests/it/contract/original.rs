//! Programs that were written for the original server.

use super::setting::Setting;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_client_of_the_original_works_unchanged() {
    let s = Setting::with(|server| server.with_compat(true)).await;
    let machine = json!({ "cluster": "prod", "machine_id": "1", "repo_url": "u", "scope": "team", "max_claimed": 3, "extra": 1 });
    let registered = s.post("/api/v1/orchestrators/register", machine).await.with(201);
    assert!(
        registered["api_key"].as_str().unwrap().starts_with("oct_"),
        "once, at the scope's first registration"
    );
    let create = json!({ "id": "T1", "file_path": "tasks/T1.md", "branch": "main", "scope": "team", "cluster": "prod", "hooks": "[{\"name\":\"tests\"}]" });
    let task = s.post("/api/v1/tasks", create.clone()).await.with(201);
    assert_eq!(
        (&task["title"], &task["file_path"], &task["queue"]),
        (&json!("T1"), &json!("tasks/T1.md"), &json!("incoming"))
    );
    s.post("/api/v1/tasks", create).await.with(409);
    for (missing, words) in [
        (json!({ "id": "T2", "branch": "main", "scope": "team" }), "Missing required fields: id, file_path"),
        (json!({ "branch": "main", "scope": "team" }), "Missing required fields: id, file_path"),
        (json!({ "id": "T2", "file_path": "f", "scope": "team" }), "Missing required field: branch"),
        (json!({ "id": "T2", "file_path": "f", "branch": "main" }), "Missing required field: scope"),
    ] {
        assert_eq!(s.post("/api/v1/tasks", missing).await.with(400)["error"], words);
    }
    s.get("/api/v1/tasks").await.with(400);
    assert_eq!(s.get("/api/v1/tasks?scope=team&anything=1").await.with(200)["total"], 1);
    let claim =
        json!({ "orchestrator_id": "prod-1", "agent_name": "a", "scope": "team", "role_filter": null });
    s.post("/api/v1/tasks/claim", claim.clone()).await.with(200);
    s.post("/api/v1/tasks/claim", claim).await.with(404);
    let hook = s
        .post(
            "/api/v1/tasks/T1/hooks/tests/complete?",
            json!({ "status": "passed", "scope": "team", "evidence": { "n": 1 } }),
        )
        .await
        .with(200);
    assert!(hook["hooks"].as_str().unwrap().contains("passed"));
    s.post("/api/v1/tasks/T1/hooks/none/complete", json!({ "status": "passed", "scope": "team" }))
        .await
        .with(404);
    let wrong = s
        .post("/api/v1/tasks/T1/hooks/tests/complete", json!({ "status": "maybe", "scope": "team" }))
        .await
        .with(400);
    assert_eq!(wrong["error"], "status must be \"passed\" or \"failed\"");
    let work = json!({ "commits_count": 1, "turns_used": 3, "scope": "team" });
    assert_eq!(s.post("/api/v1/tasks/T1/submit", work.clone()).await.with(200)["queue"], "provisional");
    let again = s.post("/api/v1/tasks/T1/submit", work).await.with(409);
    assert_eq!(again["error"], "Failed to submit task");
    assert!(again["details"][0].as_str().unwrap().contains("provisional"));
    let rejected = s
        .post("/api/v1/tasks/T1/reject", json!({ "reason": "tests", "rejected_by": "ada", "scope": "team" }))
        .await
        .with(200);
    assert_eq!((&rejected["queue"], &rejected["rejection_count"]), (&json!("incoming"), &json!(1)));
    let moved = json!({ "queue": "provisional", "reason": "by hand", "scope": "team" });
    s.post("/api/v1/tasks/T1/force-queue", moved).await.with(200);
    let thread = s.get("/api/v1/tasks/T1/messages?scope=team").await.with(200);
    assert!(
        thread["messages"]
            .as_array()
            .unwrap()
            .iter()
            .any(|message| message["content"].as_str().unwrap().contains("tests"))
    );
    let poll = s.get("/api/v1/scheduler/poll?scope=team&orchestrator_id=prod-1").await.with(200);
    assert_eq!(
        (&poll["queue_counts"]["provisional"], &poll["orchestrator_registered"]),
        (&json!(1), &json!(true))
    );
    let done =
        s.post("/api/v1/tasks/T1/accept", json!({ "accepted_by": "ada", "scope": "team" })).await.with(200);
    assert_eq!(done["queue"], "done");
    assert_eq!(
        s.post("/api/v1/tasks/none/accept", json!({ "accepted_by": "a", "scope": "team" })).await.with(404)["error"],
        "Task not found"
    );
    assert_eq!(s.get("/api/v1/scheduler/poll").await.status, 400);
}

#[tokio::test]
async fn the_rest_of_the_contract() {
    let s = Setting::new().await;
    let project =
        s.post("/api/v1/projects", json!({ "title": "Big thing", "branch": "feature/x" })).await.with(201);
    assert_eq!(
        (&project["id"], &project["base_branch"], &project["status"]),
        (&json!("big-thing"), &json!("main"), &json!("draft"))
    );
    let task = s.post("/api/v1/tasks", json!({ "title": "Part", "project_id": "big-thing" })).await.with(201);
    assert_eq!(task["branch"], "feature/x");
    let full = s.delete("/api/v1/projects/big-thing").await.with(409);
    assert_eq!(
        (&full["error"], &full["hint"]),
        (&json!("Cannot delete project big-thing: has 1 tasks"), &json!("Delete or unlink tasks first"))
    );
    assert_eq!(s.get("/api/v1/projects/big-thing/tasks").await.with(200)["total"], 1);
    let completed = s.patch("/api/v1/projects/big-thing", json!({ "status": "completed" })).await.with(200);
    assert!(completed["completed_at"].is_string());
    s.post("/api/v1/projects", json!({ "id": "big-thing", "title": "x" })).await.with(409);
    let draft = s
        .post("/api/v1/drafts", json!({ "title": "An idea", "author": "ada", "tags": ["a"] }))
        .await
        .with(201);
    assert_eq!(
        (&draft["id"], &draft["tags"], &draft["status"]),
        (&json!(1), &json!("[\"a\"]"), &json!("idea"))
    );
    assert_eq!(s.get("/api/v1/drafts/an-idea").await.with(200), draft);
    s.patch("/api/v1/drafts/1", json!({ "status": "approved" })).await.with(200);
    assert_eq!(s.delete("/api/v1/drafts/1").await.with(200)["message"], "Draft 1 deleted");
    assert_eq!(s.get("/api/v1/drafts/1").await.with(404)["error"], "Draft 1 not found");
    let ask = json!({ "task_id": "task-1", "from_actor": "agent", "type": "question", "content": "Which?", "to_actor": "ada" });
    let asked = s.post("/api/v1/messages", ask).await.with(201);
    assert_eq!(s.get("/api/v1/messages?unreplied=true&to_actor=ada").await.with(200)["total"], 1);
    let reply = json!({ "task_id": "task-1", "from_actor": "ada", "type": "answer", "content": "That", "parent_message_id": asked["id"] });
    s.post("/api/v1/messages", reply).await.with(201);
    assert_eq!(s.get("/api/v1/messages?unreplied=true&to_actor=ada").await.with(200)["total"], 0);
    let thread = format!("/api/v1/messages?thread_id={}", asked["id"].as_str().unwrap());
    assert_eq!(s.get(&thread).await.with(200)["total"], 2);
    let action =
        json!({ "entity_type": "draft", "entity_id": "1", "label": "Do it", "proposed_by": "agent" });
    let action = s.post("/api/v1/actions", action).await.with(201);
    let path = format!("/api/v1/actions/{}", action["id"].as_str().unwrap());
    assert_eq!(s.post(&format!("{path}/execute"), json!({})).await.with(200)["status"], "execute_requested");
    let twice = s.post(&format!("{path}/execute"), json!({})).await.with(400);
    assert!(
        twice["error"]
            .as_str()
            .unwrap()
            .starts_with("Cannot execute action with status \"execute_requested\".")
    );
    s.patch(&path, json!({ "status": "completed", "result": "ok" })).await.with(200);
    let flow = json!({ "states": ["incoming", "claimed", "done", "failed"], "transitions": [{ "from": "incoming", "to": "done" }] });
    let flow = s.send(Method::PUT, "/api/v1/flows/short", flow).await.with(200);
    assert_eq!(flow["transitions"], "[{\"from\":\"incoming\",\"to\":\"done\"}]");
    let bad = s
        .send(Method::PUT, "/api/v1/flows/bad", json!({ "states": ["incoming"], "transitions": [] }))
        .await
        .with(400);
    assert!(
        bad["error"].as_str().unwrap().starts_with("Flow states must include built-in state \"claimed\"")
    );
    s.delete("/api/v1/flows/short").await.with(200);
    let machine = json!({ "cluster": "c", "machine_id": "1", "repo_url": "u" });
    s.post("/api/v1/orchestrators/register", machine).await.with(201);
    let roles =
        json!({ "orchestrator_id": "c-1", "roles": [{ "name": "review", "claims_from": "provisional" }] });
    s.post("/api/v1/roles/register", roles).await.with(200);
    let unknown = s.post("/api/v1/tasks", json!({ "title": "x", "role": "nobody" })).await.with(400);
    assert_eq!(unknown["error"], "Unknown role 'nobody'. Registered roles: review");
    s.get("/api/v1/roles/review").await.with(200);
    assert_eq!(s.get("/api/health").await.with(200)["status"], "healthy");
}
