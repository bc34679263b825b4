//! Flow file: a flow as people write it.

use crate::model::RoleName;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Content of `.octopoid/flows/<name>.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FlowFile {
    /// Description of its purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Transitions between states.
    pub transitions: Vec<FlowTransition>,
}

/// Transition from one state to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FlowTransition {
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// Role that works on tasks in the state before. Informative for `incoming` and `claimed`, where a task names its own role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// Conditions that must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<FlowCondition>,
    /// Number of the reviewing roles that must approve: `all` (the default) or `any`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<String>,
    /// Steps that the orchestrator runs, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<FlowStep>,
    /// Destination of the task when a condition or a step fails: `incoming` (the default) or `needs_continuation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_fail: Option<String>,
}

/// Condition of a transition: exactly one of `script`, `review`, `role` and `manual`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FlowCondition {
    /// Command that must exit with 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Whether one reviewer of any role must approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<bool>,
    /// Role that must approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// Whether a person must approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<bool>,
    /// Name of the script in the records; the command by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Maximum duration of the script, in seconds; 600 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Environment variables given to the script in addition to those of every child process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Destination of the task when the condition fails; the transition's own by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_fail: Option<String>,
}

/// Step of a transition: a name such as `rebase`, or `run` with a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FlowStep {
    /// Step by its name.
    Named(String),
    /// Command.
    Run(RunStep),
}

/// Step that runs a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RunStep {
    /// Command.
    pub run: String,
    /// Name in the records; the command by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Maximum duration, in seconds; 600 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Environment variables given to the command in addition to those of every child process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
}

impl<'de> Deserialize<'de> for FlowStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StepVisitor)
    }
}

/// Distinguishes the two forms by the type of the value, so that an error within one form is reported for that form.
struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = FlowStep;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step's name, or `run: COMMAND`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<FlowStep, E> {
        Ok(FlowStep::Named(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FlowStep, A::Error> {
        RunStep::deserialize(MapAccessDeserializer::new(map)).map(FlowStep::Run)
    }
}
