//! Lines that count live.

use octopoid_core::model::{SessionId, Usage};
use serde_json::Value;

/// A line such as `{"type": "progress", "text": "…", "turns": 3, "tokens": {"input": 10, "output": 2}, "cost_usd": 0.1}`.
#[derive(Debug, PartialEq)]
pub(super) struct Progress {
    pub(super) text: Option<String>,
    /// Its conversation, once it has one.
    pub(super) session: Option<SessionId>,
    pub(super) counts: Counts,
}

/// Numbers that a program gives of itself; each counts from the start of the call, and each may be left out.
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

impl Counts {
    pub(super) fn of(value: &Value) -> Self {
        let tokens = value.get("tokens");
        let count = |name: &str| tokens?.get(name)?.as_u64();
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
                .filter(|cost| cost.is_finite() && *cost >= 0.0),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Takes over what is given.
    pub(super) fn put_into(self, usage: &mut Usage) {
        usage.turns = self.turns.unwrap_or(usage.turns);
        usage.input_tokens = self.input.unwrap_or(usage.input_tokens);
        usage.output_tokens = self.output.unwrap_or(usage.output_tokens);
        usage.cost_usd = self.cost_usd.unwrap_or(usage.cost_usd);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_of_the_type_count() {
        for line in ["", "progress", "{", "{}", r#"{"type": "log"}"#, r#"{"type": 3}"#, r#"["progress"]"#] {
            assert_eq!(Progress::parse(line), None, "{line}");
        }
        let line = r#" {"turns": 2, "type": "progress", "tokens": {"output": 7}, "cost_usd": -1} "#;
        let mut usage = Usage { input_tokens: 5, cost_usd: 0.5, ..Usage::default() };
        let progress = Progress::parse(line).unwrap();
        progress.counts.put_into(&mut usage);
        assert_eq!(usage, Usage { turns: 2, input_tokens: 5, output_tokens: 7, cost_usd: 0.5 });
    }
}
