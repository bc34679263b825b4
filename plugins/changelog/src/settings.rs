//! The settings of the role.

use crate::section::Section;
use octopoid_plugin::{Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The settings of the role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The changelog, from the top of the workspace.
    pub file: PathBuf,
    /// The types of commits that are left out. A merge commit has the type `merge`.
    pub skip: Vec<String>,
    /// The sections of types of commits, besides the usual ones.
    pub sections: BTreeMap<String, Section>,
    /// Whether an agent rewords the new lines.
    pub polish: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let skip = ["build", "chore", "ci", "merge", "style", "test", "tests"];
        Self {
            file: PathBuf::from("CHANGELOG.md"),
            skip: skip.map(str::to_owned).to_vec(),
            sections: BTreeMap::new(),
            polish: false,
        }
    }
}

impl Settings {
    /// Checks that no path leads out of the workspace.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        if !is_inside(&self.file) {
            return Err(Error::new(
                ErrorKind::Settings,
                format!(
                    "`file: {}` is not a file in the workspace; name it from the workspace's top, such as `docs/CHANGES.md`",
                    self.file.display()
                ),
            ));
        }
        Ok(self)
    }
}

fn is_inside(path: &Path) -> bool {
    path.file_name().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
}
