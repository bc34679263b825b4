//! A server of the original, with what it answers in its exact shapes.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub(crate) const KEY: &str = "oct_secret";

/// What a server of the original answers: lists by name.
pub(crate) type Lists = Arc<Mutex<HashMap<String, Vec<Value>>>>;

/// A server of the original: keys where one is shown, a scope that is needed, pages that it keeps small.
pub(crate) struct Original {
    pub(crate) url: String,
    pub(crate) lists: Lists,
    _runtime: tokio::runtime::Runtime,
}

async fn list(
    State(lists): State<Lists>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    let query = query.unwrap_or_default();
    let query: HashMap<_, _> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let shown = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    if shown.is_some_and(|shown| shown != format!("Bearer {KEY}")) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "Invalid API key" })));
    }
    let Some(rows) = lists.lock().unwrap().get(&name).cloned() else {
        let body = json!({ "error": "Not Found", "message": name, "timestamp": "2026-03-01T00:00:00.000Z" });
        return (StatusCode::NOT_FOUND, Json(body));
    };
    if name == "tasks" && !query.contains_key("scope") {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "Missing required parameter: scope" })));
    }
    let number = |key: &str, default| query.get(key).map_or(default, |text| text.parse::<usize>().unwrap());
    let (offset, limit) = (number("offset", 0), number("limit", 50).min(2));
    let page: Vec<_> = rows.iter().skip(offset).take(limit).cloned().collect();
    (StatusCode::OK, Json(json!({ &name: page, "total": rows.len(), "offset": offset, "limit": limit })))
}

/// A task with all columns, as the original has them.
pub(crate) fn task(id: &str, queue: &str, more: Value) -> Value {
    let mut row = json!({
        "id": id, "file_path": format!("tasks/TASK-{id}.md"), "queue": queue, "priority": "P2", "complexity": null, "role": "implement",
        "branch": "main", "blocked_by": null, "claimed_by": null, "claimed_at": null, "commits_count": 0, "turns_used": null,
        "attempt_count": 0, "has_plan": 0, "plan_id": null, "project_id": null, "auto_accept": 0, "rejection_count": 0,
    });
    let rest = json!({
        "pr_number": null, "pr_url": null, "checks": null, "check_results": null, "needs_rebase": 0,
        "last_rebase_attempt_at": null, "staging_url": null, "submitted_at": null, "completed_at": null,
        "created_at": "2026-02-11 09:30:00", "updated_at": "2026-02-11 09:30:00", "orchestrator_id": null,
        "lease_expires_at": null, "version": 1, "needs_breakdown": 0, "review_round": 0, "execution_notes": null,
        "title": format!("Task {id}"), "type": null, "hooks": null, "flow": "default", "flow_overrides": null,
        "scope": "team", "content": format!("What {id} is about."), "needs_intervention": 0,
    });
    for columns in [rest, more] {
        row.as_object_mut().unwrap().extend(columns.as_object().unwrap().clone());
    }
    row
}

pub(crate) fn message(id: &str, task: &str, content: &str, at: &str, parent: Option<&str>) -> Value {
    json!({
        "id": id, "task_id": task, "from_actor": "human", "to_actor": "implementer-1", "type": "comment", "content": content,
        "parent_message_id": parent, "created_at": at, "scope": "team",
    })
}

impl Original {
    pub(crate) fn new() -> Self {
        let tasks = vec![
            task(
                "later",
                "incoming",
                json!({ "blocked_by": "first", "project_id": "dash", "branch": "feature/dash" }),
            ),
            task(
                "first",
                "claimed",
                json!({ "claimed_by": "implementer-1", "priority": "P0", "complexity": "M", "attempt_count": 2 }),
            ),
            task(
                "review",
                "provisional",
                json!({ "pr_number": 7, "pr_url": "https://example.invalid/pull/7" }),
            ),
            task("old", "done", json!({ "project_id": "past", "completed_at": "2026-02-12T10:00:00.000Z" })),
            task(
                "broken",
                "failed",
                json!({ "execution_notes": "no tests", "priority": "urgent", "role": "tester" }),
            ),
            task("odd", "requires-intervention", json!({ "hooks": "[{\"name\":\"x\"}]", "flow": "special" })),
            task("a", "incoming", json!({ "blocked_by": "b", "auto_accept": 1 })),
            task("b", "blocked", json!({ "blocked_by": "a", "needs_breakdown": 1 })),
            task(
                "lost",
                "incoming",
                json!({ "blocked_by": "gone", "branch": "feature/gone", "content": null, "project_id": "none" }),
            ),
            task("has spaces", "incoming", json!({})),
            json!({ "title": "without an id" }),
        ];
        let projects = vec![
            json!({
                "id": "dash", "title": "Dashboard", "description": "All of it", "status": "active", "branch": "feature/dash",
                "base_branch": "main", "auto_accept": true, "created_at": "2026-02-11T09:30:00.000Z", "created_by": "ada",
                "completed_at": null, "scope": "team",
            }),
            json!({
                "id": "past", "title": "Past", "description": null, "status": "completed", "branch": "feature/past", "base_branch": "gone",
                "auto_accept": false, "created_at": "2026-02-10T09:30:00.000Z", "created_by": null,
                "completed_at": "2026-02-12T09:30:00.000Z", "scope": "team",
            }),
        ];
        let drafts = vec![json!({
            "id": 3, "title": "Dark mode", "status": "superseded", "author": "ada", "domain": "ui", "file_path": "notes/dark.md",
            "created_at": "2026-02-11T09:30:00.000Z", "updated_at": "2026-02-11T09:30:00.000Z", "linked_task_id": "old",
            "linked_project_id": null, "tags": "[\"ui\",\"colour\"]", "scope": "team",
        })];
        // The two forms of times are ordered wrongly by the original.
        let messages = vec![
            message("msg-2", "first", "An answer", "2026-02-11T09:30:00.500Z", Some("msg-1")),
            message("msg-1", "first", "A question", "2026-02-11 09:30:00", None),
            message("msg-3", "nobody", "Lost", "2026-02-11 09:30:00", None),
        ];
        let lists = [("tasks", tasks), ("projects", projects), ("drafts", drafts), ("messages", messages)];
        let lists: Lists =
            Arc::new(Mutex::new(lists.into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect()));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let router = Router::new().route("/api/v1/{name}", get(list)).with_state(lists.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, lists, _runtime: runtime }
    }

    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Vec<Value>)) {
        change(self.lists.lock().unwrap().get_mut(name).unwrap());
    }
}
