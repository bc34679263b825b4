//! The settings of the role.

use crate::severity::Severity;
use crate::tool::Tool;
use octopoid_plugin::{Error, ErrorKind};
use serde::Deserialize;
use std::path::{Component, PathBuf};

/// The settings of the role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The tools to run. Without it, those whose lock file is there; with a report, none.
    pub tools: Option<Vec<Tool>>,
    /// What a tool said elsewhere.
    pub report: Option<Report>,
    /// The folders with lock files, from the top of the workspace.
    pub folders: Vec<PathBuf>,
    /// Advisories to leave out, by their ids or by other names of theirs.
    pub ignore: Vec<String>,
    /// The lowest severity that is proposed. An advisory without a severity always is.
    pub minimum_severity: Severity,
    /// Whether packages with several major versions are proposed too.
    pub duplicates: bool,
    /// Folders that are searched for the tools before those of PATH.
    pub search: Vec<PathBuf>,
    /// The longest that a tool may take, in seconds.
    pub timeout_seconds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tools: None,
            report: None,
            folders: vec![PathBuf::from(".")],
            ignore: Vec::new(),
            minimum_severity: Severity::Info,
            duplicates: false,
            search: Vec::new(),
            timeout_seconds: 300,
        }
    }
}

/// The output of a tool that ran elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The file, from the top of the workspace or from the root.
    pub path: PathBuf,
    /// The tool that wrote it.
    pub kind: Tool,
}

impl Settings {
    /// Refuses what makes no sense.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        let wrong = |message: String| Err(Error::new(ErrorKind::Settings, message));
        let is_inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if let Some(folder) = self.folders.iter().find(|folder| !folder.components().all(is_inside)) {
            return wrong(format!(
                "`folders` has {}, which is not in the workspace; name folders from its top",
                folder.display()
            ));
        }
        if self.folders.is_empty() {
            return wrong("`folders` is empty; leave it out to look at the top of the workspace".to_owned());
        }
        if self.tools.as_ref().is_some_and(Vec::is_empty) && self.report.is_none() {
            return wrong(
                "`tools` is empty and there is no `report`, so nothing would be checked".to_owned(),
            );
        }
        if self.timeout_seconds == 0 {
            return wrong("`timeout_seconds` is 0, so no tool could end in time".to_owned());
        }
        Ok(self)
    }

    /// The tools to run wherever their lock file is.
    pub(crate) fn tools(&self) -> Vec<Tool> {
        let read = self.report.as_ref().map(|report| report.kind);
        let chosen = match (&self.tools, read) {
            (Some(tools), _) => tools.clone(),
            (None, Some(_)) => Vec::new(),
            (None, None) => Tool::ALL.to_vec(),
        };
        chosen.into_iter().filter(|tool| Some(*tool) != read).collect()
    }
}
