//! Guesses from the files and the machine. Only the obvious is guessed, and init says what it guessed.

use crate::args::RunnerKind;
use crate::environment::Environment;
use clap::ValueEnum;
use octopoid_roles::presets::{self, Preset};
use std::path::{Path, PathBuf};

/// A known agent program on PATH.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) preset: &'static Preset,
    pub(super) path: PathBuf,
}

/// Returns the known agent programs on PATH, in the order in which they are offered.
pub(super) fn agent_programs(environment: &Environment) -> Vec<Found> {
    let find =
        |preset: &'static Preset| Some(Found { preset, path: environment.find_program(&preset.program)? });
    presets::all().iter().filter_map(find).collect()
}

/// Returns the runner of the first program that one drives.
pub(super) fn runner(programs: &[Found]) -> Option<RunnerKind> {
    programs.iter().find_map(|found| RunnerKind::from_str(found.preset.runner.as_deref()?, true).ok())
}

/// Returns the command of the first program that this runner drives.
pub(super) fn command_of(programs: &[Found], runner: RunnerKind) -> Option<Vec<String>> {
    let drives = |found: &&Found| found.preset.runner.as_deref() == Some(runner.as_str());
    programs.iter().find(drives).map(|found| found.preset.command.clone())
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
