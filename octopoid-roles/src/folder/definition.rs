//! The content of `role.yaml`.

use super::error::FolderRoleError;
use super::outcomes::Outcomes;
use octopoid_core::model::RoleName;
use octopoid_core::role::{AgentDefaults, RoleSpec, WorkspaceKind};
use octopoid_core::schema::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// The content of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    description: String,
    #[serde(default)]
    claims_from: ClaimsFrom,
    workspace: Option<WorkspaceKind>,
    outcomes: Outcomes,
    output_schema: Option<Value>,
    settings_schema: Option<Value>,
    #[serde(skip)]
    settings: Option<JsonSchema>,
    // What holds for its agents, under the names that `agents.yaml` has for the same.
    runner: Option<String>,
    model: Option<String>,
    max_turns: Option<u32>,
    #[serde(default)]
    tools: Vec<String>,
    timeout_seconds: Option<u64>,
    idle_timeout_seconds: Option<u64>,
    budget_usd: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClaimsFrom {
    #[default]
    Incoming,
    Provisional,
}

impl Definition {
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, FolderRoleError> {
        let mut definition: Self = serde_yaml::from_str(text).map_err(|error| {
            let (line, message) = (error.location().map(|location| location.line()), error.to_string());
            // The place is said in our own way.
            let short = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
            FolderRoleError::new(path, line, short)
        })?;
        let wrong = |key: &str, problem: &str| {
            let line = text.lines().position(|line| line.starts_with(key)).map(|line| line + 1);
            Err(FolderRoleError::new(path, line, format!("`{key}` {problem}")))
        };
        if definition.description.trim().is_empty() {
            return wrong("description", "is empty");
        }
        for (key, value) in [
            ("max_turns", definition.max_turns.map(u64::from)),
            ("timeout_seconds", definition.timeout_seconds),
            ("idle_timeout_seconds", definition.idle_timeout_seconds),
        ] {
            if value == Some(0) {
                return wrong(key, "is 0; use 1 or more, or remove the line for the default");
            }
        }
        if let Some(schema) = &definition.output_schema {
            if let Err(error) = JsonSchema::new(schema) {
                return wrong("output_schema", &format!("is {error}"));
            }
            if schema.get("type").is_some_and(|kind| kind != "object") {
                return wrong("output_schema", "does not describe an object; write `type: object`");
            }
        }
        if let Some(schema) = &definition.settings_schema {
            match JsonSchema::new(schema) {
                Ok(schema) => definition.settings = Some(schema),
                Err(error) => return wrong("settings_schema", &format!("is {error}")),
            }
        }
        if definition.budget_usd.is_some_and(|dollars| !dollars.is_finite() || dollars <= 0.0) {
            return wrong("budget_usd", "is not an amount of money above 0; use a number such as 5.0");
        }
        Ok(definition)
    }

    pub(super) fn spec(&self, name: RoleName) -> RoleSpec {
        let description = self.description.trim();
        let spec = match self.claims_from {
            ClaimsFrom::Incoming => RoleSpec::worker(name, description),
            ClaimsFrom::Provisional => RoleSpec::reviewer(name, description),
        };
        let spec = spec.with_defaults(self.defaults());
        match self.workspace {
            Some(workspace) => spec.with_workspace(workspace),
            None => spec,
        }
    }

    fn defaults(&self) -> AgentDefaults {
        let mut defaults = AgentDefaults::default();
        defaults.runner.clone_from(&self.runner);
        defaults.model.clone_from(&self.model);
        defaults.max_turns = self.max_turns;
        defaults.tools.clone_from(&self.tools);
        defaults.timeout = self.timeout_seconds.map(Duration::from_secs);
        defaults.idle_timeout = self.idle_timeout_seconds.map(Duration::from_secs);
        defaults.budget_usd = self.budget_usd;
        defaults
    }

    pub(super) fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    pub(super) fn settings_schema(&self) -> Option<&Value> {
        self.settings_schema.as_ref()
    }

    /// Returns the schema, compiled.
    pub(super) fn settings(&self) -> Option<&JsonSchema> {
        self.settings.as_ref()
    }

    pub(super) fn output_schema(&self) -> Option<&Value> {
        self.output_schema.as_ref()
    }
}
