//! The events of Claude Code's stream that matter here.

use crate::moment;
use octopoid_core::model::{Timestamp, Usage};
use serde_json::Value;

/// An event: one line of the stream.
#[derive(Debug, PartialEq)]
pub(super) enum Event {
    /// The conversation starts, or is resumed.
    Init { session: Option<String>, model: Option<String> },
    /// One block of an answer of the model.
    Assistant(Assistant),
    /// The results of tools.
    ToolResults(Vec<ToolResult>),
    /// The program retries a request of the API.
    Retry { attempt: u64, most: u64, delay_ms: u64, status: Option<u64>, error: String },
    /// A tool was denied.
    Denied { tool: String },
    /// The account's limits: whether they were hit, and when they lift.
    Limit { rejected: bool, resets_at: Option<Timestamp> },
    /// A result: the last event, or one of several in a run with background agents.
    Result(Box<ResultEvent>),
    /// Anything else.
    Other,
}

/// One block of an answer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Assistant {
    /// The id of the answer that the block belongs to.
    pub(super) message: String,
    /// Whether it belongs to a subagent.
    pub(super) nested: bool,
    /// Whether the program itself speaks, rather than the model; older versions report errors only so.
    pub(super) synthetic: bool,
    /// The kind of error, where the program itself speaks because the API failed.
    pub(super) error: Option<String>,
    pub(super) texts: Vec<String>,
    pub(super) tools: Vec<(String, Value)>,
    /// The input tokens of this answer. Its output tokens are not known yet.
    pub(super) input_tokens: u64,
}

/// The result of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToolResult {
    pub(super) text: String,
    pub(super) failed: bool,
}

/// The program's own description of its end.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct ResultEvent {
    pub(super) subtype: String,
    pub(super) is_error: bool,
    pub(super) text: String,
    pub(super) errors: Vec<String>,
    pub(super) terminal: Option<String>,
    pub(super) stop: Option<String>,
    pub(super) status: Option<u64>,
    pub(super) api_error: Option<String>,
    pub(super) denials: Vec<String>,
    pub(super) structured: Option<Value>,
    pub(super) session: Option<String>,
    /// The tokens and dollars since the previous result, or since the program started.
    pub(super) since: Option<Usage>,
    /// The tokens and dollars of the whole conversation, including earlier calls.
    pub(super) total: Usage,
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

impl Event {
    /// Parses a line; returns `None` if it is not a JSON object.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let kind = value.as_object()?.get("type").and_then(Value::as_str).unwrap_or_default();
        let subtype = value.get("subtype").and_then(Value::as_str).unwrap_or_default();
        Some(match (kind, subtype) {
            ("system", "init") => {
                Event::Init { session: text(&value, "session_id"), model: text(&value, "model") }
            }
            ("system", "api_retry") => Event::Retry {
                attempt: number(&value, "attempt"),
                most: number(&value, "max_retries"),
                delay_ms: number(&value, "retry_delay_ms"),
                status: value.get("error_status").and_then(Value::as_u64),
                error: text(&value, "error").unwrap_or_default(),
            },
            ("system", "permission_denied") => {
                Event::Denied { tool: text(&value, "tool_name").unwrap_or_default() }
            }
            ("assistant", _) => Event::Assistant(Assistant::of(&value)),
            ("user", _) => Event::ToolResults(ToolResult::all(&value)),
            ("rate_limit_event", _) => {
                let info = value.get("rate_limit_info").unwrap_or(&Value::Null);
                let rejected = text(info, "status").is_some_and(|status| status == "rejected");
                Event::Limit { rejected, resets_at: info.get("resetsAt").and_then(moment::of_value) }
            }
            ("result", _) => Event::Result(Box::new(ResultEvent::of(&value))),
            _ => Event::Other,
        })
    }
}

impl Assistant {
    fn of(value: &Value) -> Self {
        let message = value.get("message").unwrap_or(&Value::Null);
        let mut assistant = Self {
            message: text(message, "id").unwrap_or_default(),
            nested: value.get("parent_tool_use_id").is_some_and(|id| !id.is_null()),
            synthetic: message.get("model").and_then(Value::as_str) == Some("<synthetic>"),
            error: None,
            texts: Vec::new(),
            tools: Vec::new(),
            input_tokens: message.get("usage").map_or(0, input_tokens),
        };
        if value.get("is_api_error_message").and_then(Value::as_bool) == Some(true) {
            assistant.error = Some(text(value, "error").unwrap_or_default());
        }
        for block in list(message, "content") {
            match block.get("type").and_then(Value::as_str) {
                Some("text") => assistant.texts.extend(text(block, "text")),
                Some("tool_use") => assistant.tools.push((
                    text(block, "name").unwrap_or_default(),
                    block.get("input").cloned().unwrap_or_default(),
                )),
                _ => {}
            }
        }
        assistant
    }
}

impl ToolResult {
    /// Returns the results in a message to the model; none in one that says something else.
    fn all(value: &Value) -> Vec<Self> {
        let message = value.get("message").unwrap_or(&Value::Null);
        let results =
            list(message, "content").filter(|block| text(block, "type").as_deref() == Some("tool_result"));
        results
            .map(|block| {
                let parts = list(block, "content").filter_map(|part| text(part, "text"));
                let whole = text(block, "content").unwrap_or_else(|| parts.collect::<Vec<_>>().join("\n"));
                let failed = block.get("is_error").and_then(Value::as_bool) == Some(true);
                Self { text: whole, failed }
            })
            .collect()
    }
}

fn input_tokens(usage: &Value) -> u64 {
    ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]
        .into_iter()
        .map(|name| number(usage, name))
        .sum()
}

impl ResultEvent {
    fn of(value: &Value) -> Self {
        let models = |name: &str| value.get(name).and_then(Value::as_object);
        let mut total = models("modelUsage").map(sum).unwrap_or_default();
        total.cost_usd = value.get("total_cost_usd").and_then(Value::as_f64).unwrap_or(total.cost_usd);
        Self {
            subtype: text(value, "subtype").unwrap_or_default(),
            is_error: value.get("is_error").and_then(Value::as_bool).unwrap_or(false),
            text: text(value, "result").unwrap_or_default(),
            errors: list(value, "errors").filter_map(Value::as_str).map(str::to_owned).collect(),
            terminal: text(value, "terminal_reason"),
            stop: text(value, "stop_reason"),
            status: value.get("api_error_status").and_then(Value::as_u64),
            api_error: text(value, "api_error"),
            denials: list(value, "permission_denials")
                .filter_map(|denial| text(denial, "tool_name"))
                .collect(),
            structured: value.get("structured_output").filter(|output| !output.is_null()).cloned(),
            session: text(value, "session_id"),
            since: models("model_usage_since_last_result").map(sum),
            total,
        }
    }
}

/// Returns the sum of what each model used, without turns, which are counted elsewhere.
fn sum(models: &serde_json::Map<String, Value>) -> Usage {
    let one = |usage: &Value| {
        let input = ["inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"];
        let input = input.into_iter().map(|name| number(usage, name)).sum();
        let cost_usd = usage.get("costUSD").and_then(Value::as_f64).unwrap_or(0.0);
        Usage::default().with_tokens(input, number(usage, "outputTokens")).with_cost_usd(cost_usd)
    };
    models.values().map(one).sum()
}
