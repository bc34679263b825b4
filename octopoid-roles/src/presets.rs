//! The agent programs that are known, as data: `presets.yaml`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// A known agent program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Preset {
    /// Name.
    pub name: String,
    /// Name of the program that is looked for on `PATH`.
    pub program: String,
    /// Name of the runner that drives it; `None` for a program that none drives.
    #[serde(default)]
    pub runner: Option<String>,
    /// Program and arguments by which the runner starts it; empty where the runner needs none.
    #[serde(default)]
    pub command: Vec<String>,
    /// Names of the environment variables in which it looks for a key.
    #[serde(default)]
    pub env: Vec<String>,
    /// Identifiers of the modes in which it works without asking.
    #[serde(default)]
    pub full_access_modes: Vec<String>,
    /// Environment variables that it needs to work without asking as root.
    #[serde(default)]
    pub root_env: BTreeMap<String, String>,
    /// Command line that installs it.
    #[serde(default)]
    pub install: Option<String>,
    /// Whether it tells what it costs; `None` if that is not known.
    #[serde(default)]
    pub money: Option<bool>,
    /// Remark for users.
    #[serde(default)]
    pub notes: Option<String>,
}

static ALL: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    // A test reads it too, so that it is right in every build.
    serde_yaml::from_str(include_str!("../presets.yaml")).unwrap_or_default()
});

/// Returns the known programs, in the order in which they are offered.
pub fn all() -> &'static [Preset] {
    &ALL
}

/// Returns the known program that a command starts, by its file name.
pub fn of_command(command: &[String]) -> Option<&'static Preset> {
    let name = Path::new(command.first()?).file_name()?.to_str()?;
    ALL.iter().find(|preset| preset.program == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read_and_each_program_is_named_once() {
        let read: Vec<Preset> = serde_yaml::from_str(include_str!("../presets.yaml")).unwrap();
        assert_eq!(read, all());
        for preset in all() {
            assert_eq!(all().iter().filter(|other| other.program == preset.program).count(), 1, "{preset:?}");
            let runner = preset.runner.as_deref();
            assert!([None, Some("acp"), Some("claude"), Some("codex")].contains(&runner), "{preset:?}");
            assert_eq!(preset.command.is_empty(), runner != Some("acp"), "{preset:?}");
            assert!(runner.is_none() || preset.install.is_some(), "{preset:?}");
        }
    }

    #[test]
    fn a_command_is_known_by_its_program() {
        let of = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            of_command(&words).map(|preset| preset.name.as_str())
        };
        assert_eq!(of(&["/opt/bin/gemini", "--acp"]), Some("gemini"));
        assert_eq!(of(&["my-agent"]), None);
        assert_eq!(of(&[]), None);
    }
}
