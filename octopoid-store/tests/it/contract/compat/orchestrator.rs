//! The loop of the original's orchestrator, played by a client of our own that knows nothing but its calls.

use super::super::setting::Setting;
use super::{server, truth};
use octopoid_core::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// What it knows of itself.
struct Orchestrator<'a> {
    server: &'a Setting,
    id: String,
    scope: &'a str,
}

impl<'a> Orchestrator<'a> {
    /// Registers the machine, its flow and its roles, as it does at each start.
    async fn start(server: &'a Setting, scope: &'a str) -> Self {
        let body = json!({ "cluster": "local", "machine_id": "laptop", "repo_url": "git@example.org:a", "scope": scope,
                           "hostname": "h", "version": "2.0.0", "max_claimed": 5 });
        let registered = server.post("/api/v1/orchestrators/register", body).await;
        assert!(registered.status.is_success());
        let id = registered.body["orchestrator_id"].as_str().unwrap().to_owned();
        let states = ["incoming", "claimed", "provisional", "requires-intervention", "done", "failed"];
        let transitions: Vec<_> = [
            ("incoming", "claimed"),
            ("claimed", "provisional"),
            ("provisional", "done"),
            ("provisional", "incoming"),
            ("claimed", "incoming"),
            ("claimed", "requires-intervention"),
            ("requires-intervention", "incoming"),
            ("requires-intervention", "done"),
        ]
        .iter()
        .map(|(from, to)| json!({ "from": from, "to": to, "conditions": [] }))
        .collect();
        let flow =
            json!({ "scope": scope, "states": states, "transitions": transitions, "cluster": "local" });
        server.send(Method::PUT, "/api/v1/flows/default", flow).await.with(200);
        let roles = json!({ "orchestrator_id": id, "roles": [
            { "name": "implement", "claims_from": "incoming" },
            { "name": "gatekeeper", "claims_from": "provisional" },
            { "name": "fixer", "claims_from": "requires-intervention" },
        ]});
        server.post("/api/v1/roles/register", roles).await.with(200);
        Self { server, id, scope }
    }

    async fn tick(&self) -> Value {
        let heartbeat = format!("/api/v1/orchestrators/{}/heartbeat", self.id);
        self.server.post(&heartbeat, json!({ "timestamp": "2026-01-01T00:00:00" })).await.with(200);
        self.server.get(&format!("/api/v1/scheduler/poll?orchestrator_id={}", self.id)).await.with(200)
    }

    /// Claims by a role, or, where a queue is named, whatever is next in it.
    async fn claim(&self, role: &str, queue: Option<&str>) -> Option<Value> {
        let filter = queue.is_none().then(|| json!([role]));
        let body = json!({ "orchestrator_id": self.id, "agent_name": format!("{role}-1"), "role_filter": filter,
                           "queue": queue, "scope": self.scope, "lease_duration_seconds": 14400, "max_claimed": 5 });
        let answer = self.server.post("/api/v1/tasks/claim", body).await;
        if answer.status == 404 {
            assert_eq!(answer.body, json!({ "message": "No tasks available" }));
            return None;
        }
        Some(answer.with(200))
    }

    /// A call on a task, which it addresses by its id alone.
    async fn on(&self, id: &str, verb: &str, body: Value) -> Value {
        self.server.post(&format!("/api/v1/tasks/{id}/{verb}"), body).await.with(200)
    }

    async fn say(&self, id: &str, kind: &str, content: &str) {
        let body = json!({ "task_id": id, "from_actor": "agent", "type": kind, "content": content, "scope": self.scope });
        self.server.post("/api/v1/messages", body).await.with(201);
    }
}

#[tokio::test]
async fn a_task_goes_from_the_queue_to_done() {
    let s = server().await;
    let o = Orchestrator::start(&s, "project-a").await;
    let task = json!({ "id": "TASK-1", "file_path": "tasks/TASK-1.md", "title": "A task", "branch": "main",
                       "role": "implement", "priority": "P1", "scope": "project-a", "content": "# Do it" });
    s.post("/api/v1/tasks", task).await.with(201);
    assert_eq!(o.tick().await["queue_counts"], json!({ "incoming": 1, "claimed": 0, "provisional": 0 }));
    let claimed = o.claim("implement", None).await.unwrap();
    assert_eq!((&claimed["id"], &claimed["content"]), (&json!("TASK-1"), &json!("# Do it")));
    assert!(o.claim("implement", None).await.is_none());
    // It works for longer than any lease, and renews by the field.
    for _ in 0..5 {
        s.clock.advance(Duration::from_secs(3000));
        s.a_round_of_housekeeping().await;
        let until = (s.clock.now() + Duration::from_secs(14400)).to_string();
        let renewed = s.patch("/api/v1/tasks/TASK-1", json!({ "lease_expires_at": until })).await.with(200);
        assert_eq!(renewed["queue"], "claimed");
    }
    o.say("TASK-1", "progress", "half of it").await;
    o.on("TASK-1", "submit", json!({ "commits_count": 2, "turns_used": 12, "execution_notes": "fine" }))
        .await;
    let poll = o.tick().await;
    assert_eq!(poll["provisional_tasks"][0]["id"], "TASK-1");
    s.patch("/api/v1/tasks/TASK-1", json!({ "pr_number": 7, "pr_url": "https://example.org/7" }))
        .await
        .with(200);
    let review = o.claim("gatekeeper", Some("provisional")).await.unwrap();
    assert_eq!((&review["queue"], &review["pr_number"]), (&json!("provisional"), &json!(7)));
    o.on("TASK-1", "reject", json!({ "reason": "no tests", "rejected_by": "gatekeeper" })).await;
    assert_eq!(o.claim("implement", None).await.unwrap()["rejection_count"], 1);
    o.on("TASK-1", "submit", json!({ "commits_count": 3, "turns_used": 4 })).await;
    assert!(o.claim("gatekeeper", Some("provisional")).await.is_some());
    let done = o.on("TASK-1", "accept", json!({ "accepted_by": "gatekeeper" })).await;
    assert_eq!((&done["queue"], &done["claimed_by"]), (&json!("done"), &json!(null)));
    assert_eq!(o.tick().await["queue_counts"], json!({ "incoming": 0, "claimed": 0, "provisional": 0 }));
}

#[tokio::test]
async fn a_task_that_fails_is_taken_in_hand() {
    let s = server().await;
    let o = Orchestrator::start(&s, "project-a").await;
    let task =
        json!({ "id": "TASK-2", "file_path": "tasks/TASK-2.md", "branch": "main", "scope": "project-a" });
    s.post("/api/v1/tasks", task).await.with(201);
    o.claim("implement", None).await.unwrap();
    // The agent fails: the task is flagged while it is still held, then put aside.
    let flagged = s.patch("/api/v1/tasks/TASK-2", json!({ "needs_intervention": true })).await.with(200);
    assert_eq!(
        (&flagged["claimed_by"], truth(&flagged["needs_intervention"])),
        (&json!("implement-1"), true)
    );
    o.say("TASK-2", "intervention_request", "the step `push` failed").await;
    let asks = s.get("/api/v1/tasks?scope=project-a&needs_intervention=true").await.with(200);
    assert_eq!(asks["total"], 1);
    let body = json!({ "queue": "requires-intervention", "claimed_by": null, "lease_expires_at": null });
    let aside = s.patch("/api/v1/tasks/TASK-2", body).await.with(200);
    assert_eq!((&aside["queue"], &aside["claimed_by"]), (&json!("requires-intervention"), &json!(null)));
    assert!(o.claim("implement", None).await.is_none());
    let fixing = o.claim("fixer", Some("requires-intervention")).await.unwrap();
    assert_eq!((&fixing["id"], &fixing["claimed_by"]), (&json!("TASK-2"), &json!("fixer-1")));
    // The machine dies; its lease is given back to where the task came from.
    s.clock.advance(Duration::from_secs(14400));
    s.a_round_of_housekeeping().await;
    let back = s.get("/api/v1/tasks/TASK-2").await.with(200);
    assert_eq!(back["queue"], "requires-intervention");
    let o = Orchestrator::start(&s, "project-a").await;
    o.claim("fixer", Some("requires-intervention")).await.unwrap();
    o.on("TASK-2", "requeue", json!({})).await;
    assert_eq!(o.claim("implement", None).await.unwrap()["attempt_count"], 2, "one lost, one requeued");
    let failed = s.patch("/api/v1/tasks/TASK-2", json!({ "queue": "failed" })).await.with(200);
    assert_eq!((&failed["queue"], &failed["claimed_by"]), (&json!("failed"), &json!(null)));
    let messages = s.get("/api/v1/tasks/TASK-2/messages?scope=project-a").await.with(200);
    assert_eq!(messages["total"], 1);
    assert_eq!(messages["messages"][0]["type"], "intervention_request");
    let body = json!({ "queue": "done", "reason": "done by hand" });
    assert_eq!(o.on("TASK-2", "force-queue", body).await["queue"], "done");
}
