//! Claims and submissions.

use super::{claim, create, flow, server, task};
use octopoid_core::clock::Clock;
use octopoid_core::model::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

fn moment(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_lease_above_the_bound_is_cut_and_said() {
    let s = server().await;
    for (asked, given) in [
        (json!(14400), 3600),
        (json!(99_999), 3600),
        (json!(60), 60),
        (json!(null), 300),
        (json!(-5), 1),
        (json!(0), 1),
    ] {
        let id = format!("T{given}-{}", asked.to_string().replace('-', "m"));
        create(&s, &id, json!({})).await;
        let held = claim(&s, json!({ "lease_duration_seconds": asked })).await.with(200);
        let lease = moment(&held["lease_expires_at"]).since(moment(&held["claimed_at"]));
        assert_eq!(lease, Duration::from_secs(given), "{asked}");
        assert_eq!(held["lease_duration_seconds"], given);
    }
    claim(&s, json!({ "lease_duration_seconds": "long" })).await.with(400);
}

#[tokio::test]
async fn a_claim_takes_the_next_task_of_its_queue() {
    let s = server().await;
    assert_eq!(claim(&s, json!({})).await.with(404), json!({ "message": "No tasks available" }));
    create(&s, "T1", json!({ "role": "implement", "type": "bug" })).await;
    create(&s, "T2", json!({ "priority": "P0" })).await;
    create(&s, "T3", json!({ "queue": "testing" })).await;
    create(&s, "T4", json!({ "queue": "needs_continuation", "role": "fix" })).await;
    let filters = json!({ "role_filter": [], "type_filter": null, "priority_order": ["urgent", "P0"], "max_claimed": "x", "agent_role": 1 });
    let first = claim(&s, filters).await.with(200);
    assert_eq!(
        (&first["id"], &first["queue"], &first["claimed_by"]),
        (&json!("T2"), &json!("claimed"), &json!("agent-1"))
    );
    assert_eq!(
        claim(&s, json!({ "role_filter": "implement", "type_filter": ["bug"] })).await.with(200)["id"],
        "T1"
    );
    let tested = claim(&s, json!({ "queue": "testing" })).await.with(200);
    assert_eq!((&tested["id"], &tested["queue"]), (&json!("T3"), &json!("claimed")));
    claim(&s, json!({ "queue": "needs_continuation", "role_filter": ["other"] })).await.with(404);
    let again = claim(&s, json!({ "queue": "needs_continuation", "role_filter": ["fix"] })).await.with(200);
    assert_eq!((&again["id"], &again["queue"]), (&json!("T4"), &json!("claimed")));
    claim(&s, json!({ "queue": "testing" })).await.with(404);
    for missing in [json!({ "agent_name": "" }), json!({ "orchestrator_id": null })] {
        claim(&s, missing).await.with(400);
    }
}

#[tokio::test]
async fn a_registered_role_says_where_it_claims_from() {
    let s = server().await;
    flow(&s, &[("claimed", "testing")]).await;
    let machine = json!({ "cluster": "prod", "machine_id": "1", "repo_url": "u", "scope": "team" });
    s.post("/api/v1/orchestrators/register", machine).await.with(201);
    let roles = json!({ "orchestrator_id": "prod-1", "roles": [
        { "name": "tester", "claims_from": "testing" }, { "name": "implement" }, { "description": "nameless" },
    ]});
    let registered = s.post("/api/v1/roles/register", roles).await.with(200);
    assert_eq!(registered["roles"].as_array().unwrap().len(), 2);
    create(&s, "T1", json!({ "queue": "testing", "role": "tester" })).await;
    claim(&s, json!({ "role_filter": ["implement"] })).await.with(404);
    assert_eq!(claim(&s, json!({ "role_filter": ["tester"] })).await.with(200)["id"], "T1");
    let unknown = claim(&s, json!({ "role_filter": ["nobody"] })).await.with(400);
    assert_eq!(unknown["error"], "Unknown role 'nobody'. Registered roles: implement, tester");
}

#[tokio::test]
async fn submitted_work_is_reviewed_where_it_stands() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    create(&s, "T2", json!({ "auto_accept": true })).await;
    for id in ["T1", "T2"] {
        claim(&s, json!({})).await.with(200);
        let work =
            json!({ "commits_count": 2, "turns_used": 9, "check_results": "ok", "execution_notes": null });
        let handed_in = s.post(&format!("/api/v1/tasks/{id}/submit"), work).await.with(200);
        for (field, value) in [
            ("queue", json!("provisional")),
            ("commits_count", json!(2)),
            ("turns_used", json!(9)),
            ("check_results", json!("ok")),
            ("claimed_by", json!(null)),
            ("lease_expires_at", json!(null)),
            ("orchestrator_id", json!(null)),
        ] {
            assert_eq!(handed_in[field], value, "{field}");
        }
    }
    for id in ["T1", "T2"] {
        let review = claim(&s, json!({ "queue": "provisional" })).await.with(200);
        assert_eq!((&review["id"], &review["queue"]), (&json!(id), &json!("provisional")));
        assert_eq!(review["claimed_by"], "agent-1");
    }
    claim(&s, json!({ "queue": "provisional" })).await.with(404);
}

#[tokio::test]
async fn burnt_out_work_waits_for_a_continuation() {
    let s = server().await;
    for (commits, turns, queue) in [
        (0, 79, "provisional"),
        (0, 80, "needs_continuation"),
        (1, 99, "provisional"),
        (5, 100, "needs_continuation"),
    ] {
        let id = format!("T{commits}-{turns}");
        create(&s, &id, json!({})).await;
        claim(&s, json!({})).await.with(200);
        let work = json!({ "commits_count": commits, "turns_used": turns });
        assert_eq!(
            s.post(&format!("/api/v1/tasks/{id}/submit"), work).await.with(200)["queue"],
            queue,
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_submission_is_checked_in_its_order() {
    let s = server().await;
    create(&s, "T1", json!({})).await;
    create(&s, "T2", json!({ "queue": "claimed" })).await;
    let work = json!({ "commits_count": 0, "turns_used": 0 });
    s.post("/api/v1/tasks/none/submit", json!({ "commits_count": 1 })).await.with(400);
    assert_eq!(s.post("/api/v1/tasks/none/submit", work.clone()).await.with(404)["task_id"], "none");
    let early = s.post("/api/v1/tasks/T1/submit", work.clone()).await.with(409);
    assert_eq!(early["error"], "Failed to submit task");
    assert_eq!(early["details"][0], "Invalid transition: task is in incoming, expected claimed");
    assert_eq!(
        s.post("/api/v1/tasks/T2/submit", work.clone()).await.with(409)["details"][0],
        "No active lease"
    );
    claim(&s, json!({ "lease_duration_seconds": 60 })).await.with(200);
    s.clock.advance(Duration::from_secs(61));
    let late = s.post("/api/v1/tasks/T1/submit", work.clone()).await.with(409);
    assert_eq!(late["error"], "Failed to submit task");
    let until = (s.clock.now() + Duration::from_secs(60)).to_string();
    s.patch("/api/v1/tasks/T1", json!({ "lease_expires_at": until })).await.with(200);
    assert_eq!(s.post("/api/v1/tasks/T1/submit", work.clone()).await.with(200)["queue"], "provisional");
    s.post("/api/v1/tasks/T1/submit", work).await.with(409);
    assert_eq!(task(&s, "T1").await["queue"], "provisional");
}
