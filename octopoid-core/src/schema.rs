//! JSON schemas, against which an agent's report and a role's settings are validated.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Maximum number of problems listed in one [`Mismatch`].
const MOST_PROBLEMS: usize = 10;
/// Maximum length of one problem's description, in characters.
const LONGEST_PROBLEM: usize = 300;
/// Maximum nesting depth of a schema: the validator recurses with it.
const DEEPEST: usize = 64;

/// Compiled JSON schema.
///
/// `$ref` resolves only within the schema itself: nothing is read from files or from the network. Patterns run in linear time.
/// Without `$schema` the draft is 2020-12.
///
/// ```
/// use octopoid_core::schema::JsonSchema;
/// use serde_json::json;
///
/// let schema = JsonSchema::new(&json!({ "type": "object", "properties": { "risk": { "enum": ["low", "high"] } } }))?;
/// assert!(schema.check(&json!({ "risk": "low" })).is_ok());
/// let mismatch = schema.check(&json!({ "risk": "hgih" })).unwrap_err();
/// assert_eq!(mismatch.problems[0].at, "/risk");
/// # Ok::<(), octopoid_core::schema::InvalidSchema>(())
/// ```
#[derive(Clone)]
pub struct JsonSchema {
    validator: Arc<Validator>,
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonSchema").finish_non_exhaustive()
    }
}

impl JsonSchema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// [`InvalidSchema`] when `schema` is not a JSON schema or refers to something outside of itself.
    pub fn new(schema: &Value) -> Result<Self, InvalidSchema> {
        if is_deeper(schema, DEEPEST) {
            return Err(InvalidSchema::new("", format!("it is nested more than {DEEPEST} levels deep")));
        }
        let validator = jsonschema::options()
            .with_pattern_options(PatternOptions::regex())
            .build(schema)
            .map_err(|error| InvalidSchema::new(error.instance_path().as_str(), error.to_string()))?;
        Ok(Self { validator: Arc::new(validator) })
    }

    /// Validates a value.
    ///
    /// # Errors
    /// [`Mismatch`] with the problems and their locations.
    pub fn check(&self, value: &Value) -> Result<(), Mismatch> {
        let mut errors = self.validator.iter_errors(value);
        let problems: Vec<Problem> = errors
            .by_ref()
            .take(MOST_PROBLEMS)
            .map(|error| Problem {
                at: error.instance_path().as_str().to_owned(),
                message: shortened(&error.to_string()),
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Mismatch { problems, more: errors.count() })
    }
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(fields) => levels == 0 || fields.values().any(|item| is_deeper(item, levels - 1)),
        _ => false,
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_PROBLEM).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Error returned when a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a usable JSON schema: {}{problem}", place(.at))]
#[non_exhaustive]
pub struct InvalidSchema {
    /// Location in the schema, as a JSON pointer; empty for the schema as a whole.
    pub at: String,
    /// Problem.
    pub problem: String,
}

impl InvalidSchema {
    fn new(at: &str, problem: String) -> Self {
        Self { at: at.to_owned(), problem: shortened(&problem) }
    }
}

/// Error returned when a value does not match a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// Problems found; the first ten.
    pub problems: Vec<Problem>,
    /// Number of further problems.
    pub more: usize,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "; " })?;
        }
        if self.more > 0 { write!(f, "; and {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Mismatch {}

/// Problem with one part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Location in the value, as a JSON pointer; empty for the value as a whole.
    pub at: String,
    /// Description of the problem.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", place(&self.at), self.message)
    }
}

fn place(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!("at `{at}`: ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mismatch_names_each_place_and_is_bounded() {
        let schema = JsonSchema::new(&json!({
            "type": "object",
            "properties": { "list": { "type": "array", "items": { "type": "string", "maxLength": 3 } } },
            "required": ["outcome"],
        }));
        let schema = schema.unwrap();
        let mismatch = schema.check(&json!({ "list": [1, "x".repeat(900)] })).unwrap_err().to_string();
        assert!(mismatch.contains("\"outcome\" is a required property"), "{mismatch}");
        assert!(mismatch.contains("at `/list/0`: 1 is not of type \"string\""), "{mismatch}");
        assert!(mismatch.len() < 600, "{mismatch}");
        let many = schema.check(&json!({ "outcome": 1, "list": vec![1; 500] })).unwrap_err();
        assert_eq!((many.problems.len(), many.more), (10, 490));
    }

    #[test]
    fn a_schema_that_is_none_is_refused_with_the_place() {
        let error = JsonSchema::new(&json!({ "properties": { "a": { "type": "text" } } })).unwrap_err();
        assert_eq!(error.at, "/properties/a/type");
        for wrong in [json!([]), json!("object"), json!({ "pattern": "(" })] {
            assert!(JsonSchema::new(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_outside_of_the_schema_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{}").unwrap();
        for place in ["http://127.0.0.1:9/schema".to_owned(), format!("file://{}", file.path().display())] {
            assert!(JsonSchema::new(&json!({ "$ref": place })).is_err(), "{place}");
        }
    }

    #[test]
    fn i36_a_schema_cannot_take_the_process_down() {
        for endless in [
            json!({ "$ref": "#" }),
            json!({ "$anchor": "a", "allOf": [{ "$ref": "#a" }] }),
            json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } }, "$ref": "#/$defs/a" }),
        ] {
            if let Ok(schema) = JsonSchema::new(&endless) {
                let _ = schema.check(&json!("text"));
            }
        }
        let deep = (0..100).fold(json!({}), |inner, _| json!({ "items": inner }));
        assert!(JsonSchema::new(&deep).unwrap_err().to_string().contains("levels deep"));
        let tree =
            json!({ "properties": { "parts": { "items": { "$ref": "#" } }, "n": { "type": "number" } } });
        let tree = JsonSchema::new(&tree).unwrap();
        assert!(tree.check(&json!({ "parts": [{ "parts": [{ "n": "x" }] }] })).is_err());
        // Takes exponential time in a backtracking engine.
        let slow = JsonSchema::new(&json!({ "pattern": "^(a+)+$" })).unwrap();
        assert!(slow.check(&json!(format!("{}b", "a".repeat(50_000)))).is_err());
    }
}
