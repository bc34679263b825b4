//! Validating the manifest of a plugin.

use octopoid_core::model::RoleName;
use octopoid_core::role::{RoleSpec, WorkspaceKind};
use octopoid_plugin::message::{self, ClaimsFrom, Manifest, RoleManifest, SCHEMAS};
use std::collections::BTreeSet;

const REBUILD: &str = "fix the plugin's manifest and rebuild it";

/// Reads and validates a manifest.
///
/// # Errors
/// The reason and the remedy.
pub(super) fn read(text: &str) -> Result<Manifest, (String, &'static str)> {
    let manifest: Manifest = serde_json::from_str(text)
        .map_err(|error| (format!("its manifest is not understood: {error}"), REBUILD))?;
    if !SCHEMAS.contains(&manifest.schema) {
        return Err((
            format!(
                "{} {} speaks version {} of the messages, and this Octopoid speaks {} to {}",
                manifest.name,
                manifest.version,
                manifest.schema,
                SCHEMAS.start(),
                SCHEMAS.end()
            ),
            "use a plugin and an Octopoid that speak the same version",
        ));
    }
    if manifest.name.trim().is_empty() {
        return Err(("its manifest has no name".to_owned(), REBUILD));
    }
    if manifest.roles.is_empty() {
        return Err(("it has no roles".to_owned(), REBUILD));
    }
    let mut names = BTreeSet::new();
    for role in &manifest.roles {
        RoleName::new(&role.name).map_err(|error| (format!("its role {:?}: {error}", role.name), REBUILD))?;
        if role.description.trim().is_empty() {
            return Err((format!("its role `{}` has no description", role.name), REBUILD));
        }
        if !names.insert(&role.name) {
            return Err((format!("it has two roles `{}`", role.name), REBUILD));
        }
    }
    Ok(manifest)
}

/// Returns what the orchestrator needs to know of a role; `None` if its name is invalid.
pub(super) fn spec(role: &RoleManifest) -> Option<RoleSpec> {
    let name = RoleName::new(&role.name).ok()?;
    // A line, whatever it is.
    let description: String =
        role.description.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let spec = match role.claims_from {
        ClaimsFrom::Provisional => RoleSpec::reviewer(name, description),
        _ => RoleSpec::worker(name, description),
    };
    Some(match role.workspace {
        Some(message::WorkspaceKind::Own) => spec.with_workspace(WorkspaceKind::Own),
        Some(message::WorkspaceKind::Task) => spec.with_workspace(WorkspaceKind::Task),
        Some(message::WorkspaceKind::None) => spec.with_workspace(WorkspaceKind::None),
        _ => spec,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_manifest_that_cannot_be_used_is_refused_with_the_reason() {
        let good = json!({
            "name": "p", "version": "1", "schema": 1, "later": true,
            "roles": [{ "name": "r", "description": "does", "mood": "good" }],
        });
        assert!(read(&good.to_string()).is_ok(), "unknown fields are ignored");
        let wrong = |path: &str, value| {
            let mut manifest = good.clone();
            *manifest.pointer_mut(path).unwrap() = value;
            read(&manifest.to_string()).unwrap_err().0
        };
        let other_schema = wrong("/schema", json!(9));
        assert!(
            other_schema.contains("p 1 speaks version 9") && other_schema.contains("1 to 1"),
            "{other_schema}"
        );
        assert!(wrong("/roles", json!([])).contains("no roles"));
        assert!(wrong("/name", json!(" ")).contains("no name"));
        assert!(wrong("/roles/0/name", json!("../x")).contains("../x"));
        assert!(wrong("/roles/0/description", json!("")).contains("no description"));
        assert!(wrong("/roles", json!([good["roles"][0], good["roles"][0]])).contains("two roles `r`"));
        assert!(wrong("/roles/0/name", json!(7)).contains("not understood"));
        assert!(read("no json").unwrap_err().0.contains("not understood"));
    }
}
