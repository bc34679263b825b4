//! The sections of Keep a Changelog.

use serde::Deserialize;

/// Under which heading a change is told, in the order in which the headings stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// What is new.
    #[serde(alias = "Added")]
    Added,
    /// What is different.
    #[serde(alias = "Changed")]
    Changed,
    /// What will be gone.
    #[serde(alias = "Deprecated")]
    Deprecated,
    /// What is gone.
    #[serde(alias = "Removed")]
    Removed,
    /// What works again.
    #[serde(alias = "Fixed")]
    Fixed,
    /// What was dangerous.
    #[serde(alias = "Security")]
    Security,
}

impl Section {
    /// All of them, in their order.
    pub const ALL: [Self; 6] =
        [Self::Added, Self::Changed, Self::Deprecated, Self::Removed, Self::Fixed, Self::Security];

    /// The heading.
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

    /// Where a type of commit belongs, by the conventions of commit messages.
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

    /// Where a change belongs whose commit has no type: its first word says so often enough.
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
