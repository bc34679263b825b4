//! Attributes of a task: fields that clients store with it.

use super::{ProjectId, Revert, TaskId, Timestamp, Usd};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Fields that clients store with a task and that the state machine ignores.
///
/// The names are those of the REST contract. Texts that hold JSON (`hooks`, `checks`, …) are stored as received.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Attributes {
    /// Free-form kind of work, by which claims can be filtered.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Path of the file that describes the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<String>,
    /// Flow that the task follows; `None` means `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// Differences from that flow, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_overrides: Option<String>,
    /// Hooks to complete before the task is done, as JSON text: a list of `{name, status, evidence}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hooks: Option<String>,
    /// Project of the task.
    #[serde(rename = "project_id", skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Whether the task lands the project's branch in the project's base branch, which completes the project.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub lands_project: bool,
    /// Parent task, of which this one is a subtask.
    #[serde(rename = "parent_id", skip_serializing_if = "Option::is_none")]
    pub parent: Option<TaskId>,
    /// Whether the task needs no paid review.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub auto_accept: bool,
    /// Model of the agents that work on the task, instead of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Largest number of turns of an attempt; an agent's own limit holds too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
    /// Largest cost of all runs of the task; the limit of the installation holds too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<Usd>,
    /// Landing that the task takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverts: Option<Revert>,
    /// Number of the pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr_number: Option<u64>,
    /// URL of the pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr_url: Option<String>,
    /// Checks that must pass, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<String>,
    /// Results of the checks, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_results: Option<String>,
    /// Notes of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_notes: Option<String>,
    /// URL at which the work can be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staging_url: Option<String>,
    /// Whether there is a plan.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub has_plan: bool,
    /// Identifier of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// Whether the task is to be broken down first.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub needs_breakdown: bool,
    /// Whether the task is to be rebased.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub needs_rebase: bool,
    /// Time of the last attempt to rebase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rebase_attempt_at: Option<Timestamp>,
    /// Whether a client asked for a person, in whatever state the task is. The next change of state resets it.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub needs_intervention: bool,
    /// Fields written by clients of the original server that the model has no place for, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}

fn null_is_false<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::<bool>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Error returned when an attribute is unknown or its value invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
#[non_exhaustive]
pub struct InvalidAttribute {
    /// Name of the attribute.
    pub field: String,
    /// Rule that the attribute breaks.
    pub rule: String,
}

/// Maximum length of an attribute's text, in bytes.
const TEXT: usize = 64 * 1024;

impl Attributes {
    /// Checks the lengths of all texts, and that none contains NUL.
    ///
    /// # Errors
    /// [`InvalidAttribute`] for the first attribute that breaks the rule.
    pub fn check(&self) -> Result<(), InvalidAttribute> {
        for (field, value) in self.to_map() {
            if value.as_str().is_some_and(|text| text.len() > TEXT || text.contains('\0')) {
                let rule = format!("must be at most {TEXT} bytes, without NUL");
                return Err(InvalidAttribute { field, rule });
            }
        }
        Ok(())
    }

    /// Returns whether every attribute has its default value.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the attributes with `changes` applied; `null` resets an attribute to its default.
    ///
    /// # Errors
    /// [`InvalidAttribute`] for an unknown name or a value that is too long or of the wrong type.
    pub fn merged(&self, changes: &Map<String, Value>) -> Result<Attributes, InvalidAttribute> {
        let mut fields = self.to_map();
        for (field, value) in changes {
            // One by one, so that the error can name its attribute.
            let alone = Map::from_iter([(field.clone(), value.clone())]);
            serde_json::from_value::<Attributes>(Value::Object(alone))
                .map_err(|error| InvalidAttribute { field: field.clone(), rule: error.to_string() })?;
            fields.insert(field.clone(), value.clone());
        }
        let merged: Attributes = serde_json::from_value(Value::Object(fields))
            .map_err(|error| InvalidAttribute { field: "attributes".to_owned(), rule: error.to_string() })?;
        merged.check()?;
        Ok(merged)
    }

    fn to_map(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changes(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    #[test]
    fn null_takes_an_attribute_away() {
        let some = Attributes::default().merged(&changes(json!({"type": "bug", "pr_number": 7}))).unwrap();
        assert_eq!((some.kind.as_deref(), some.pr_number), (Some("bug"), Some(7)));
        let less = some.merged(&changes(json!({"type": null}))).unwrap();
        assert_eq!((less.kind, less.pr_number), (None, Some(7)));
    }

    #[test]
    fn an_error_names_its_attribute() {
        for (change, field) in [
            (json!({"pr_number": "seven"}), "pr_number"),
            (json!({"colour": "red"}), "colour"),
            (json!({"colour": null}), "colour"),
            (json!({"plan_id": "x".repeat(TEXT + 1)}), "plan_id"),
        ] {
            assert_eq!(Attributes::default().merged(&changes(change)).unwrap_err().field, field);
        }
    }
}
