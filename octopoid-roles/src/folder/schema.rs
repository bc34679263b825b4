//! The JSON schema of an agent's report.

use super::outcomes::OutcomeWord;
use octopoid_core::model::{Complexity, OutcomeKind, Severity};
use serde_json::{Map, Value, json};

/// The field that goes with an outcome, and what it is for.
const fn field(kind: OutcomeKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        OutcomeKind::Submitted => ("summary", "what was done, in a few sentences"),
        OutcomeKind::Approved => ("feedback", "remarks, may be empty"),
        OutcomeKind::Rejected => ("feedback", "what exactly is to be improved, never empty"),
        OutcomeKind::Proposed => ("drafts", "the ideas, at least one"),
        OutcomeKind::BrokenDown => ("subtasks", "the parts, at least one"),
        OutcomeKind::NeedsInput => ("question", "the question that a person must answer"),
        OutcomeKind::Failed => ("reason", "why it cannot be done"),
        OutcomeKind::Nothing => ("reason", "why there is nothing to do"),
        _ => return None,
    })
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

/// A list of objects.
fn list_of(properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false
        }
    })
}

/// A list of proposals.
fn ideas() -> Value {
    let properties = json!({
        "title": text("one line; the same idea has the same title the next time, too"),
        "body": text("what it is about, as Markdown"),
    });
    list_of(properties, &["title", "body"])
}

/// A list of parts.
fn parts() -> Value {
    let properties = json!({
        "key": text("a short name of its own: letters, digits, `_`, `-` and `.`"),
        "title": text("one line"),
        "description": text("what is to be done, as Markdown; whoever does it reads nothing else"),
        "complexity": { "type": "string", "enum": Complexity::ALL.map(Complexity::as_str) },
        "blocked_by": {
            "type": "array",
            "items": { "type": "string" },
            "description": "the keys of the parts that must be done first"
        },
        "needs_breakdown": { "type": "boolean", "description": "whether it is to be broken down further" },
    });
    list_of(properties, &["key", "title", "description"])
}

/// A list of findings.
fn findings() -> Value {
    let properties = json!({
        "path": text("the file, as the change names it"),
        "line": { "type": "integer", "minimum": 1, "description": "the first line it is about" },
        "end_line": { "type": "integer", "minimum": 1, "description": "the last line, where it is about several" },
        "side": { "type": "string", "enum": ["new", "old"], "description": "`old` for lines that the work removes" },
        "severity": { "type": "string", "enum": Severity::ALL.map(Severity::as_str) },
        "body": text("what is wrong there, and how one would see that it is done"),
        "replacement": text("the text that belongs in place of these lines, where it is short"),
    });
    let mut list = list_of(properties, &["body"]);
    list["description"] = "what there is to say of single places of the work".into();
    list
}

/// A JSON schema for a role's words. It is a plain object, because not every model takes alternatives at the top.
pub(super) fn schema(outcomes: &[OutcomeWord]) -> Value {
    let words: Vec<&str> = outcomes.iter().map(|known| known.word.as_str()).collect();
    let mut outcome = json!({ "type": "string", "enum": words });
    let described: Vec<String> = outcomes
        .iter()
        .filter_map(|known| Some(format!("{}: {}", known.word, known.description.as_ref()?)))
        .collect();
    if !described.is_empty() {
        outcome["description"] = described.join("; ").into();
    }
    let mut properties = Map::new();
    properties.insert("outcome".to_owned(), outcome);
    for known in outcomes {
        let Some((name, about)) = field(known.means) else { continue };
        let about = format!("{}: {about}", known.word);
        match properties.get_mut(name).and_then(|property| property.get_mut("description")) {
            Some(Value::String(text)) => {
                text.push_str("; ");
                text.push_str(&about);
            }
            _ => {
                let mut property = match known.means {
                    OutcomeKind::Proposed => ideas(),
                    OutcomeKind::BrokenDown => parts(),
                    _ => json!({ "type": "string" }),
                };
                property["description"] = about.into();
                properties.insert(name.to_owned(), property);
            }
        }
    }
    if outcomes.iter().any(|known| matches!(known.means, OutcomeKind::Approved | OutcomeKind::Rejected)) {
        properties.insert("comments".to_owned(), findings());
    }
    json!({
        "type": "object", "properties": properties, "required": ["outcome"], "additionalProperties": false
    })
}
