//! What an agent's report must look like.

use octopoid_core::model::OutcomeKind;
use serde_json::{Map, Value, json};

/// The field that goes with an outcome, and what it is for.
const fn field(kind: OutcomeKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        OutcomeKind::Submitted => ("summary", "submitted: what was done, in a few sentences"),
        OutcomeKind::Approved => ("feedback", "approved: remarks, may be empty"),
        OutcomeKind::Rejected => ("feedback", "rejected: what exactly is to be improved, never empty"),
        OutcomeKind::NeedsInput => ("question", "needs_input: the question that a person must answer"),
        OutcomeKind::Failed => ("reason", "failed: why it cannot be done"),
        OutcomeKind::Nothing => ("reason", "nothing: why there is nothing to do"),
        _ => return None,
    })
}

/// A JSON schema for the allowed outcomes. It is a plain object, because not every model takes alternatives at the top.
pub(super) fn schema(outcomes: &[OutcomeKind]) -> Value {
    let words: Vec<&str> = outcomes.iter().map(|kind| kind.as_str()).collect();
    let mut properties = Map::new();
    properties.insert("outcome".to_owned(), json!({ "type": "string", "enum": words }));
    for (name, about) in outcomes.iter().filter_map(|kind| field(*kind)) {
        match properties.get_mut(name).and_then(|property| property.get_mut("description")) {
            Some(Value::String(text)) => {
                text.push_str("; ");
                text.push_str(about);
            }
            _ => {
                properties.insert(name.to_owned(), json!({ "type": "string", "description": about }));
            }
        }
    }
    json!({
        "type": "object", "properties": properties, "required": ["outcome"], "additionalProperties": false
    })
}
