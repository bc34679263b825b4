//! Changes of a task by its fields.

use super::{claim, create, server, task, truth};
use octopoid_core::clock::Clock;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn the_lease_of_a_holder_is_renewed_by_its_field() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    let held = claim(&s, json!({ "lease_duration_seconds": 60 })).await.with(200);
    s.clock.advance(Duration::from_secs(30));
    let until = (s.clock.now() + Duration::from_secs(600)).to_string();
    let body = json!({ "lease_expires_at": until, "claimed_by": "agent-1" });
    let renewed = s.patch("/api/v1/tasks/T1", body).await.with(200);
    assert_eq!((&renewed["lease_expires_at"], &renewed["queue"]), (&json!(until), &json!("claimed")));
    // It is the same claim: its token is good for the rest of the new lease.
    s.clock.advance(Duration::from_secs(300));
    let work = json!({ "commits_count": 1, "turns_used": 1, "claim_token": held["claim_token"] });
    s.post("/api/v1/tasks/T1/submit", work).await.with(200);
    create(&s, "T2", json!({})).await;
    claim(&s, json!({})).await.with(200);
    let far = (s.clock.now() + Duration::from_secs(100_000)).to_string();
    let cut = s.patch("/api/v1/tasks/T2", json!({ "lease_expires_at": far })).await.with(200);
    assert_eq!(cut["lease_expires_at"], json!((s.clock.now() + Duration::from_secs(3600)).to_string()));
    s.patch("/api/v1/tasks/T2", json!({ "lease_expires_at": "soon" })).await.with(400);
    for local in ["2026-01-01T00:20:00.123456", "2026-01-01 00:20:00"] {
        let renewed = s.patch("/api/v1/tasks/T2", json!({ "lease_expires_at": local })).await.with(200);
        assert!(
            renewed["lease_expires_at"].as_str().unwrap().starts_with("2026-01-01T00:20:00"),
            "{renewed}"
        );
    }
    let past = s.patch("/api/v1/tasks/T2", json!({ "lease_expires_at": "2020-01-01T00:00:00.000Z" })).await;
    past.with(200);
    s.clock.advance(Duration::from_secs(1));
    let work = json!({ "commits_count": 1, "turns_used": 1 });
    s.post("/api/v1/tasks/T2/submit", work).await.with(409);
}

#[tokio::test]
async fn a_failed_task_loses_its_claim_unless_the_request_sets_it() {
    let s = server().await;
    for id in ["T1", "T2"] {
        create(&s, id, json!({})).await;
        claim(&s, json!({})).await.with(200);
    }
    let failed = s.patch("/api/v1/tasks/T1", json!({ "queue": "failed" })).await.with(200);
    assert_eq!(
        (&failed["queue"], &failed["claimed_by"], &failed["lease_expires_at"]),
        (&json!("failed"), &json!(null), &json!(null))
    );
    let body =
        json!({ "queue": "failed", "claimed_by": "agent-1", "lease_expires_at": "2030-01-01T00:00:00.000Z" });
    let kept = s.patch("/api/v1/tasks/T2", body).await.with(200);
    assert_eq!((&kept["queue"], &kept["claimed_by"]), (&json!("failed"), &json!("agent-1")));
    assert_eq!(kept["lease_expires_at"], "2030-01-01T00:00:00.000Z");
    assert_eq!(task(&s, "T2").await["claimed_by"], "agent-1");
    let back = s.patch("/api/v1/tasks/T2", json!({ "queue": "incoming" })).await.with(200);
    assert_eq!((&back["queue"], &back["claimed_by"]), (&json!("incoming"), &json!(null)));
    let thread = s.get("/api/v1/tasks/T2/messages?scope=team").await.with(200);
    assert_eq!(thread["total"], 0, "a change of the queue leaves no message: {thread}");
}

#[tokio::test]
async fn the_flag_that_asks_for_a_person_stands_beside_the_claim() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    let held = claim(&s, json!({})).await.with(200);
    for value in [json!(true), json!(true), json!(1)] {
        let flagged = s.patch("/api/v1/tasks/T1", json!({ "needs_intervention": value })).await.with(200);
        assert!(truth(&flagged["needs_intervention"]));
        assert_eq!((&flagged["queue"], &flagged["claimed_by"]), (&json!("claimed"), &json!("agent-1")));
        assert_eq!(flagged["lease_expires_at"], held["lease_expires_at"]);
    }
    assert_eq!(super::ids(&s, "needs_intervention=true").await, ["T1"]);
    let cleared = s.patch("/api/v1/tasks/T1", json!({ "needs_intervention": false })).await.with(200);
    assert!(!truth(&cleared["needs_intervention"]));
    assert_eq!(super::ids(&s, "needs_intervention=true").await, Vec::<String>::new());
    s.patch("/api/v1/tasks/T1", json!({ "needs_intervention": true })).await.with(200);
    let work = json!({ "commits_count": 1, "turns_used": 1 });
    let moved = s.post("/api/v1/tasks/T1/submit", work).await.with(200);
    assert!(!truth(&moved["needs_intervention"]), "every transition takes it away");
    // It is a flag alone: no queue has it by itself.
    for queue in ["needs_continuation", "failed"] {
        let stopped = create(&s, queue, json!({ "queue": queue })).await;
        assert!(!truth(&stopped["needs_intervention"]), "{queue}");
        let body = json!({ "queue": "testing", "needs_intervention": true });
        let moved = s.patch(&format!("/api/v1/tasks/{queue}"), body).await.with(200);
        assert_eq!((truth(&moved["needs_intervention"]), &moved["queue"]), (true, &json!("testing")));
        let body = json!({ "queue": queue, "needs_intervention": false });
        let back = s.patch(&format!("/api/v1/tasks/{queue}"), body).await.with(200);
        assert_eq!((truth(&back["needs_intervention"]), &back["queue"]), (false, &json!(queue)));
    }
    assert_eq!(super::ids(&s, "needs_intervention=true").await, Vec::<String>::new());
    assert_eq!(super::ids(&s, "needs_intervention=false").await.len(), 3);
}

#[tokio::test]
async fn any_field_can_be_written() {
    let s = server().await;
    create(&s, "T1", json!({ "role": "implement" })).await;
    let body = json!({
        "title": "T", "priority": "P1", "complexity": "L", "role": "review", "type": "bug", "branch": "b",
        "commits_count": 3, "turns_used": 7, "attempt_count": 2, "has_plan": 1, "plan_id": "p", "auto_accept": true,
        "rejection_count": 4, "pr_number": 12, "pr_url": "u", "checks": "[]", "check_results": "{}",
        "needs_rebase": true, "staging_url": "s", "submitted_at": "2026-01-01T00:00:00.000Z", "hooks": "[]",
        "flow_overrides": "{}", "content": "C", "claimed_by": "me",
    });
    let patched = s.patch("/api/v1/tasks/T1", body.clone()).await.with(200);
    let read = task(&s, "T1").await;
    for (field, value) in body.as_object().unwrap() {
        let shown = if value.is_boolean() || field == "has_plan" {
            json!(truth(&patched[field]))
        } else {
            patched[field].clone()
        };
        let asked = if field == "has_plan" { json!(true) } else { value.clone() };
        assert_eq!(shown, asked, "{field}");
        assert_eq!(read[field], patched[field], "{field}");
    }
    let cleared =
        json!({ "role": null, "content": null, "complexity": null, "pr_number": null, "claimed_by": null });
    let cleared = s.patch("/api/v1/tasks/T1", cleared).await.with(200);
    for field in ["role", "content", "complexity", "pr_number", "claimed_by"] {
        assert_eq!(cleared[field], json!(null), "{field}");
    }
    for (body, words) in [
        (json!({}), "No fields to update"),
        (
            json!({ "id": "x", "version": 9, "scope": "team", "unknown": 1, "execution_notes_": "" }),
            "No fields to update",
        ),
    ] {
        assert_eq!(s.patch("/api/v1/tasks/T1", body).await.with(400)["error"], words);
    }
    for same in [
        json!({ "blocked_by": null }),
        json!({ "blocked_by": "" }),
        json!({ "content": null }),
        json!({ "role": null }),
    ] {
        s.patch("/api/v1/tasks/T1", same).await.with(200);
    }
    let odd = json!({ "title": "", "content": "", "role": "Senior Dev" });
    let odd = s.patch("/api/v1/tasks/T1", odd).await.with(200);
    assert_eq!(
        (&odd["title"], &odd["content"], &odd["role"]),
        (&json!(""), &json!(""), &json!("Senior Dev"))
    );
    let done = s.patch("/api/v1/tasks/T1", json!({ "queue": "done" })).await.with(400);
    assert!(done["error"].as_str().unwrap().contains("accept"));
    let missing = s.patch("/api/v1/tasks/none", json!({ "title": "T" })).await.with(404);
    assert_eq!(missing["error"], "Task not found");
}

#[tokio::test]
async fn a_task_moves_to_any_queue_but_done() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    for queue in [
        "provisional",
        "testing",
        "backlog",
        "needs_continuation",
        "claimed",
        "blocked",
        "failed",
        "requires-intervention",
        "incoming",
    ] {
        let moved = s.patch("/api/v1/tasks/T1", json!({ "queue": queue })).await.with(200);
        assert_eq!(moved["queue"], queue);
        let again = s.patch("/api/v1/tasks/T1", json!({ "queue": queue })).await.with(200);
        assert_eq!(again["queue"], queue, "what is so already is no error");
    }
    claim(&s, json!({})).await.with(200);
    let freed =
        s.patch("/api/v1/tasks/T1", json!({ "queue": "incoming", "claimed_by": null })).await.with(200);
    assert_eq!((&freed["queue"], &freed["claimed_by"]), (&json!("incoming"), &json!(null)));
    claim(&s, json!({})).await.with(200);
}

#[tokio::test]
async fn i04_changes_at_the_same_moment_are_all_made_and_a_claim_is_handed_in_once() {
    let s = std::sync::Arc::new(server().await);
    create(&s, "T1", json!({})).await;
    claim(&s, json!({})).await.with(200);
    let mut changes = tokio::task::JoinSet::new();
    for number in 0..100 {
        let s = std::sync::Arc::clone(&s);
        changes.spawn(async move {
            let field = ["commits_count", "turns_used", "pr_number", "title"][number % 4];
            let value = if field == "title" { json!(format!("T{number}")) } else { json!(number + 1) };
            s.patch("/api/v1/tasks/T1", json!({ field: value })).await.with(200);
        });
    }
    changes.join_all().await;
    let mut submissions = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let s = std::sync::Arc::clone(&s);
        submissions.spawn(async move {
            let work = json!({ "commits_count": 1, "turns_used": 1 });
            s.post("/api/v1/tasks/T1/submit", work).await.status == 200
        });
    }
    let taken = submissions.join_all().await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, 1);
}
