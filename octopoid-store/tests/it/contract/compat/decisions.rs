//! Accept, reject, requeue, force.

use super::{claim, create, flow, server, task, truth};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn without_a_flow_work_is_decided_on_from_provisional_and_claimed() {
    let s = server().await;
    for (verb, body, queue) in [
        ("accept", json!({ "accepted_by": "ada" }), "done"),
        ("reject", json!({ "reason": "r", "rejected_by": "ada" }), "incoming"),
        ("requeue", json!({}), "incoming"),
    ] {
        for from in ["provisional", "claimed"] {
            let id = format!("{verb}-{from}");
            create(&s, &id, json!({ "queue": from })).await;
            let decided = s.post(&format!("/api/v1/tasks/{id}/{verb}"), body.clone()).await.with(200);
            assert_eq!(decided["queue"], queue, "{id}");
        }
        let id = format!("{verb}-held");
        create(&s, &id, json!({ "role": verb })).await;
        claim(&s, json!({ "role_filter": [verb], "lease_duration_seconds": 5 })).await.with(200);
        // Nobody looked at the lease.
        s.clock.advance(Duration::from_secs(6));
        let decided = s.post(&format!("/api/v1/tasks/{id}/{verb}"), body.clone()).await.with(200);
        assert_eq!((&decided["queue"], &decided["claimed_by"]), (&json!(queue), &json!(null)));
        let id = format!("{verb}-incoming");
        create(&s, &id, json!({})).await;
        let refused = s.post(&format!("/api/v1/tasks/{id}/{verb}"), body.clone()).await.with(409);
        assert_eq!(refused["error"], format!("Failed to {verb} task"));
        let words = "Invalid transition: task is in incoming, expected provisional or claimed";
        assert_eq!(refused["details"], json!([words]));
        let missing = s.post(&format!("/api/v1/tasks/none/{verb}"), body).await.with(404);
        assert_eq!((&missing["error"], &missing["task_id"]), (&json!("Task not found"), &json!("none")));
    }
}

#[tokio::test]
async fn a_registered_flow_says_which_transitions_there_are() {
    let s = server().await;
    flow(&s, &[("testing", "done"), ("testing", "incoming")]).await;
    create(&s, "T1", json!({ "queue": "claimed" })).await;
    let refused = s.post("/api/v1/tasks/T1/accept", json!({ "accepted_by": "ada" })).await.with(409);
    let words = "Invalid transition: flow \"default\" does not allow claimed → done";
    assert_eq!(refused["details"], json!([words]));
    s.post("/api/v1/tasks/T1/requeue", json!({})).await.with(409);
    create(&s, "T2", json!({ "queue": "testing" })).await;
    assert_eq!(
        s.post("/api/v1/tasks/T2/accept", json!({ "accepted_by": "ada" })).await.with(200)["queue"],
        "done"
    );
    create(&s, "T3", json!({ "queue": "testing" })).await;
    let rejected =
        s.post("/api/v1/tasks/T3/reject", json!({ "reason": "r", "rejected_by": "ada" })).await.with(200);
    assert_eq!((&rejected["queue"], &rejected["rejection_count"]), (&json!("incoming"), &json!(1)));
    create(&s, "T4", json!({ "queue": "provisional", "flow": "unregistered" })).await;
    s.post("/api/v1/tasks/T4/accept", json!({ "accepted_by": "ada" })).await.with(200);
}

#[tokio::test]
async fn each_decision_counts_and_clears() {
    let s = server().await;
    create(&s, "T1", json!({ "queue": "provisional" })).await;
    s.patch("/api/v1/tasks/T1", json!({ "needs_intervention": true })).await.with(200);
    let rejected =
        s.post("/api/v1/tasks/T1/reject", json!({ "reason": "r", "rejected_by": "ada" })).await.with(200);
    assert_eq!((&rejected["rejection_count"], truth(&rejected["needs_intervention"])), (&json!(1), false));
    claim(&s, json!({})).await.with(200);
    let requeued = s.post("/api/v1/tasks/T1/requeue", json!({})).await.with(200);
    assert_eq!((&requeued["attempt_count"], &requeued["orchestrator_id"]), (&json!(1), &json!(null)));
    s.patch("/api/v1/tasks/T1", json!({ "queue": "provisional" })).await.with(200);
    let at = "2026-02-03T04:05:06.000Z";
    let done = s
        .post("/api/v1/tasks/T1/accept", json!({ "accepted_by": "ada", "completed_at": at }))
        .await
        .with(200);
    assert_eq!((&done["queue"], &done["completed_at"]), (&json!("done"), &json!(at)));
    for (verb, body) in [
        ("accept", json!({})),
        ("reject", json!({ "reason": "r" })),
        ("reject", json!({ "rejected_by": "a" })),
        ("force-queue", json!({ "queue": "done" })),
    ] {
        s.post(&format!("/api/v1/tasks/T1/{verb}"), body).await.with(400);
    }
}

#[tokio::test]
async fn a_forced_move_goes_anywhere_and_says_why() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    for queue in ["claimed", "testing", "provisional", "failed", "backlog", "done", "incoming"] {
        let body = json!({ "queue": queue, "reason": format!("to {queue}") });
        let moved = s.post("/api/v1/tasks/T1/force-queue", body).await.with(200);
        assert_eq!((&moved["queue"], &moved["claimed_by"]), (&json!(queue), &json!(null)));
        assert_eq!(moved["completed_at"].is_string(), queue == "done");
    }
    let thread = s.get("/api/v1/tasks/T1/messages?scope=team").await.with(200);
    let first = &thread["messages"][0];
    for (field, value) in [("from_actor", "system"), ("type", "force_queue"), ("content", "to claimed")] {
        assert_eq!(first[field], value, "{field}");
    }
    assert_eq!(thread["total"], 7);
    create(&s, "T2", json!({ "blocked_by": "T1" })).await;
    s.post("/api/v1/tasks/T1/force-queue", json!({ "queue": "done", "reason": "r" })).await.with(200);
    assert_eq!(task(&s, "T2").await["blocked_by"], json!(null), "its end frees those that waited");
    s.post("/api/v1/tasks/none/force-queue", json!({ "queue": "done", "reason": "r" })).await.with(404);
}
