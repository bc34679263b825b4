//! Findings: what a reviewing role says of single places of the work.

use super::{Severity, Side};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Finding of a reviewing role at one place of the work, as it reports it; it becomes a
/// [`ReviewComment`](super::ReviewComment).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// Path in the repository; `None` for the work as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// First line, counted from 1; `None` for the file as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Last line; `None` for one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    /// Side of the diff that the lines are on.
    #[serde(default)]
    pub side: Side,
    /// Weight.
    #[serde(default)]
    pub severity: Severity,
    /// Text, as Markdown.
    pub body: String,
    /// Text to put in place of the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

impl Finding {
    /// Maximum number of findings of one run (I15).
    pub const MOST: usize = 200;

    /// Name of the field of a result that has the findings.
    pub(super) const FIELD: &'static str = "comments";

    /// Returns a finding about the work as a whole.
    pub fn new(body: impl Into<String>) -> Self {
        Self {
            path: None,
            line: None,
            end_line: None,
            side: Side::default(),
            severity: Severity::default(),
            body: body.into(),
            replacement: None,
        }
    }

    /// Sets the place: a path, and lines of it.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, line: u32, end_line: Option<u32>) -> Self {
        (self.path, self.line, self.end_line) = (Some(path.into()), Some(line), end_line);
        self
    }

    /// Sets the weight.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Returns whether a field of a result has findings: it is a list named `comments`. A role may have a text of its own under
    /// that name.
    pub(crate) fn is_list(name: &str, value: &Value) -> bool {
        name == Self::FIELD && value.is_array()
    }

    /// Parses the list of findings of a result; a missing one is empty. `None` where it is not such a list.
    pub(super) fn list(result: &Value) -> Option<Vec<Finding>> {
        let findings: Vec<Finding> = match result.get(Self::FIELD) {
            Some(list) if Self::is_list(Self::FIELD, list) => serde_json::from_value(list.clone()).ok()?,
            _ => Vec::new(),
        };
        let says_something =
            |finding: &Finding| !finding.body.trim().is_empty() || finding.replacement.is_some();
        (findings.len() <= Self::MOST && findings.iter().all(says_something)).then_some(findings)
    }
}
