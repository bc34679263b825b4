//! Plays streams that real programs printed to a dialogue, in tests.

use super::dialogue::{Dialogue, Out};
use super::line::{End, HostLine};
use super::message::Message;
use super::permission::Permissions;
use super::spec::{HostSpec, Protocol};
use octopoid_core::model::{SessionId, StopReason, Usage};
use octopoid_core::runner::AgentEvent;
use serde_json::{Value, json};

/// The requests for the work.
const PROMPTS: [&str; 2] = ["session/prompt", "turn/start"];
const CANCELS: [&str; 2] = ["session/cancel", "turn/interrupt"];

/// A captured conversation, each line with its direction.
#[derive(Debug, Clone)]
pub(crate) struct Captured {
    lines: Vec<(bool, Value)>,
}

/// What a dialogue made of a captured conversation.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Played {
    pub(crate) events: Vec<AgentEvent>,
    pub(crate) troubles: Vec<StopReason>,
    pub(crate) end: Option<End>,
    /// The answers to the agent's requests.
    pub(crate) answers: Vec<Value>,
}

impl Played {
    pub(crate) fn usage(&self) -> Usage {
        let usage =
            |event: &AgentEvent| if let AgentEvent::Usage(usage) = event { Some(*usage) } else { None };
        self.events.iter().rev().find_map(usage).unwrap_or_default()
    }

    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for event in &self.events {
            if let AgentEvent::Text(text) = event {
                texts.push(text.as_str());
            }
        }
        texts
    }

    pub(crate) fn logs(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for event in &self.events {
            if let AgentEvent::Log(text) = event {
                texts.push(text.as_str());
            }
        }
        texts
    }

    /// Returns the kind of the end, in a word.
    pub(crate) fn kind_of_end(&self) -> &'static str {
        match self.stop() {
            StopReason::Completed => "completed",
            StopReason::Crashed { .. } => "crashed",
            StopReason::Unavailable { .. } => "unavailable",
            StopReason::RateLimited { .. } => "limited",
            StopReason::Overloaded { .. } => "overloaded",
            StopReason::Cancelled => "cancelled",
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn stop(&self) -> &StopReason {
        &self.end.as_ref().expect("it has ended").stop
    }
}

pub(crate) fn spec(protocol: Protocol) -> HostSpec {
    HostSpec {
        protocol,
        program: "agent".into(),
        arguments: Vec::new(),
        directory: "/repo".into(),
        prompt: "Do what the task says.".to_owned(),
        system_prompt: None,
        resume: None,
        model: None,
        max_turns: None,
        budget_usd: None,
        permissions: Permissions::default(),
        max_output: u64::MAX,
        session_file: "session".into(),
    }
}

impl Captured {
    pub(crate) fn read(name: &str) -> Self {
        let path = format!("{}/tests/it/two_way/streams/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let line = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            (line["dir"] == "->", line["msg"].take())
        };
        Self { lines: text.lines().map(line).collect() }
    }

    /// Changes every message of the agent.
    pub(crate) fn changed(&self, change: impl Fn(&mut Value)) -> Self {
        let mut changed = self.clone();
        changed.lines.iter_mut().filter(|(ours, _)| !ours).for_each(|(_, message)| change(message));
        changed
    }

    /// Returns the names of all fields in the agent's messages.
    pub(crate) fn field_names(&self) -> std::collections::BTreeSet<String> {
        fn collect(value: &Value, names: &mut std::collections::BTreeSet<String>) {
            match value {
                Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                    names.insert(name.clone());
                    collect(value, names);
                }),
                Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
                _ => {}
            }
        }
        let mut names = std::collections::BTreeSet::new();
        self.lines.iter().filter(|(ours, _)| !ours).for_each(|(_, message)| collect(message, &mut names));
        names
    }

    /// Returns the conversation that was gone on in.
    pub(crate) fn resumed(&self) -> Option<SessionId> {
        let of = |(_, message): &(bool, Value)| {
            let earlier = message["method"] == "session/load" || message["method"] == "thread/resume";
            let params = &message["params"];
            let id = params["sessionId"].as_str().or(params["threadId"].as_str()).filter(|_| earlier);
            SessionId::new(id?).ok()
        };
        self.lines.iter().find_map(of)
    }

    /// Plays what led to the prompt of this number, from 0, and what followed it.
    pub(crate) fn play(&self, dialogue: &mut dyn Dialogue, prompt: usize) -> Played {
        let mut player = Player { captured: self, dialogue, prompt, played: Played::default() };
        let mut out = Out::default();
        player.dialogue.begin(&mut out);
        player.follow(out);
        player.played
    }
}

struct Player<'a> {
    captured: &'a Captured,
    dialogue: &'a mut dyn Dialogue,
    prompt: usize,
    played: Played,
}

impl Player<'_> {
    fn follow(&mut self, out: Out) {
        for line in out.lines {
            match line {
                HostLine::Event(event) => self.played.events.push(event),
                HostLine::Trouble(stop) => self.played.troubles.push(stop),
                HostLine::End(end) => self.played.end = self.played.end.take().or(Some(end)),
                HostLine::Alive => {}
            }
        }
        for message in out.sent {
            let method = message["method"].as_str().map(str::to_owned);
            match method {
                Some(method) if PROMPTS.contains(&method.as_str()) => self.work(&message["id"]),
                Some(method) if !message["id"].is_null() => self.answer(&method, &message["id"]),
                Some(_) => {}
                None => self.played.answers.push(message),
            }
        }
    }

    fn hear(&mut self, message: &Value) {
        let Some(message) = Message::parse(&message.to_string()) else { return };
        let mut out = Out::default();
        self.dialogue.receive(message, &mut out);
        self.follow(out);
    }

    /// Answers a request as the program did, with the updates that came before; one that was not captured is answered with nothing.
    fn answer(&mut self, method: &str, id: &Value) {
        let lines = &self.captured.lines;
        let asked = lines.iter().position(|(ours, message)| *ours && message["method"] == method);
        let Some(asked) = asked else {
            return self.hear(&json!({ "id": id, "result": {} }));
        };
        let captured_id = lines[asked].1["id"].clone();
        for (ours, message) in &lines[asked + 1..] {
            if *ours {
                continue;
            }
            if message["id"] == captured_id && message["method"].is_null() {
                let mut message = message.clone();
                message["id"] = id.clone();
                return self.hear(&message);
            }
            self.hear(message);
        }
    }

    /// Plays what followed the prompt, up to the next one.
    fn work(&mut self, id: &Value) {
        let is_prompt = |(ours, message): &(bool, Value)| {
            *ours && PROMPTS.iter().any(|prompt| message["method"] == **prompt)
        };
        let prompts: Vec<_> =
            (0..self.captured.lines.len()).filter(|at| is_prompt(&self.captured.lines[*at])).collect();
        let (first, next) = (prompts[self.prompt], prompts.get(self.prompt + 1).copied());
        let captured_id = self.captured.lines[first].1["id"].clone();
        for (ours, message) in &self.captured.lines[first + 1..next.unwrap_or(self.captured.lines.len())] {
            if *ours {
                if CANCELS.iter().any(|cancel| message["method"] == **cancel) {
                    let mut out = Out::default();
                    self.dialogue.stop(End::stopped(StopReason::Cancelled), &mut out);
                    self.follow(out);
                }
                continue;
            }
            let mut message = message.clone();
            if message["id"] == captured_id && message["method"].is_null() {
                message["id"] = id.clone();
            }
            self.hear(&message);
        }
    }
}

/// Adds a field to every object of the protocol; what a tool is given and returns is the tool's.
pub(crate) fn with_new_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let of_protocol = fields.iter_mut().filter(|(name, _)| !name.starts_with("raw"));
            of_protocol.for_each(|(_, value)| with_new_fields(value));
            fields.insert("tomorrow".to_owned(), json!({ "kind": ["new", 1, null] }));
        }
        Value::Array(items) => items.iter_mut().for_each(with_new_fields),
        _ => {}
    }
}

/// Removes a field from every object.
pub(crate) fn without_field(value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => {
            fields.remove(name);
            fields.values_mut().for_each(|value| without_field(value, name));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| without_field(value, name)),
        _ => {}
    }
}
