//! What Codex tells while it works on a turn: its words, its tools, what it has used.

use super::api_error::api_error;
use super::item;
use crate::host::{ApiError, Out, Speech, text};
use crate::moment;
use octopoid_core::model::{Timestamp, Usage};
use octopoid_core::runner::AgentEvent;
use serde_json::Value;
use std::collections::BTreeMap;

/// The state of the turn, by the notifications that were read so far.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) speech: Speech,
    pub(super) usage: Usage,
    /// When the account's limits lift that were hit.
    resets_at: Option<Timestamp>,
    /// Whether any tool was used.
    has_acted: bool,
    /// The items that were begun, and the paths of those that change files.
    begun: BTreeMap<String, String>,
    /// Whether an answer has begun since the last one was counted.
    pub(super) answering: bool,
}

impl Turn {
    /// Takes in a notification. Those that are unknown say nothing. `ours` is whether it is of our thread, and of none that
    /// the agent began.
    pub(super) fn notification(&mut self, method: &str, params: &Value, ours: bool, out: &mut Out) {
        let item = params.get("item").unwrap_or(&Value::Null);
        match method {
            "item/started" => self.started(item, ours, out),
            "item/completed" => self.completed(item, ours, out),
            "item/agentMessage/delta" if ours => {
                self.speech.add(text(params, "/delta").unwrap_or_default(), out)
            }
            "thread/tokenUsage/updated" => self.used(params.pointer("/tokenUsage/last"), ours, out),
            "account/rateLimits/updated" => self.limits(params),
            "error" => {
                let error = api_error(params.get("error").unwrap_or(&Value::Null));
                if params.get("willRetry").and_then(Value::as_bool) == Some(true) {
                    out.trouble(self.with_limit(error).stop_reason());
                }
            }
            "warning" | "configWarning" => {
                let words = text(params, "/message").or_else(|| text(params, "/summary"));
                out.log(words.unwrap_or_default());
            }
            _ => {}
        }
    }

    fn started(&mut self, item: &Value, ours: bool, out: &mut Out) {
        if matches!(text(item, "/type"), Some("agentMessage" | "reasoning")) {
            self.answering |= ours;
        }
        if let Some(event) = item::tool(item) {
            self.speech.tell(out);
            self.has_acted = true;
            self.begun.insert(text(item, "/id").unwrap_or_default().to_owned(), item::paths(item));
            out.event(event);
        }
    }

    fn completed(&mut self, item: &Value, ours: bool, out: &mut Out) {
        if text(item, "/type") == Some("agentMessage") {
            if ours {
                self.speech.whole(text(item, "/text").unwrap_or_default(), out);
            }
            return;
        }
        if item::tool(item).is_some() {
            if !self.begun.contains_key(text(item, "/id").unwrap_or_default()) {
                self.started(item, ours, out);
            }
            out.event(item::result(item));
        }
    }

    /// Takes in what one answer of a model has used.
    fn used(&mut self, last: Option<&Value>, ours: bool, out: &mut Out) {
        let number = |name: &str| last.and_then(|last| last.get(name)?.as_u64()).unwrap_or_default();
        self.usage.turns += u32::from(ours);
        self.usage.input_tokens += number("inputTokens");
        self.usage.output_tokens += number("outputTokens");
        self.answering = false;
        out.event(AgentEvent::Usage(self.usage));
    }

    /// Takes in the windows of the account's limits.
    fn limits(&mut self, params: &Value) {
        let windows = ["/rateLimits/primary", "/rateLimits/secondary"].into_iter();
        let full = windows.filter_map(|name| params.pointer(name)).filter(|window| {
            window.get("usedPercent").and_then(Value::as_f64).is_some_and(|used| used >= 100.0)
        });
        self.resets_at = full.filter_map(|window| moment::of_value(window.get("resetsAt")?)).max();
    }

    /// Returns the error with the time at which the account's limit lifts, where that is known.
    pub(super) fn with_limit(&self, error: ApiError) -> ApiError {
        ApiError { resets_at: self.resets_at, ..error }
    }

    /// Returns the paths of a change of files that was begun.
    pub(super) fn paths(&self, item: &str) -> &str {
        self.begun.get(item).map(String::as_str).unwrap_or_default()
    }

    /// Returns whether anything shows that a model was at work, beside words.
    pub(super) fn has_worked(&self) -> bool {
        self.has_acted || self.usage.input_tokens + self.usage.output_tokens > 0
    }
}
