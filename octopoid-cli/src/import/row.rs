//! A row as the original's server gives it: texts that hold JSON, 0 and 1 for no and yes, two forms of times.

use octopoid_core::model::Timestamp;
use serde_json::{Map, Value};

/// One row of a list.
#[derive(Debug, Clone)]
pub(super) struct Row(pub(super) Map<String, Value>);

impl Row {
    /// Returns a text; numbers and JSON count as their text, empty ones as none.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some(text).filter(|text| !text.trim().is_empty())
    }

    /// Returns whether something holds: `true`, or a number other than 0.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(value)) => *value,
            Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number != 0.0),
            _ => false,
        }
    }

    /// Returns a number that counts something.
    pub(super) fn count(&self, name: &str) -> u64 {
        self.0.get(name).and_then(Value::as_u64).unwrap_or_default()
    }

    /// Returns a list of words, which comes as a text that holds it.
    pub(super) fn words(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(list) => serde_json::from_value(list.clone()).unwrap_or_default(),
            None => Vec::new(),
        }
    }
}

/// Returns a moment in one of the original's forms: `2026-02-11T09:30:00.000Z`, or `2026-02-11 09:30:00`, which is UTC too.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().or_else(|_| format!("{}Z", text.replacen(' ', "T", 1)).parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_of_times_are_read() {
        let wanted = "2026-02-11T09:30:00.000Z";
        for text in [
            "2026-02-11T09:30:00.000Z",
            "2026-02-11 09:30:00",
            "2026-02-11T09:30:00",
            "2026-02-11T10:30:00+01:00",
        ] {
            assert_eq!(moment(text).unwrap().to_string(), wanted, "{text}");
        }
        assert_eq!(moment("not a date"), None);
    }

    #[test]
    fn rows_are_read_in_every_form_that_the_original_gives() {
        let Value::Object(row) = json!({
            "id": 7, "title": "x", "empty": "", "none": null, "yes": 1, "no": 0, "true": true, "tags": "[\"a\",\"b\"]", "list": ["c"],
            "tags_null": "null", "hooks": [{ "name": "x" }], "turns": 12,
        }) else {
            unreachable!()
        };
        let row = Row(row);
        assert_eq!((row.text("id").as_deref(), row.text("empty"), row.text("none")), (Some("7"), None, None));
        assert_eq!(
            (row.flag("yes"), row.flag("no"), row.flag("true"), row.flag("none")),
            (true, false, true, false)
        );
        assert_eq!(
            (row.words("tags").len(), row.words("list").len(), row.words("tags_null").len()),
            (2, 1, 0)
        );
        assert_eq!((row.text("hooks").as_deref(), row.count("turns")), (Some("[{\"name\":\"x\"}]"), 12));
    }
}
