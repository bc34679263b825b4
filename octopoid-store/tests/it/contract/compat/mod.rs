//! What the original server did, row by row, by a server that serves its programs.

mod claims;
mod decisions;
mod lists;
mod machines;
mod orchestrator;
mod patches;
mod records;
mod scopes;
mod tasks;

use super::setting::Setting;
use serde_json::{Value, json};

/// A server that serves programs of the original.
async fn server() -> Setting {
    Setting::with(|server| server.with_compat(true)).await
}

/// A new task in the scope `team`, with more fields.
async fn create(s: &Setting, id: &str, more: Value) -> Value {
    let mut body =
        json!({ "id": id, "file_path": format!("tasks/{id}.md"), "branch": "main", "scope": "team" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    s.post("/api/v1/tasks", body).await.with(201)
}

/// A claim of the next task in the scope `team`.
async fn claim(s: &Setting, more: Value) -> super::setting::Answer {
    let mut body = json!({ "orchestrator_id": "prod-1", "agent_name": "agent-1", "scope": "team" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    s.post("/api/v1/tasks/claim", body).await
}

/// Registers the flow `default` with states and transitions beside the usual ones.
async fn flow(s: &Setting, more: &[(&str, &str)]) {
    let usual = [
        ("incoming", "claimed"),
        ("claimed", "provisional"),
        ("provisional", "done"),
        ("provisional", "incoming"),
    ];
    let mut states = vec!["incoming", "claimed", "provisional", "done", "failed"];
    for (from, to) in more {
        states.extend(
            [from, to].into_iter().copied().filter(|name| !states.contains(name)).collect::<Vec<_>>(),
        );
    }
    let transitions: Vec<_> =
        usual.iter().chain(more).map(|(from, to)| json!({ "from": from, "to": to })).collect();
    let body = json!({ "scope": "team", "states": states, "transitions": transitions });
    s.send(reqwest::Method::PUT, "/api/v1/flows/default", body).await.with(200);
}

async fn task(s: &Setting, id: &str) -> Value {
    s.get(&format!("/api/v1/tasks/{id}")).await.with(200)
}

/// The ids of a list of tasks.
async fn ids(s: &Setting, query: &str) -> Vec<String> {
    let page = s.get(&format!("/api/v1/tasks?scope=team&{query}")).await.with(200);
    let ids = page["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap().to_owned());
    ids.collect()
}

/// Whether a value is true, as clients look at it: `0` and `1` are answers as good as `false` and `true`.
fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_u64() == Some(1))
}
