//! `role.yaml`.

use super::error::FolderRoleError;
use octopoid_core::model::{OutcomeKind, RoleName};
use octopoid_core::role::{RoleSpec, WorkspaceKind};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// What the file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    description: String,
    #[serde(default)]
    claims_from: ClaimsFrom,
    workspace: Option<WorkspaceKind>,
    outcomes: Vec<OutcomeKind>,
    output_schema: Option<Value>,
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
        let definition: Self = serde_yaml::from_str(text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            FolderRoleError::new(path, line, error.to_string())
        })?;
        let line_of = |key: &str| text.lines().position(|line| line.starts_with(key)).map(|line| line + 1);
        if definition.description.trim().is_empty() {
            return Err(FolderRoleError::new(path, line_of("description"), "`description` is empty"));
        }
        let wrong = |message: String| FolderRoleError::new(path, line_of("outcomes"), message);
        if definition.outcomes.is_empty() {
            return Err(wrong(format!("`outcomes` is empty; name at least one of {}", reportable())));
        }
        if let Some(kind) = definition.outcomes.iter().find(|kind| !OutcomeKind::REPORTABLE.contains(kind)) {
            return Err(wrong(format!("an agent cannot report `{kind}`; use some of {}", reportable())));
        }
        Ok(definition)
    }

    pub(super) fn spec(&self, name: RoleName) -> RoleSpec {
        let description = self.description.trim();
        let spec = match self.claims_from {
            ClaimsFrom::Incoming => RoleSpec::worker(name, description),
            ClaimsFrom::Provisional => RoleSpec::reviewer(name, description),
        };
        match self.workspace {
            Some(workspace) => spec.with_workspace(workspace),
            None => spec,
        }
    }

    pub(super) fn outcomes(&self) -> &[OutcomeKind] {
        &self.outcomes
    }

    pub(super) fn output_schema(&self) -> Option<&Value> {
        self.output_schema.as_ref()
    }
}

fn reportable() -> String {
    OutcomeKind::REPORTABLE.map(OutcomeKind::as_str).join(", ")
}
