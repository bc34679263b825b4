//! Progress lines, which count while the program works.

use octopoid_core::model::{SessionId, Usage};
use serde_json::Value;

/// A progress line, such as `{"type": "progress", "text": "…", "turns": 3, "tokens": {"input": 10, "output": 2}, "cost_usd": 0.1}`.
#[derive(Debug, PartialEq)]
pub(super) struct Progress {
    pub(super) text: Option<String>,
    /// The name of its conversation, once it has one.
    pub(super) session: Option<SessionId>,
    pub(super) counts: Counts,
}

/// The usage that a program reports; each number counts from the start of the call, and may be left out.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Counts {
    turns: Option<u32>,
    input: Option<u64>,
    output: Option<u64>,
    cost_usd: Option<f64>,
}

impl Progress {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if !line.starts_with('{') {
            return None;
        }
        let value: Value = serde_json::from_str(line).ok()?;
        if value.get("type")?.as_str()? != "progress" {
            return None;
        }
        let text =
            value.get("text").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let session = value.get("session_id").and_then(Value::as_str).and_then(|id| SessionId::new(id).ok());
        Some(Self { text, session, counts: Counts::of(&value) })
    }
}

/// The most tokens, and US dollars, that are believed: a larger number is a mistake, and would stop all work for the day.
const MOST_TOKENS: u64 = 1_000_000_000_000;
const MOST_DOLLARS: f64 = 100_000.0;

impl Counts {
    pub(super) fn of(value: &Value) -> Self {
        let tokens = value.get("tokens");
        let count = |name: &str| tokens?.get(name)?.as_u64().filter(|count| *count <= MOST_TOKENS);
        Self {
            turns: value
                .get("turns")
                .and_then(Value::as_u64)
                .map(|turns| u32::try_from(turns).unwrap_or(u32::MAX)),
            input: count("input"),
            output: count("output"),
            cost_usd: value
                .get("cost_usd")
                .and_then(Value::as_f64)
                .filter(|cost| (0.0..=MOST_DOLLARS).contains(cost)),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Updates the usage with the given numbers. A number never gets smaller: what was used stays used.
    pub(super) fn put_into(self, usage: &mut Usage) {
        usage.turns = usage.turns.max(self.turns.unwrap_or_default());
        usage.input_tokens = usage.input_tokens.max(self.input.unwrap_or_default());
        usage.output_tokens = usage.output_tokens.max(self.output.unwrap_or_default());
        usage.cost_usd = usage.cost_usd.max(self.cost_usd.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_no_call_reaches_are_left_out_and_none_gets_smaller() {
        let mut usage = Usage::default();
        for line in [
            r#"{"type": "progress", "turns": 5, "tokens": {"input": 7, "output": 18446744073709551615}, "cost_usd": 2.0}"#,
            r#"{"type": "progress", "turns": 1, "tokens": {"input": 3}, "cost_usd": 1e300}"#,
        ] {
            Progress::parse(line).unwrap().counts.put_into(&mut usage);
        }
        assert_eq!(usage, Usage::default().with_turns(5).with_tokens(7, 0).with_cost_usd(2.0));
    }

    #[test]
    fn only_objects_of_the_type_count() {
        for line in ["", "progress", "{", "{}", r#"{"type": "log"}"#, r#"{"type": 3}"#, r#"["progress"]"#] {
            assert_eq!(Progress::parse(line), None, "{line}");
        }
        let line = r#" {"turns": 2, "type": "progress", "tokens": {"output": 7}, "cost_usd": -1} "#;
        let mut usage = Usage::default().with_tokens(5, 0).with_cost_usd(0.5);
        let progress = Progress::parse(line).unwrap();
        progress.counts.put_into(&mut usage);
        assert_eq!(usage, Usage::default().with_turns(2).with_tokens(5, 7).with_cost_usd(0.5));
    }
}
