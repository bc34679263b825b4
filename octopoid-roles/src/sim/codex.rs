//! The dialect of `codex app-server`.

use super::dialect::Finish;
use super::two_way::{Answered, Protocol};
use octopoid_core::model::Usage;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The agent's side of the protocol. Threads are kept in files.
pub(super) struct Codex {
    memory: PathBuf,
    thread: String,
    policy: String,
    items: u32,
    counted: u32,
    /// Whether it has yet to tell what the last turn of an earlier process has used.
    tells_past: bool,
}

const TURN: &str = "turn-1";

impl Codex {
    pub(super) fn new(variables: &BTreeMap<String, String>) -> Self {
        let memory = PathBuf::from(variables.get("HOME").map_or(".", String::as_str)).join(".sim-codex");
        Self { memory, thread: String::new(), policy: String::new(), items: 0, counted: 0, tells_past: false }
    }

    fn note(&self, method: &str, mut params: Value) -> Value {
        params["threadId"] = self.thread.clone().into();
        params["turnId"] = TURN.into();
        json!({ "method": method, "params": params, "emittedAtMs": 1 })
    }

    fn open(&mut self, thread: &str, params: &Value, earlier: bool) -> Answered {
        let file = self.memory.join(thread);
        if earlier && !file.exists() {
            return Some((Vec::new(), Err((-32600, format!("no rollout found for thread id {thread}")))));
        }
        let model = params["model"].as_str().unwrap_or("sim-model");
        if let Err(error) = std::fs::create_dir_all(&self.memory).and_then(|()| std::fs::write(file, "")) {
            return Some((Vec::new(), Err((-32603, error.to_string()))));
        }
        thread.clone_into(&mut self.thread);
        params["approvalPolicy"].as_str().unwrap_or_default().clone_into(&mut self.policy);
        self.tells_past = earlier;
        Some((Vec::new(), Ok(json!({ "thread": { "id": thread }, "model": model }))))
    }

    fn item(&self, method: &str, item: &Value) -> Value {
        self.note(method, json!({ "item": item }))
    }

    fn completed(&self, status: &str, error: &Value) -> Value {
        self.note("turn/completed", json!({ "turn": { "id": TURN, "status": status, "error": error } }))
    }
}

impl Protocol for Codex {
    fn request(&mut self, id: &Value, method: &str, params: &Value) -> Answered {
        let ok = |result: Value| Some((Vec::new(), Ok(result)));
        match method {
            "initialize" => ok(json!({ "userAgent": "sim/0", "tomorrow": 1 })),
            "thread/start" => self.open(&uuid::Uuid::new_v4().to_string(), params, false),
            "thread/resume" => {
                let thread = params["threadId"].as_str().unwrap_or_default().to_owned();
                self.open(&thread, params, true)
            }
            _ => {
                Some((Vec::new(), Err((-32600, format!("Invalid request {id}: unknown variant `{method}`")))))
            }
        }
    }

    fn begins(&self, method: &str) -> Option<Value> {
        (method == "turn/start").then(|| json!({ "turn": { "id": TURN, "status": "inProgress" } }))
    }

    fn cancels(&self, method: &str) -> bool {
        method == "turn/interrupt"
    }

    fn say(&mut self, text: &str) -> Vec<Value> {
        self.items += 1;
        let id = format!("msg_{}", self.items);
        let item = json!({ "type": "agentMessage", "id": id, "text": text });
        let mut past =
            self.note("thread/tokenUsage/updated", json!({ "tokenUsage": { "last": { "inputTokens": 7 } } }));
        past["params"]["turnId"] = "turn-0".into();
        let past = std::mem::take(&mut self.tells_past).then_some(past);
        let said = [
            self.item("item/started", &item),
            self.note("item/agentMessage/delta", json!({ "itemId": id, "delta": text })),
            self.item("item/completed", &item),
        ];
        past.into_iter().chain(said).collect()
    }

    fn tool(&mut self, _name: &str, input: &str) -> (Vec<Value>, Option<(String, Value)>, Vec<Value>) {
        self.items += 1;
        let id = format!("call_{}", self.items);
        let item = |status: &str| {
            json!({
                "type": "commandExecution", "id": id, "command": format!("/bin/bash -lc '{input}'"), "status": status,
                "commandActions": [{ "type": "unknown", "command": input }], "aggregatedOutput": "done\n", "exitCode": 0
            })
        };
        let asks = (self.policy != "never").then(|| {
            let params = json!({ "threadId": self.thread, "turnId": TURN, "itemId": id, "command": input });
            ("item/commandExecution/requestApproval".to_owned(), params)
        });
        (
            vec![self.item("item/started", &item("inProgress"))],
            asks,
            vec![self.item("item/completed", &item("completed"))],
        )
    }

    fn allows(&self, answer: &Value) -> bool {
        answer["decision"] == "accept"
    }

    fn permission(&mut self, kind: &str, options: &[(String, String)]) -> (Vec<Value>, (String, Value)) {
        let item = json!({ "type": "fileChange", "id": "asked", "changes": [{ "path": "/a.txt" }], "status": "inProgress" });
        let decisions: Vec<_> = options.iter().map(|(id, _)| id).collect();
        let method = if kind == "edit" { "fileChange" } else { "commandExecution" };
        let params = json!({
            "threadId": self.thread, "turnId": TURN, "itemId": "asked", "command": "git push", "availableDecisions": decisions
        });
        (vec![self.item("item/started", &item)], (format!("item/{method}/requestApproval"), params))
    }

    fn count(&mut self, usage: &Usage) -> Vec<Value> {
        let last = json!({ "last": { "inputTokens": 1000, "cachedInputTokens": 900, "outputTokens": 100 } });
        let answers = usage.turns.saturating_sub(self.counted);
        self.counted = usage.turns;
        let one = self.note("thread/tokenUsage/updated", json!({ "tokenUsage": last }));
        (0..answers).map(|_| one.clone()).collect()
    }

    fn novelties(&self) -> Vec<Value> {
        vec![
            self.note("hologram/updated", json!({ "hologram": [1, 2] })),
            self.item("item/completed", &json!({ "type": "smell", "id": "s" })),
            json!({ "method": "account/rateLimits/updated", "params": { "rateLimits": null } }),
            json!({ "id": "new", "method": "item/tool/requestUserInput", "params": {} }),
            json!({ "id": 99, "result": "nobody asked" }),
        ]
    }

    fn finish(&mut self, _usage: &Usage, finish: Option<&Finish>) -> Vec<Value> {
        match finish {
            None => vec![self.completed("interrupted", &Value::Null)],
            Some(Finish::Api { status, text, resets_at, .. }) => {
                let window = json!({ "usedPercent": 100, "resetsAt": resets_at });
                let limits = json!({ "rateLimits": { "primary": window, "secondary": null } });
                let limits =
                    resets_at.map(|_| json!({ "method": "account/rateLimits/updated", "params": limits }));
                let info = match resets_at {
                    Some(_) => json!("usageLimitExceeded"),
                    None => json!({ "httpConnectionFailed": { "httpStatusCode": status } }),
                };
                let info = if *status == Some(400) { json!("other") } else { info };
                let error = json!({ "message": text, "codexErrorInfo": info });
                let told = self.note("error", json!({ "error": error, "willRetry": false }));
                limits.into_iter().chain([told, self.completed("failed", &error)]).collect()
            }
            Some(_) => vec![self.completed("completed", &Value::Null)],
        }
    }
}
