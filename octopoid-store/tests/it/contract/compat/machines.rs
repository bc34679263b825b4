//! Machines, and the scheduler's poll.

use super::{create, flow, server};
use serde_json::json;

#[tokio::test]
async fn a_machine_registers_and_is_heard() {
    let s = server().await;
    let body = json!({ "cluster": "prod", "machine_id": "1", "repo_url": "u", "scope": "team", "max_claimed": 3, "capabilities": { "a": 1 } });
    let path = "/api/v1/orchestrators/register";
    let new = s.post(path, body.clone()).await.with(201);
    assert_eq!((&new["orchestrator_id"], &new["status"]), (&json!("prod-1"), &json!("active")));
    assert!(new["api_key"].as_str().unwrap().starts_with("oct_") && new["registered_at"].is_string());
    let again = s.post(path, body).await.with(200);
    assert!(again["api_key"].is_null());
    let missing = s.post(path, json!({ "scope": "team" })).await.with(400);
    assert_eq!(missing["error"], "Missing required fields: cluster, machine_id, repo_url");
    let heard = s
        .post("/api/v1/orchestrators/prod-1/heartbeat", json!({ "timestamp": "not a date" }))
        .await
        .with(200);
    assert!(heard["success"] == true && heard["last_heartbeat"].is_string());
    let broken = s.request(reqwest::Method::POST, "/api/v1/orchestrators/prod-1/heartbeat").body("{broken");
    super::super::setting::answer(broken).await.with(200);
    s.post("/api/v1/orchestrators/none/heartbeat", json!({})).await.with(404);
    assert_eq!(s.get("/api/v1/orchestrators/prod-1").await.with(200)["cluster"], "prod");
    let patched = s.patch("/api/v1/orchestrators/prod-1", json!({ "status": "maintenance" })).await.with(200);
    assert_eq!(patched["status"], "maintenance");
    assert_eq!(
        s.patch("/api/v1/orchestrators/prod-1", json!({})).await.with(400)["error"],
        "Missing field: status"
    );
    assert_eq!(
        s.get("/api/v1/orchestrators?status=maintenance,active&cluster=prod").await.with(200)["total"],
        1
    );
}

#[tokio::test]
async fn a_poll_tells_counts_submitted_work_and_flows() {
    let s = server().await;
    let machine = json!({ "cluster": "prod", "machine_id": "1", "repo_url": "u", "scope": "team" });
    s.post("/api/v1/orchestrators/register", machine).await.with(201);
    flow(&s, &[]).await;
    create(&s, "T1", json!({ "queue": "provisional", "hooks": "[]" })).await;
    create(&s, "T2", json!({ "queue": "claimed" })).await;
    for query in ["scope=team&orchestrator_id=prod-1", "orchestrator_id=prod-1"] {
        let poll = s.get(&format!("/api/v1/scheduler/poll?{query}")).await.with(200);
        assert_eq!(poll["scope"], "team");
        assert_eq!(poll["orchestrator_registered"], true);
        assert_eq!(
            poll["provisional_tasks"],
            json!([{ "id": "T1", "hooks": "[]", "pr_number": null, "claimed_by": null }])
        );
        assert_eq!(
            poll["flows"]["default"]["states"],
            json!(["incoming", "claimed", "provisional", "done", "failed"])
        );
    }
    let other = s.get("/api/v1/scheduler/poll?scope=team&orchestrator_id=none").await.with(200);
    assert_eq!(other["orchestrator_registered"], false);
    for query in ["orchestrator_id=none", "", "orchestrator_id="] {
        let refused = s.get(&format!("/api/v1/scheduler/poll?{query}")).await.with(400);
        assert!(refused["error"].as_str().unwrap().starts_with("Missing scope"), "{query}");
    }
}

#[tokio::test]
async fn flows_and_roles_are_registered() {
    let s = server().await;
    flow(&s, &[]).await;
    let read = s.get("/api/v1/flows/default?scope=team").await.with(200);
    assert_eq!(read["states"], "[\"incoming\",\"claimed\",\"provisional\",\"done\",\"failed\"]");
    assert_eq!(s.get("/api/v1/flows?scope=team").await.with(200)["flows"].as_array().unwrap().len(), 1);
    assert_eq!(s.get("/api/v1/flows/none?scope=team").await.with(404)["error"], "Flow not found");
    let gone = s.delete("/api/v1/flows/default?scope=team").await.with(200);
    assert_eq!(gone, json!({ "message": "Flow deleted", "name": "default", "scope": "team" }));
    s.post("/api/v1/roles/register", json!({ "orchestrator_id": "none", "roles": [] })).await.with(400);
    assert_eq!(s.get("/api/v1/roles/none").await.with(404)["error"], "Role not found");
}
