//! Guesses from the files and the machine. Only the obvious is guessed, and init says what it guessed.

use crate::environment::Environment;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The agent programs on PATH.
#[derive(Debug, Default)]
pub(super) struct Programs {
    /// The programs that have a runner.
    pub(super) found: BTreeMap<String, PathBuf>,
    /// The programs that have no runner yet.
    pub(super) unsupported: BTreeMap<String, PathBuf>,
}

const SUPPORTED: [&str; 1] = ["claude"];
const UNSUPPORTED: [&str; 6] = ["codex", "gemini", "opencode", "cursor-agent", "aider", "goose"];

pub(super) fn agent_programs(environment: &Environment) -> Programs {
    let find = |names: &[&str]| {
        names.iter().filter_map(|name| Some(((*name).to_owned(), environment.find_program(name)?))).collect()
    };
    Programs { found: find(&SUPPORTED), unsupported: find(&UNSUPPORTED) }
}

/// Returns the command that tests the repository, if its files leave no doubt.
pub(super) fn test_command(root: &Path) -> Option<String> {
    let has = |name: &str| root.join(name).is_file();
    let command = if has("Cargo.toml") {
        "cargo test"
    } else if has("package.json") {
        return has_npm_test(root).then(|| "npm test".to_owned());
    } else if has("go.mod") {
        "go test ./..."
    } else if has("pytest.ini") || mentions_pytest(root) {
        "pytest"
    } else {
        return None;
    };
    Some(command.to_owned())
}

/// Returns whether there is a test script other than the placeholder of `npm init`.
fn has_npm_test(root: &Path) -> bool {
    let script = octopoid_roles::regular_file::read(root.join("package.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .and_then(|package| Some(package.get("scripts")?.get("test")?.as_str()?.to_owned()));
    script.is_some_and(|script| !script.trim().is_empty() && !script.contains("no test specified"))
}

fn mentions_pytest(root: &Path) -> bool {
    octopoid_roles::regular_file::read_to_string(root.join("pyproject.toml"))
        .is_ok_and(|text| text.contains("pytest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(files: &[(&str, &str)]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        test_command(folder.path())
    }

    #[test]
    fn only_the_obvious_is_guessed() {
        assert_eq!(guessed(&[("Cargo.toml", "")]).as_deref(), Some("cargo test"));
        assert_eq!(
            guessed(&[("package.json", r#"{"scripts":{"test":"vitest run"}}"#)]).as_deref(),
            Some("npm test")
        );
        let placeholder = r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#;
        assert_eq!(guessed(&[("package.json", placeholder)]), None);
        assert_eq!(guessed(&[("go.mod", "")]).as_deref(), Some("go test ./..."));
        assert_eq!(guessed(&[("pyproject.toml", "[tool.pytest.ini_options]\n")]).as_deref(), Some("pytest"));
        assert_eq!(guessed(&[("pyproject.toml", "[project]\n"), ("README.md", "")]), None);
    }
}
