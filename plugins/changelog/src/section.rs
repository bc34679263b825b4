//! The sections of Keep a Changelog.

use serde::Deserialize;

/// A section of a changelog, in the order of Keep a Changelog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// New features.
    #[serde(alias = "Added")]
    Added,
    /// Changes in existing features.
    #[serde(alias = "Changed")]
    Changed,
    /// Features that will be removed.
    #[serde(alias = "Deprecated")]
    Deprecated,
    /// Removed features.
    #[serde(alias = "Removed")]
    Removed,
    /// Bug fixes.
    #[serde(alias = "Fixed")]
    Fixed,
    /// Fixed vulnerabilities.
    #[serde(alias = "Security")]
    Security,
}

impl Section {
    /// All sections, in their order.
    pub const ALL: [Self; 6] =
        [Self::Added, Self::Changed, Self::Deprecated, Self::Removed, Self::Fixed, Self::Security];

    /// Returns the heading.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Deprecated => "Deprecated",
            Self::Removed => "Removed",
            Self::Fixed => "Fixed",
            Self::Security => "Security",
        }
    }

    /// Returns the section for a type of commit, by the conventions of commit messages.
    pub(crate) fn of_type(kind: &str) -> Option<Self> {
        Some(match kind {
            "feat" | "feature" | "add" => Self::Added,
            "fix" | "bugfix" | "hotfix" => Self::Fixed,
            "perf" | "refactor" | "change" | "docs" | "doc" | "revert" | "deps" => Self::Changed,
            "deprecate" | "deprecated" => Self::Deprecated,
            "remove" | "removed" => Self::Removed,
            "security" | "sec" => Self::Security,
            _ => return None,
        })
    }

    /// Returns the section for a commit without a type, by its first word.
    pub(crate) fn of_words(text: &str) -> Self {
        let first = text.split_whitespace().next().unwrap_or_default();
        match first.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().as_str() {
            "add" | "adds" | "added" | "introduce" | "introduces" | "introduced" | "new" | "support"
            | "supports" => Self::Added,
            "fix" | "fixes" | "fixed" | "repair" | "repairs" | "correct" | "corrects" => Self::Fixed,
            "remove" | "removes" | "removed" | "drop" | "drops" | "dropped" | "delete" | "deletes" => {
                Self::Removed
            }
            "deprecate" | "deprecates" | "deprecated" => Self::Deprecated,
            _ => Self::Changed,
        }
    }
}
