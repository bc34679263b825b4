//! The life of a task, strictly.

use super::setting::Setting;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn create(s: &Setting, body: Value) -> String {
    s.post("/api/v1/tasks", body).await.with(201)["id"].as_str().unwrap().to_owned()
}

async fn claim(s: &Setting, more: Value) -> super::setting::Answer {
    let mut body = json!({ "orchestrator_id": "prod-1", "agent_name": "agent-1" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    s.post("/api/v1/tasks/claim", body).await
}

#[tokio::test]
async fn from_the_queue_to_done() {
    let s = Setting::new().await;
    let id = create(&s, json!({ "title": "A task", "priority": "P1", "type": "bug" })).await;
    let blocked = create(&s, json!({ "title": "Later", "blocked_by": id })).await;
    assert_eq!(s.get(&format!("/api/v1/tasks/{blocked}")).await.with(200)["blocked_by"], json!(id));
    let claimed = claim(&s, json!({ "lease_duration_seconds": 60 })).await.with(200);
    assert_eq!((claimed["id"].as_str(), claimed["queue"].as_str()), (Some(id.as_str()), Some("claimed")));
    let token = claimed["claim_token"].as_str().unwrap();
    // Nobody else sees the token.
    let seen = s.get(&format!("/api/v1/tasks/{id}")).await.with(200);
    assert!(!seen.to_string().contains(token));
    assert_eq!(claim(&s, json!({})).await.with(404), json!({ "message": "No tasks available" }));
    let renewed =
        s.post(&format!("/api/v1/tasks/{id}/renew"), json!({ "claim_token": token })).await.with(200);
    assert!(renewed["lease_expires_at"].is_string());
    let work = json!({ "commits_count": 2, "turns_used": 9, "claim_token": token, "pr_number": 7, "execution_notes": "fine" });
    let submitted = s.post(&format!("/api/v1/tasks/{id}/submit"), work).await.with(200);
    assert_eq!(submitted["queue"], "provisional");
    assert_eq!((&submitted["pr_number"], &submitted["commits_count"]), (&json!(7), &json!(2)));
    assert!(submitted["submitted_at"].is_string() && submitted["claimed_by"].is_null());
    let review = claim(&s, json!({ "queue": "provisional" })).await.with(200);
    assert_eq!(review["queue"], "provisional");
    // Two reviewers never hold one task.
    claim(&s, json!({ "queue": "provisional" })).await.with(404);
    let accept = format!("/api/v1/tasks/{id}/accept");
    let stranger = s.post(&accept, json!({ "accepted_by": "ada" })).await.with(409);
    assert_eq!(
        (&stranger["error"], &stranger["code"]),
        (&json!("Failed to accept task"), &json!("lease_lost"))
    );
    let holder = json!({ "accepted_by": "ada", "claim_token": review["claim_token"] });
    let done = s.post(&accept, holder).await.with(200);
    assert_eq!(done["queue"], "done");
    assert!(done["completed_at"].is_string());
    let freed = s.get(&format!("/api/v1/tasks/{blocked}")).await.with(200);
    assert_eq!((&freed["queue"], &freed["blocked_by"]), (&json!("incoming"), &json!(null)));
    let history = s.get(&format!("/api/v1/tasks/{id}/history")).await.with(200);
    let kinds: Vec<_> =
        history["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(
        json!(kinds),
        json!(["created", "claimed", "updated", "submitted", "review_claimed", "accepted"])
    );
}

#[tokio::test]
async fn i03_a_stale_token_changes_nothing() {
    let s = Setting::new().await;
    let id = create(&s, json!({ "title": "A task" })).await;
    let first = claim(&s, json!({})).await.with(200);
    s.post(&format!("/api/v1/tasks/{id}/requeue"), json!({})).await.with(200);
    let second = claim(&s, json!({ "agent_name": "agent-2" })).await.with(200);
    for (verb, more) in [
        ("submit", json!({ "commits_count": 1, "turns_used": 1 })),
        ("renew", json!({})),
        ("release", json!({})),
        ("accept", json!({ "accepted_by": "agent-1" })),
        ("reject", json!({ "rejected_by": "agent-1", "reason": "no" })),
    ] {
        let mut body = json!({ "claim_token": first["claim_token"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = s.post(&format!("/api/v1/tasks/{id}/{verb}"), body).await.with(409);
        assert_eq!(refused["code"], "lease_lost", "{verb}: {refused}");
        assert_eq!(refused["error"], format!("Failed to {verb} task"));
        assert!(refused["details"][0].is_string());
    }
    let held = s.get(&format!("/api/v1/tasks/{id}")).await.with(200);
    assert_eq!((&held["queue"], &held["claimed_by"]), (&json!("claimed"), &json!("agent-2")));
    assert_eq!(held["version"], second["version"]);
}

#[tokio::test]
async fn the_server_frees_expired_claims_by_its_own_clock() {
    let s = Setting::new().await;
    let id = create(&s, json!({ "title": "A task" })).await;
    claim(&s, json!({ "lease_duration_seconds": 30 })).await.with(200);
    s.clock.advance(Duration::from_secs(31));
    let housekeeping = tokio::spawn(s.running.housekeeping());
    let news = s.get("/api/v1/events/last").await.with(200)["last"].as_u64().unwrap();
    // The stepped clock does not pass by itself; every step lets the housekeeping run again.
    loop {
        s.clock.advance(Duration::from_secs(61));
        tokio::task::yield_now().await;
        if s.get("/api/v1/events/last").await.with(200)["last"].as_u64().unwrap() > news {
            break;
        }
    }
    let free = s.get(&format!("/api/v1/tasks/{id}")).await.with(200);
    assert_eq!((&free["queue"], &free["claimed_by"]), (&json!("incoming"), &json!(null)));
    s.shutdown.trigger();
    housekeeping.await.unwrap();
}

#[tokio::test]
async fn claims_follow_what_they_ask_for() {
    let s = Setting::new().await;
    for (title, priority, kind, role) in [
        ("One", "P2", "bug", "implement"),
        ("Two", "P0", "docs", "implement"),
        ("Three", "P1", "bug", "write"),
    ] {
        create(&s, json!({ "title": title, "priority": priority, "type": kind, "role": role })).await;
    }
    let title = async |more: Value| claim(&s, more).await.with(200)["title"].clone();
    assert_eq!(title(json!({ "priority_order": ["P1", "P0"] })).await, "Three");
    assert_eq!(title(json!({ "type_filter": "bug" })).await, "One");
    let full = claim(&s, json!({ "max_claimed": 2 })).await;
    assert_eq!((full.status.as_u16(), full.retry_after.is_some()), (429, true));
    assert_eq!(title(json!({ "role_filter": ["implement"], "max_claimed": 3 })).await, "Two");
}

#[tokio::test]
async fn a_claim_waits_for_a_task_to_come() {
    let s = std::sync::Arc::new(Setting::new().await);
    let waiting = tokio::spawn({
        let s = std::sync::Arc::clone(&s);
        async move { claim(&s, json!({ "wait_seconds": 60 })).await }
    });
    create(&s, json!({ "title": "A task" })).await;
    assert_eq!(waiting.await.unwrap().with(200)["title"], "A task");
    let waiting = tokio::spawn({
        let s = std::sync::Arc::clone(&s);
        async move { claim(&s, json!({ "wait_seconds": 60 })).await }
    });
    tokio::task::yield_now().await;
    s.shutdown.trigger();
    // Answered or turned away, but not left waiting.
    let _ = waiting.await;
}

#[tokio::test]
async fn patches_go_through_the_state_machine() {
    let s = Setting::new().await;
    let id = create(&s, json!({ "title": "A task" })).await;
    let path = format!("/api/v1/tasks/{id}");
    let patched = s
        .patch(&path, json!({ "title": "Better", "complexity": "S", "auto_accept": 1, "plan_id": "p" }))
        .await
        .with(200);
    assert_eq!((&patched["title"], &patched["auto_accept"]), (&json!("Better"), &json!(true)));
    let cleared = s.patch(&path, json!({ "complexity": null, "plan_id": null })).await.with(200);
    assert_eq!((&cleared["complexity"], &cleared["plan_id"]), (&json!(null), &json!(null)));
    assert_eq!(s.patch(&path, json!({ "queue": "done" })).await.with(400)["field"], "queue");
    assert_eq!(s.patch(&path, json!({})).await.with(400)["error"], "No fields to update");
    assert_eq!(s.patch(&path, json!({ "title": "x", "version": 1 })).await.with(409)["code"], "conflict");
    let words = s.patch(&path, json!({ "queue": "nowhere" })).await.with(400);
    assert!(
        words["error"]
            .as_str()
            .unwrap()
            .starts_with("Invalid queue \"nowhere\". Valid queues for flow \"default\": ")
    );
    let states = ["incoming", "claimed", "done", "failed", "shown"];
    let flow = json!({ "scope": "default", "states": states, "transitions": [] });
    s.send(Method::PUT, "/api/v1/flows/default", flow).await.with(200);
    assert_eq!(s.patch(&path, json!({ "queue": "shown" })).await.with(200)["queue"], "shown");
    let failed = s.patch(&path, json!({ "queue": "failed" })).await.with(200);
    assert!(failed["failure"].is_string());
    let forced = s
        .post(&format!("{path}/force-queue"), json!({ "queue": "incoming", "reason": "again" }))
        .await
        .with(200);
    assert_eq!(forced["queue"], "incoming");
    let claimed = claim(&s, json!({})).await.with(200);
    assert_eq!(s.delete(&path).await.with(409)["code"], "conflict");
    let stopped = s.patch(&path, json!({ "needs_intervention": true })).await.with(200);
    assert_eq!((&stopped["needs_intervention"], &stopped["claimed_by"]), (&json!(true), &json!(null)));
    let _ = claimed;
    assert_eq!(s.delete(&path).await.with(200), json!({ "message": "Task deleted", "task_id": id }));
    assert_eq!(s.get(&path).await.with(404)["task_id"], json!(id));
}

#[tokio::test]
async fn machines_are_heard_by_the_servers_clock() {
    let s = Setting::new().await;
    let machine =
        json!({ "cluster": "prod", "machine_id": "laptop-001", "repo_url": "git@example.org:x.git" });
    let new = s.post("/api/v1/orchestrators/register", machine.clone()).await.with(201);
    assert_eq!((&new["orchestrator_id"], &new["status"]), (&json!("prod-laptop-001"), &json!("active")));
    assert!(new["api_key"].is_null());
    s.post("/api/v1/orchestrators/register", machine).await.with(200);
    s.clock.advance(Duration::from_secs(121));
    let status = async || s.get("/api/v1/orchestrators/prod-laptop-001").await.with(200)["status"].clone();
    assert_eq!(status().await, "offline");
    let beat = s
        .post(
            "/api/v1/orchestrators/prod-laptop-001/heartbeat",
            json!({ "timestamp": "9999-01-01T00:00:00Z" }),
        )
        .await
        .with(200);
    assert_eq!(beat["success"], true);
    assert!(!beat["last_heartbeat"].as_str().unwrap().starts_with("9999"));
    assert_eq!(status().await, "active");
    s.patch("/api/v1/orchestrators/prod-laptop-001", json!({ "status": "maintenance" })).await.with(200);
    s.request(Method::POST, "/api/v1/orchestrators/prod-laptop-001/heartbeat").send().await.unwrap();
    assert_eq!(status().await, "maintenance");
    s.post("/api/v1/orchestrators/nobody-1/heartbeat", json!({})).await.with(404);
    let listed = s.get("/api/v1/orchestrators?cluster=prod&status=active,maintenance").await.with(200);
    assert_eq!(listed["total"], 1);
}

#[tokio::test]
async fn i10_after_a_start_nobody_frees_what_could_not_be_renewed() {
    let s = Setting::new().await;
    let id = create(&s, json!({ "title": "A task" })).await;
    let claimed = claim(&s, json!({ "lease_duration_seconds": 30 })).await.with(200);
    let path = format!("/api/v1/tasks/{id}");
    // The server was away for longer than the lease, and is back.
    s.clock.advance(Duration::from_secs(50));
    let freed = s.post("/api/v1/tasks/expire", json!({})).await.with(200);
    assert_eq!((&freed["tasks"], &freed["total"]), (&json!([]), &json!(0)));
    let command = json!({ "command": { "expire": { "actor": { "system": "store" } } } });
    assert_eq!(s.post(&format!("{path}/commands"), command.clone()).await.status, 409);
    s.a_round_of_housekeeping().await;
    let held = s.get(&path).await.with(200);
    assert_eq!((&held["queue"], &held["attempt_count"]), (&json!("claimed"), &json!(0)));
    // Whoever comes back goes on.
    let token = json!({ "claim_token": claimed["claim_token"], "lease_duration_seconds": 30 });
    s.post(&format!("{path}/renew"), token).await.with(200);
    // Whoever does not has had a minute for it.
    s.clock.advance(Duration::from_secs(31));
    let freed = s.post("/api/v1/tasks/expire", json!({})).await.with(200);
    assert_eq!(freed["tasks"][0]["id"], json!(id));
}

#[tokio::test]
async fn i02_a_request_that_is_refused_has_changed_nothing() {
    let s = Setting::new().await;
    let id = create(&s, json!({ "title": "A task" })).await;
    let path = format!("/api/v1/tasks/{id}");
    claim(&s, json!({ "claim_token": "t" })).await.with(200);
    let before = s.get(&path).await.with(200);
    // The second half of each is refused.
    let late = json!({ "claim_token": "other", "commits_count": 1, "turns_used": 1, "pr_number": 7 });
    assert_eq!(s.post(&format!("{path}/submit"), late).await.status, 409);
    let blocked = json!({ "title": "New", "blocked_by": "task-9" });
    assert_eq!(s.patch(&path, blocked).await.status, 400);
    let version = before["version"].as_u64().unwrap();
    for stale in [json!({ "queue": "failed" }), json!({ "title": "New" }), json!({ "blocked_by": [] })] {
        let mut stale = stale;
        stale["version"] = json!(version - 1);
        let refused = s.patch(&path, stale.clone()).await;
        let nothing = stale.get("blocked_by").is_some() && refused.status == 400;
        assert!(nothing || refused.status == 409, "{stale}: {}", refused.body);
    }
    assert_eq!(s.get(&path).await.with(200), before);
    // Right, all of it is done at once.
    let patch = json!({ "title": "New", "queue": "failed", "version": version });
    let failed = s.patch(&path, patch).await.with(200);
    assert_eq!((&failed["title"], &failed["queue"]), (&json!("New"), &json!("failed")));
}

#[tokio::test]
async fn a_state_of_a_registered_flow_is_a_queue_like_any_other() {
    let s = Setting::new().await;
    let states = ["incoming", "claimed", "provisional", "testing", "done", "failed"];
    let transitions = json!([{ "from": "provisional", "to": "done" }, { "from": "testing", "to": "done" }]);
    let flow = json!({ "states": states, "transitions": transitions });
    s.send(Method::PUT, "/api/v1/flows/default", flow).await.with(200);
    let made = s.post("/api/v1/tasks", json!({ "title": "New", "queue": "testing" })).await.with(201);
    assert_eq!((&made["id"], &made["queue"]), (&json!("task-1"), &json!("testing")));
    create(&s, json!({ "title": "Patched" })).await;
    s.patch("/api/v1/tasks/task-2", json!({ "queue": "testing" })).await.with(200);
    create(&s, json!({ "title": "Forced" })).await;
    let force = json!({ "queue": "testing", "reason": "r" });
    assert_eq!(s.post("/api/v1/tasks/task-3/force-queue", force).await.with(200)["queue"], "testing");
    assert_eq!(s.get("/api/v1/tasks?queue=testing").await.with(200)["total"], 3);
    claim(&s, json!({})).await.with(404);
    let held = claim(&s, json!({ "queue": "testing" })).await.with(200);
    assert_eq!((&held["id"], &held["queue"]), (&json!("task-1"), &json!("claimed")));
    let token = json!({ "claim_token": held["claim_token"] });
    let back = s.post("/api/v1/tasks/task-1/release", token).await.with(200);
    assert_eq!(back["queue"], "testing", "it goes back to where it was claimed from");
    let accept = json!({ "accepted_by": "ada" });
    assert_eq!(s.post("/api/v1/tasks/task-1/accept", accept.clone()).await.with(200)["queue"], "done");
    s.patch("/api/v1/tasks/task-2", json!({ "queue": "incoming" })).await.with(200);
    let refused = s.post("/api/v1/tasks/task-2/accept", accept).await.with(409);
    let words = "Invalid transition: flow \"default\" does not allow incoming → done";
    assert_eq!((&refused["error"], &refused["details"]), (&json!("Failed to accept task"), &json!([words])));
    for (path, body) in [
        ("/api/v1/tasks", json!({ "title": "x", "queue": "nowhere" })),
        ("/api/v1/tasks/task-3/force-queue", json!({ "queue": "nowhere", "reason": "r" })),
        ("/api/v1/tasks/claim", json!({ "orchestrator_id": "o", "agent_name": "a", "queue": "nowhere" })),
    ] {
        let words = s.post(path, body).await.with(400)["error"].to_string();
        assert!(words.contains("Valid queues for flow") && words.contains("testing"), "{path}: {words}");
    }
    s.get("/api/v1/tasks?queue=nowhere").await.with(400);
}

#[tokio::test]
async fn i25_a_duplicate_is_refused_where_the_request_says_so_and_created_where_it_does_not() {
    let s = Setting::new().await;
    let first = create(&s, json!({ "title": "A task", "content": "Do it." })).await;
    let strict = json!({ "title": "A task ", "content": "Do it.\n", "allow_duplicate": false });
    let refused = s.post("/api/v1/tasks", strict.clone()).await.with(409);
    assert_eq!((&refused["code"], &refused["duplicate_of"]), (&json!("conflict"), &json!(first)));
    assert_eq!(refused["error"], json!(format!("{first} says exactly the same and is in `incoming`")));
    // Clients that know nothing of it are served as ever.
    for body in [json!({}), json!({ "allow_duplicate": true })] {
        let mut twin = json!({ "title": "A task", "content": "Do it." });
        twin.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        assert_ne!(create(&s, twin).await, first);
    }
    for other in ["role", "content"] {
        let mut another = strict.clone();
        another[other] = json!("docs");
        create(&s, another).await;
    }
}

#[tokio::test]
async fn i04_a_repeated_request_is_no_duplicate_of_itself() {
    let s = Setting::new().await;
    let body = json!({ "title": "A task", "content": "Do it.", "allow_duplicate": false });
    let send = async |key: &str| {
        let request = s.request(Method::POST, "/api/v1/tasks").header("Idempotency-Key", key).json(&body);
        super::setting::answer(request).await
    };
    let first = send("one").await.with(201)["id"].clone();
    assert_eq!(send("one").await.with(201)["id"], first);
    assert_eq!(send("two").await.with(409)["duplicate_of"], first);
}
