//! Tasks: created, read, deleted; their hooks and messages.

use super::{claim, create, flow, server, task, truth};
use serde_json::{Value, json};

#[tokio::test]
async fn a_task_is_created_as_it_is_asked_for() {
    let s = server().await;
    let made = create(&s, "T1", json!({ "cluster": "c", "metadata": { "a": 1 } })).await;
    for (field, value) in [
        ("title", json!("T1")),
        ("queue", json!("incoming")),
        ("priority", json!("P2")),
        ("complexity", json!(null)),
        ("role", json!(null)),
        ("type", json!(null)),
        ("blocked_by", json!(null)),
        ("content", json!(null)),
        ("flow", json!("default")),
        ("hooks", json!(null)),
        ("claimed_by", json!(null)),
        ("version", json!(1)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert!(!truth(&made["auto_accept"]) && !truth(&made["needs_intervention"]));
    assert_eq!(task(&s, "T1").await["role"], json!(null));
    let whole = json!({ "role": "implement", "content": "See `tasks/T2.md`.", "complexity": "M" });
    let made = create(&s, "T2", whole).await;
    assert_eq!((&made["role"], &made["complexity"]), (&json!("implement"), &json!("M")));
    assert_eq!(made["content"], "See `tasks/T2.md`.", "what is said is shown");
}

#[tokio::test]
async fn words_of_the_clients_own_are_kept() {
    let s = server().await;
    let made = create(&s, "T1", json!({ "priority": "urgent", "complexity": "huge" })).await;
    assert_eq!((&made["priority"], &made["complexity"]), (&json!("urgent"), &json!("huge")));
    assert_eq!(task(&s, "T1").await["priority"], "urgent");
    let found = s.get("/api/v1/tasks?scope=team&priority=urgent,P9").await.with(200);
    assert_eq!(found["total"], 1);
    let patched = s.patch("/api/v1/tasks/T1", json!({ "priority": "P0" })).await.with(200);
    assert_eq!(patched["priority"], "P0");
}

#[tokio::test]
async fn required_fields_have_an_error_each() {
    let s = server().await;
    for (body, words) in [
        (json!({}), "Missing required fields: id, file_path"),
        (json!({ "id": "T", "file_path": "" }), "Missing required fields: id, file_path"),
        (json!({ "id": "T", "file_path": "f" }), "Missing required field: branch"),
        (json!({ "id": "T", "file_path": "f", "branch": "b" }), "Missing required field: scope"),
    ] {
        assert_eq!(s.post("/api/v1/tasks", body).await.with(400)["error"], words);
    }
}

#[tokio::test]
async fn a_new_task_stands_in_any_queue() {
    let s = server().await;
    for queue in [
        "incoming",
        "claimed",
        "provisional",
        "done",
        "failed",
        "backlog",
        "blocked",
        "needs_continuation",
        "requires-intervention",
        "testing",
    ] {
        let id = format!("in-{queue}");
        let made = create(&s, &id, json!({ "queue": queue })).await;
        assert_eq!(made["queue"], queue);
        assert!(made["claimed_by"].is_null() && made["lease_expires_at"].is_null());
        assert_eq!(task(&s, &id).await["queue"], queue);
        assert_eq!(super::ids(&s, &format!("queue={queue}")).await, [id], "{queue}");
    }
}

#[tokio::test]
async fn a_registered_flow_says_which_queues_there_are() {
    let s = server().await;
    flow(&s, &[("claimed", "testing"), ("testing", "done")]).await;
    assert_eq!(create(&s, "T1", json!({ "queue": "testing" })).await["queue"], "testing");
    let body = json!({ "id": "T2", "file_path": "f", "branch": "b", "scope": "team", "queue": "nowhere" });
    let refused = s.post("/api/v1/tasks", body).await.with(400);
    let words = "Invalid queue \"nowhere\". Valid queues for flow \"default\": incoming, claimed, provisional, done, failed, testing";
    assert_eq!(refused["error"], words);
    for (path, body) in [
        ("/api/v1/tasks/T1/force-queue", json!({ "queue": "nowhere", "reason": "r" })),
        (
            "/api/v1/tasks/claim",
            json!({ "orchestrator_id": "o", "agent_name": "a", "scope": "team", "queue": "nowhere" }),
        ),
    ] {
        assert_eq!(s.post(path, body).await.with(400)["error"], words, "{path}");
    }
    let patched = s.patch("/api/v1/tasks/T1", json!({ "queue": "nowhere" })).await.with(400);
    assert_eq!(patched["error"], words);
    assert_eq!(super::ids(&s, "queue=nowhere").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_task_that_waits_stands_in_incoming_and_is_not_claimed() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    let waits = create(&s, "T2", json!({ "blocked_by": "T1" })).await;
    assert_eq!((&waits["queue"], &waits["blocked_by"]), (&json!("incoming"), &json!("T1")));
    assert_eq!(super::ids(&s, "queue=incoming").await, ["T2", "T1"]);
    assert_eq!(claim(&s, json!({})).await.with(200)["id"], "T1");
    claim(&s, json!({})).await.with(404);
    let poll = s.get("/api/v1/scheduler/poll?scope=team").await.with(200);
    assert_eq!(poll["queue_counts"], json!({ "incoming": 1, "claimed": 1, "provisional": 0 }));
    s.post("/api/v1/tasks/T1/accept", json!({ "accepted_by": "ada" })).await.with(200);
    assert_eq!(task(&s, "T2").await["blocked_by"], json!(null));
    assert_eq!(claim(&s, json!({})).await.with(200)["id"], "T2");
}

#[tokio::test]
async fn a_held_task_is_deleted_and_its_holder_has_lost_it() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    let held = claim(&s, json!({})).await.with(200);
    let gone = s.delete("/api/v1/tasks/T1").await.with(200);
    assert_eq!((&gone["message"], &gone["task_id"]), (&json!("Task deleted"), &json!("T1")));
    let work = json!({ "commits_count": 1, "turns_used": 1 });
    assert_eq!(s.post("/api/v1/tasks/T1/submit", work.clone()).await.with(409)["code"], "lease_lost");
    let mut shown = work.clone();
    shown["claim_token"] = held["claim_token"].clone();
    assert_eq!(s.post("/api/v1/tasks/T1/submit", shown).await.with(409)["code"], "lease_lost");
    let renew = json!({ "claim_token": held["claim_token"] });
    assert_eq!(s.post("/api/v1/tasks/T1/renew", renew).await.with(409)["code"], "lease_lost");
    s.delete("/api/v1/tasks/T1").await.with(404);
    create(&s, "T2", json!({})).await;
    create(&s, "T3", json!({ "blocked_by": "T2" })).await;
    s.delete("/api/v1/tasks/T2").await.with(200);
    assert_eq!(claim(&s, json!({})).await.with(200)["id"], "T3", "what waited for it is freed");
    s.post("/api/v1/tasks/never/submit", work).await.with(404);
}

#[tokio::test]
async fn hooks_are_completed_by_name() {
    let s = server().await;
    create(&s, "T1", json!({ "hooks": "[{\"name\":\"tests\"},{\"name\":\"lint\"}]" })).await;
    let path = "/api/v1/tasks/T1/hooks/tests/complete";
    let done = s.post(path, json!({ "status": "passed", "evidence": { "n": 1 } })).await.with(200);
    let hooks: Value = serde_json::from_str(done["hooks"].as_str().unwrap()).unwrap();
    assert_eq!(
        hooks,
        json!([{ "name": "tests", "status": "passed", "evidence": { "n": 1 } }, { "name": "lint" }])
    );
    let refused = s.post(path, json!({ "status": "maybe" })).await.with(400);
    assert_eq!(refused["error"], "status must be \"passed\" or \"failed\"");
    let missing =
        s.post("/api/v1/tasks/T1/hooks/none/complete", json!({ "status": "passed" })).await.with(404);
    assert_eq!(missing["error"], "Hook 'none' not found on task");
}
