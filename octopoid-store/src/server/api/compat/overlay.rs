//! Values that programs of the original write and the model has no place for: stored as JSON text with their record, and
//! shown instead of the model's values.

use serde_json::{Map, Value, json};
use std::fmt;

/// Name of the field that stores the overlay.
pub(super) const ORIGINAL: &str = "original";

/// Values to show instead of the model's, by field.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Overlay(Map<String, Value>);

impl Overlay {
    /// Parses the overlay of a record.
    pub(super) fn of(original: Option<&str>) -> Self {
        Self(original.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
    }

    /// Shows a value while the model's value is `instead_of`.
    pub(super) fn show(&mut self, field: &str, shown: Value, instead_of: impl Into<Value>) {
        self.0.insert(field.to_owned(), json!({ "shown": shown, "for": instead_of.into() }));
    }

    /// Shows a value while a task stays where it is and is not claimed again.
    pub(super) fn show_while(&mut self, field: &str, shown: Value, stands: &str) {
        self.0.insert(field.to_owned(), json!({ "shown": shown, "while": stands }));
    }

    pub(super) fn remove(&mut self, field: &str) {
        self.0.remove(field);
    }

    /// Returns the text to store; `None` if the overlay is empty.
    pub(super) fn text(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.to_string())
    }
}

impl fmt::Display for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Value::Object(self.0.clone()).to_string())
    }
}

/// Returns a text that changes whenever a task moves or is claimed.
pub(super) fn stands(queue: &str, claims: u64) -> String {
    format!("{queue}#{claims}")
}

/// Replaces the values of a record by those of its overlay.
pub(super) fn lay_over(thing: &mut Map<String, Value>) {
    let Some(Value::String(text)) = thing.remove(ORIGINAL) else { return };
    let queue = thing.get("queue").and_then(Value::as_str).unwrap_or_default();
    let claims = thing.get("counters").and_then(|counters| counters.get("runs")).and_then(Value::as_u64);
    let stands = stands(queue, claims.unwrap_or_default());
    for (field, entry) in Overlay::of(Some(&text)).0 {
        let holds = match (entry.get("while"), entry.get("for")) {
            (Some(place), _) => place.as_str() == Some(&stands),
            (None, Some(own)) => thing.get(&field).unwrap_or(&Value::Null) == own,
            (None, None) => false,
        };
        if let Some(shown) = entry.get("shown").filter(|_| holds) {
            thing.insert(field, shown.clone());
        }
    }
}
