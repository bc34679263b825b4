//! The shapes of answers.

use super::overlay::lay_over;
use serde_json::{Map, Value};

/// Type of the message that a forced move leaves.
const FORCED: &str = "force_queue";

/// Gives an answer the original's shape: a record, or each record of a list.
pub(super) fn shape(answer: &mut Value) {
    let Some(fields) = answer.as_object_mut() else { return };
    for list in ["tasks", "projects", "drafts", "messages"] {
        if let Some(Value::Array(things)) = fields.get_mut(list) {
            things.iter_mut().filter_map(Value::as_object_mut).for_each(thing);
        }
    }
    thing(fields);
}

pub(super) fn thing(fields: &mut Map<String, Value>) {
    // A task that waits for others stood in the queue of those that can be worked on, and could not be claimed.
    let state = fields.get("state").and_then(|state| state.get("queue"));
    if state.is_some_and(|queue| queue == "blocked") {
        fields.insert("queue".to_owned(), Value::from("incoming"));
    }
    // It was a flag beside the queue, whatever the queue was.
    if fields.contains_key("needs_intervention") {
        let flag = fields.remove("flagged").is_some_and(|flag| flag == true);
        fields.insert("needs_intervention".to_owned(), Value::Bool(flag));
    }
    if fields.contains_key("from_actor") && fields.get("type").is_some_and(|kind| kind == FORCED) {
        forced(fields);
    }
    lay_over(fields);
}

/// Gives the message of a forced move the original's content, the reason alone, and its author, `system`.
fn forced(message: &mut Map<String, Value>) {
    let reason =
        message.get("content").and_then(Value::as_str).and_then(|words| words.split_once("by hand: "));
    if let Some((_, reason)) = reason {
        let reason = Value::from(reason);
        message.insert("content".to_owned(), reason);
    }
    message.insert("from_actor".to_owned(), Value::from("system"));
}

/// Returns whether a message belongs to a move that left none in the original.
pub(super) fn is_silent(message: &Value, silent: &str) -> bool {
    let is = |field: &str, text: &str| message.get(field).and_then(Value::as_str) == Some(text);
    is("type", FORCED)
        && message.get("content").and_then(Value::as_str).is_some_and(|words| words.ends_with(silent))
}
