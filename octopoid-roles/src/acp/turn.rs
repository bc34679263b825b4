//! What an agent tells while it works on a prompt: its words, its tools, what it has used.

use super::tool_call::ToolCall;
use crate::codex;
use crate::host::{Out, Speech, text};
use crate::moment;
use octopoid_core::model::{Timestamp, Usage};
use octopoid_core::runner::AgentEvent;
use serde_json::Value;
use std::collections::BTreeMap;

/// The state of the work, by the updates that were read so far.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) speech: Speech,
    pub(super) usage: Usage,
    /// When the account's limit lifts that was hit.
    pub(super) resets_at: Option<Timestamp>,
    /// Whether any tool was used.
    pub(super) has_acted: bool,
    /// The dollars that the conversation had cost before.
    cost_before: f64,
    tools: BTreeMap<String, ToolCall>,
    /// Whether the model is answering: what comes next belongs to the same answer.
    answering: bool,
    message: Option<String>,
}

impl Turn {
    /// Takes in the answer's words: the protocol counts no answers, so a new one is what comes after a tool, or has another id.
    fn answers(&mut self, update: &Value, out: &mut Out) {
        let message = text(update, "/messageId");
        let other = message.is_some() && self.message.is_some() && message != self.message.as_deref();
        if message.is_some() {
            self.message = message.map(str::to_owned);
        }
        if other {
            self.speech.tell(out);
        }
        if other || !self.answering {
            self.answering = true;
            self.usage.turns += 1;
            out.event(AgentEvent::Usage(self.usage));
        }
    }

    /// Takes in an update. Those that are unknown say nothing.
    pub(super) fn update(&mut self, update: &Value, out: &mut Out) {
        match text(update, "/sessionUpdate").unwrap_or_default() {
            "agent_message_chunk" => {
                self.answers(update, out);
                self.speech.add(text(update, "/content/text").unwrap_or_default(), out);
            }
            "agent_thought_chunk" => self.answers(update, out),
            "tool_call" | "tool_call_update" => self.tool(update, false, out),
            "usage_update" => {
                self.cost(update, out);
                let limit = update.pointer("/_meta/_claude~1rateLimit").unwrap_or(&Value::Null);
                if text(limit, "/status") == Some("rejected") {
                    self.resets_at = limit.get("resetsAt").and_then(moment::of_value);
                }
            }
            "session_info_update" => {
                let error = update.pointer("/_meta/codex/error").unwrap_or(&Value::Null);
                if error.get("willRetry").and_then(Value::as_bool) == Some(true) {
                    out.trouble(codex::api_error(error).stop_reason());
                }
            }
            _ => {}
        }
    }

    /// Takes in what an update or a request for permission tells of a use of a tool.
    pub(super) fn tool(&mut self, update: &Value, asked: bool, out: &mut Out) {
        let id = text(update, "/toolCallId").unwrap_or_default();
        let known = self.tools.contains_key(id);
        if !known {
            self.answers(&Value::Null, out);
            self.speech.tell(out);
        }
        self.has_acted = true;
        let call = self.tools.entry(id.to_owned()).or_default();
        let was_over = call.is_over();
        call.take(update);
        if let Some(event) = call.beginning(asked) {
            out.event(event);
        }
        if call.is_over() && !was_over {
            out.event(call.result());
            self.answering = false;
        }
    }

    /// Returns the use of a tool that permission is asked for, with all that was told of it.
    pub(super) fn asked(&mut self, call: &Value, out: &mut Out) -> ToolCall {
        self.tool(call, true, out);
        self.tools.get(text(call, "/toolCallId").unwrap_or_default()).cloned().unwrap_or_default()
    }

    /// Notes that a tool was refused: what comes next is another answer, though some tell nothing more of that tool.
    pub(super) fn refused(&mut self) {
        self.answering = false;
    }

    fn cost(&mut self, update: &Value, out: &mut Out) {
        let dollars = text(update, "/cost/currency").is_none_or(|currency| currency == "USD");
        let cost =
            update.pointer("/cost/amount").and_then(Value::as_f64).filter(|cost| cost.is_finite() && dollars);
        // A number never gets smaller: what was used stays used.
        if let Some(cost) =
            cost.map(|cost| cost - self.cost_before).filter(|cost| *cost > self.usage.cost_usd)
        {
            self.usage.cost_usd = cost;
            out.event(AgentEvent::Usage(self.usage));
        }
    }

    /// Takes in an update about a conversation that is only being opened: its past, and what that has cost.
    pub(super) fn past(&mut self, update: &Value) {
        if let Some(cost) = update.pointer("/cost/amount").and_then(Value::as_f64) {
            self.cost_before = cost;
        }
    }

    /// Takes in the end of the work: the tokens, where they are told.
    pub(super) fn finish(&mut self, result: &Value, out: &mut Out) {
        self.speech.tell(out);
        let number = |pointer: &str| result.pointer(pointer).and_then(Value::as_u64);
        let sum = |names: &[&str]| names.iter().filter_map(|name| number(name)).sum::<u64>();
        let input = sum(&["/usage/inputTokens", "/usage/cachedReadTokens", "/usage/cachedWriteTokens"]);
        let output = sum(&["/usage/outputTokens", "/usage/thoughtTokens"]);
        self.usage.input_tokens = Some(input)
            .filter(|input| *input > 0)
            .or_else(|| number("/_meta/quota/token_count/input_tokens"))
            .unwrap_or_default();
        self.usage.output_tokens = Some(output)
            .filter(|output| *output > 0)
            .or_else(|| number("/_meta/quota/token_count/output_tokens"))
            .unwrap_or_default();
        out.event(AgentEvent::Usage(self.usage));
    }

    /// Returns whether anything shows that a model was at work, beside words.
    pub(super) fn has_worked(&self) -> bool {
        self.has_acted || self.usage.input_tokens + self.usage.output_tokens > 0
    }
}
