//! The dialect of the Agent Client Protocol.

use super::dialect::Finish;
use super::two_way::{Answered, Protocol};
use octopoid_core::model::Usage;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The agent's side of the protocol. Conversations are kept in files: what each has cost.
pub(super) struct Acp {
    memory: PathBuf,
    session: String,
    prompt: Value,
    mode: String,
    cost_before: f64,
    answers: u32,
    tools: u32,
}

const MODELS: [&str; 2] = ["sim-model", "sim-large"];

impl Acp {
    pub(super) fn new(variables: &BTreeMap<String, String>) -> Self {
        let memory = PathBuf::from(variables.get("HOME").map_or(".", String::as_str)).join(".sim-acp");
        let (session, mode) = (String::new(), "default".to_owned());
        Self { memory, session, prompt: Value::Null, mode, cost_before: 0.0, answers: 0, tools: 0 }
    }

    fn update(&self, update: &Value) -> Value {
        json!({ "jsonrpc": "2.0", "method": "session/update", "params": { "sessionId": self.session, "update": update } })
    }

    fn chunk(&self, text: &str) -> Value {
        let id = format!("msg_{}", self.answers);
        let content = json!({ "type": "text", "text": text });
        self.update(&json!({ "sessionUpdate": "agent_message_chunk", "messageId": id, "content": content }))
    }

    fn opened(&self) -> Value {
        let options = MODELS.map(|model| json!({ "value": model, "name": model }));
        json!({
            "sessionId": self.session,
            "modes": { "currentModeId": "default", "availableModes": [{ "id": "default" }, { "id": "yolo" }] },
            "configOptions": [
                { "id": "model", "category": "model", "type": "select", "currentValue": MODELS[0], "options": options }
            ]
        })
    }

    fn open(&mut self, session: &str, earlier: bool) -> Answered {
        let file = self.memory.join(session);
        let known = std::fs::read_to_string(&file).ok();
        if earlier && known.is_none() {
            return Some((Vec::new(), Err((-32002, format!("Resource not found: {session}")))));
        }
        session.clone_into(&mut self.session);
        self.cost_before = known.and_then(|cost| cost.parse().ok()).unwrap_or_default();
        let kept = std::fs::create_dir_all(&self.memory);
        if let Err(error) = kept.and_then(|()| std::fs::write(file, self.cost_before.to_string())) {
            return Some((Vec::new(), Err((-32603, error.to_string()))));
        }
        let past = match earlier {
            true => vec![self.chunk("said before"), self.cost(0.0)],
            false => Vec::new(),
        };
        Some((past, Ok(self.opened())))
    }

    fn cost(&self, cost_usd: f64) -> Value {
        let cost = json!({ "amount": self.cost_before + cost_usd, "currency": "USD" });
        self.update(&json!({ "sessionUpdate": "usage_update", "used": 1100, "size": 200_000, "cost": cost }))
    }
}

impl Protocol for Acp {
    fn request(&mut self, id: &Value, method: &str, params: &Value) -> Answered {
        let session = params["sessionId"].as_str().unwrap_or_default();
        let ok = |result: Value| Some((Vec::new(), Ok(result)));
        let refused = |code: i64, message: &str| Some((Vec::new(), Err((code, message.to_owned()))));
        match method {
            "initialize" => ok(json!({
                "protocolVersion": 1, "agentInfo": { "name": "sim", "version": "0" }, "authMethods": [],
                "agentCapabilities": { "loadSession": true, "tomorrow": { "is": "new" } }
            })),
            "session/new" => self.open(&uuid::Uuid::new_v4().to_string(), false),
            "session/load" => self.open(session, true),
            "session/set_mode" => {
                params["modeId"].as_str().unwrap_or_default().clone_into(&mut self.mode);
                ok(json!({}))
            }
            "session/set_config_option" => match params["value"].as_str() {
                Some(model) if MODELS.contains(&model) => ok(json!({ "configOptions": [] })),
                _ => refused(-32603, "Internal error: no such model"),
            },
            "session/prompt" => {
                self.prompt = id.clone();
                None
            }
            _ => refused(-32601, "Method not found"),
        }
    }

    fn cancels(&self, method: &str) -> bool {
        method == "session/cancel"
    }

    fn say(&mut self, text: &str) -> Vec<Value> {
        self.answers += 1;
        // In pieces, as they come.
        let (first, rest) = text.split_at(text.char_indices().nth(3).map_or(text.len(), |(at, _)| at));
        vec![self.chunk(first), self.chunk(rest)]
    }

    fn tool(&mut self, name: &str, input: &str) -> (Vec<Value>, Option<(String, Value)>, Vec<Value>) {
        self.answers += 1;
        self.tools += 1;
        let id = format!("call_{}", self.tools);
        let kind = if name == "Bash" { "execute" } else { "edit" };
        let call =
            json!({ "toolCallId": id, "title": input, "kind": kind, "rawInput": { "command": input } });
        let mut begun = call.clone();
        begun["sessionUpdate"] = "tool_call".into();
        begun["status"] = "pending".into();
        let done = json!({
            "sessionUpdate": "tool_call_update", "toolCallId": id, "status": "completed", "rawOutput": "done"
        });
        let asks = (self.mode != "yolo").then(|| {
            let options = json!([
                { "optionId": "n", "kind": "reject_once", "name": "Allow" },
                { "optionId": "y", "kind": "allow_once", "name": "Reject" }
            ]);
            let params = json!({ "sessionId": self.session, "toolCall": call, "options": options });
            ("session/request_permission".to_owned(), params)
        });
        // An answer of its own, which begins with its id.
        (vec![self.chunk(""), self.update(&begun)], asks, vec![self.update(&done)])
    }

    fn allows(&self, answer: &Value) -> bool {
        answer["outcome"]["optionId"] == "y"
    }

    fn permission(&mut self, kind: &str, options: &[(String, String)]) -> (Vec<Value>, (String, Value)) {
        let options: Vec<_> = options
            .iter()
            .map(
                |(id, kind)| json!({ "optionId": id, "kind": kind, "name": "Allow everything", "new": true }),
            )
            .collect();
        let call = json!({ "toolCallId": "asked", "kind": kind, "title": format!("something to {kind}") });
        let params = json!({ "sessionId": self.session, "toolCall": call, "options": options });
        (Vec::new(), ("session/request_permission".to_owned(), params))
    }

    fn count(&mut self, usage: &Usage) -> Vec<Value> {
        let mut said = Vec::new();
        if usage.turns > self.answers {
            self.answers = usage.turns;
            said.push(self.chunk("."));
        }
        said.push(self.cost(usage.cost_usd));
        said
    }

    fn novelties(&self) -> Vec<Value> {
        vec![
            self.update(&json!({ "sessionUpdate": "hologram_update", "hologram": [1, 2] })),
            self.update(&json!({ "sessionUpdate": "agent_message_chunk", "content": { "type": "smell" } })),
            json!({ "jsonrpc": "2.0", "method": "_sim/status", "params": {} }),
            json!({ "jsonrpc": "2.0", "method": "session/update", "params": [] }),
            json!({ "jsonrpc": "2.0", "id": "new", "method": "fs/write_text_file", "params": { "path": "/x" } }),
            json!({ "jsonrpc": "2.0", "id": 99, "result": "nobody asked" }),
        ]
    }

    fn finish(&mut self, usage: &Usage, finish: Option<&Finish>) -> Vec<Value> {
        let _ =
            std::fs::write(self.memory.join(&self.session), (self.cost_before + usage.cost_usd).to_string());
        let tokens = json!({ "inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens });
        let ended = |reason: &str| json!({ "jsonrpc": "2.0", "id": self.prompt, "result": { "stopReason": reason, "usage": tokens } });
        let failed = |kind: &str, text: &str| {
            let error = json!({ "code": -32603, "message": format!("Internal error: {text}"), "data": { "errorKind": kind } });
            json!({ "jsonrpc": "2.0", "id": self.prompt, "error": error })
        };
        match finish {
            None => vec![ended("cancelled")],
            Some(Finish::MaxTurns) => vec![ended("max_turn_requests")],
            Some(Finish::Api { refusal: true, text, .. }) => vec![self.chunk(text), ended("refusal")],
            Some(Finish::Api { status, text, resets_at, .. }) => {
                let kind = match status {
                    Some(401) => "authentication_failed",
                    Some(429) => "rate_limit",
                    Some(500..) => "server_error",
                    _ => "unknown",
                };
                let limit = json!({ "_claude/rateLimit": { "status": "rejected", "resetsAt": resets_at } });
                let limit = self.update(
                    &json!({ "sessionUpdate": "usage_update", "used": 1, "size": 2, "_meta": limit }),
                );
                resets_at.map(|_| limit).into_iter().chain([failed(kind, text)]).collect()
            }
            Some(Finish::Done(_) | Finish::Budget | Finish::Exit { .. }) => vec![ended("end_turn")],
        }
    }
}
