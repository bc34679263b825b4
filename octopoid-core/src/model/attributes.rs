//! What clients keep with a task.

use super::{ProjectId, TaskId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// What clients keep with a task and the state machine does not look at.
///
/// The names are those of the REST contract. Texts that hold JSON (`hooks`, `checks`, …) are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Attributes {
    /// A free word for the kind of work, by which claims can be filtered.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The file that describes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<String>,
    /// The flow it follows; none means `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// What differs from that flow, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_overrides: Option<String>,
    /// What has to be done on its way, as JSON text: a list of `{name, status, evidence}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hooks: Option<String>,
    /// The project it belongs to.
    #[serde(rename = "project_id", skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Whether it takes what the project's tasks made to the project's base branch, with which the project is done.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub lands_project: bool,
    /// The task that it is a part of.
    #[serde(rename = "parent_id", skip_serializing_if = "Option::is_none")]
    pub parent: Option<TaskId>,
    /// Whether it needs no paid review.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub auto_accept: bool,
    /// The pull request's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr_number: Option<u64>,
    /// The pull request's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr_url: Option<String>,
    /// The checks that must pass, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<String>,
    /// How they went, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_results: Option<String>,
    /// What the last attempt noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_notes: Option<String>,
    /// Where the work can be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staging_url: Option<String>,
    /// Whether there is a plan.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub has_plan: bool,
    /// The plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// Whether it is to be broken down first.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub needs_breakdown: bool,
    /// Whether it is to be rebased.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub needs_rebase: bool,
    /// When that was tried last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rebase_attempt_at: Option<Timestamp>,
    /// Whether a client asked for a person, wherever the task stands. The next change of its state takes that away.
    #[serde(deserialize_with = "null_is_false", skip_serializing_if = "is_false")]
    pub needs_intervention: bool,
    /// What clients of the original server wrote and the model has no place for, as JSON text.
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

/// An attribute that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct InvalidAttribute {
    /// The attribute.
    pub field: String,
    /// The rule it breaks.
    pub rule: String,
}

/// Longest text of an attribute, in bytes.
const TEXT: usize = 64 * 1024;

impl Attributes {
    /// Checks the lengths.
    ///
    /// # Errors
    /// [`InvalidAttribute`] names the first attribute that is too long.
    pub fn check(&self) -> Result<(), InvalidAttribute> {
        for (field, value) in self.to_map() {
            if value.as_str().is_some_and(|text| text.len() > TEXT || text.contains('\0')) {
                let rule = format!("must be at most {TEXT} bytes, without NUL");
                return Err(InvalidAttribute { field, rule });
            }
        }
        Ok(())
    }

    /// Whether every attribute is as it is when nobody says anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// With some attributes changed; `null` takes one away.
    ///
    /// # Errors
    /// [`InvalidAttribute`] for an unknown name or a value of the wrong kind.
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
