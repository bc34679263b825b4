//! The answer to a request for permission, by the kinds of the options that it offers. Their names are for people.

use super::tool_call::ToolCall;
use crate::host::{Permissions, text};
use serde_json::{Value, json};

/// The answer to a request.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// One of the options.
    Option { id: String, kind: String },
    /// None of the options says what has to be said.
    NoSuchOption { allowed: bool },
}

impl Answer {
    /// Returns the answer to what is asked for by a tool call with these options.
    pub(super) fn to(params: &Value, call: &ToolCall, permissions: &Permissions) -> Self {
        let allowed = permissions.allow(&call.tool_use());
        let kinds = match allowed {
            // Once, so that what is asked next is in the log too.
            true => ["allow_once", "allow_always"],
            false => ["reject_once", "reject_always"],
        };
        let options = params.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let of_kind = |kind: &str| {
            let option = options.iter().find(|option| text(option, "/kind") == Some(kind))?;
            Some(Answer::Option { id: text(option, "/optionId")?.to_owned(), kind: kind.to_owned() })
        };
        kinds.into_iter().find_map(of_kind).unwrap_or(Answer::NoSuchOption { allowed })
    }

    /// Returns the result to send.
    pub(super) fn result(&self) -> Value {
        match self {
            Answer::Option { id, .. } => json!({ "outcome": { "outcome": "selected", "optionId": id } }),
            Answer::NoSuchOption { .. } => json!({ "outcome": { "outcome": "cancelled" } }),
        }
    }

    /// Returns whether the tool is refused.
    pub(super) fn refuses(&self) -> bool {
        matches!(self, Answer::Option { kind, .. } if kind.starts_with("reject"))
    }

    /// Returns the answer in words.
    pub(super) fn describe(&self) -> String {
        match self {
            Answer::Option { id, kind } => format!("answered {kind} (`{id}`)"),
            Answer::NoSuchOption { allowed: true } => "it offers no option that allows it".to_owned(),
            Answer::NoSuchOption { allowed: false } => "it offers no option that refuses it".to_owned(),
        }
    }

    /// Returns the question to a person that follows from it.
    pub(super) fn question(&self, call: &ToolCall) -> String {
        let (what, why) = (call.describe(), self.describe());
        format!(
            "The agent asked for permission to do {what}, and {why}. May it do that? Change its `tools` or its own settings, or do \
             it yourself."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(tools: &[&str], kind: &str, options: &[(&str, &str, &str)]) -> Answer {
        let tools: Vec<_> = tools.iter().map(|tool| (*tool).to_owned()).collect();
        let options: Vec<_> = options
            .iter()
            .map(|(id, kind, name)| json!({ "optionId": id, "kind": kind, "name": name, "new": 1 }))
            .collect();
        let mut call = ToolCall::default();
        call.take(&json!({ "toolCallId": "1", "kind": kind, "title": "x" }));
        Answer::to(&json!({ "options": options }), &call, &Permissions::new(&tools))
    }

    fn option(id: &str, kind: &str) -> Answer {
        Answer::Option { id: id.to_owned(), kind: kind.to_owned() }
    }

    #[test]
    fn the_kind_of_an_option_counts_and_not_its_name() {
        let odd =
            [("a", "reject_once", "Allow"), ("b", "allow_always", "Reject"), ("c", "allow_once", "Never")];
        assert_eq!(answer(&[], "execute", &odd), option("c", "allow_once"));
        assert_eq!(answer(&["Read"], "execute", &odd), option("a", "reject_once"));
        assert_eq!(answer(&[], "edit", &odd[..2]), option("b", "allow_always"));
        assert_eq!(answer(&["Read"], "edit", &[("n", "reject_always", "")]), option("n", "reject_always"));
    }

    #[test]
    fn without_a_fitting_option_nothing_is_chosen() {
        let new = [("yes", "allow_for_the_day", "Allow"), ("y", "allow_once", "Allow")];
        assert_eq!(answer(&["Read"], "execute", &new), Answer::NoSuchOption { allowed: false });
        assert_eq!(answer(&[], "execute", &new[..1]), Answer::NoSuchOption { allowed: true });
        assert_eq!(answer(&[], "execute", &[]), Answer::NoSuchOption { allowed: true });
    }
}
