//! Moves of refs and HEADs.

use crate::model::CommitId;
use std::path::{Path, PathBuf};

/// Change of the target of a ref or HEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefMove {
    /// What was moved.
    pub(crate) what: Moved,
    /// Target before; `None` if it did not exist.
    pub(crate) before: Option<String>,
    /// Target after; `None` if it was deleted.
    pub(crate) after: Option<String>,
}

/// Ref or HEAD that was moved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moved {
    /// HEAD of the checkout in this folder.
    Head(PathBuf),
    /// Ref, by its full name.
    Ref(String),
}

/// Result of restoring what a run moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PutBack {
    /// Restored to its earlier target.
    Done,
    /// Left as the run moved it.
    Left {
        /// Reason why it was not restored.
        why: String,
    },
}

impl std::fmt::Display for RefMove {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.what {
            Moved::Head(folder) => write!(f, "the checkout in {}", folder.display())?,
            Moved::Ref(name) => match name.strip_prefix("refs/heads/") {
                Some(branch) => write!(f, "the branch `{branch}`")?,
                None => write!(f, "`{}`", name.strip_prefix("refs/remotes/").unwrap_or(name))?,
            },
        }
        let short = |target: &str| match target.strip_prefix("ref: refs/heads/") {
            Some(branch) => format!("`{branch}`"),
            None => target.chars().take(10).collect(),
        };
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, ", from {} to {}", short(before), short(after)),
            (None, Some(after)) => write!(f, ", new at {}", short(after)),
            (Some(before), None) => write!(f, ", deleted at {}", short(before)),
            (None, None) => Ok(()),
        }
    }
}

impl RefMove {
    /// Returns the short name of the local or remote branch that was moved.
    pub(crate) fn branch(&self) -> Option<&str> {
        let Moved::Ref(name) = &self.what else { return None };
        match name.strip_prefix("refs/remotes/") {
            Some(tracking) => tracking.split_once('/').map(|(_, branch)| branch),
            None => name.strip_prefix("refs/heads/"),
        }
    }

    /// Returns the commit that it points to now.
    pub(crate) fn commit(&self) -> Option<CommitId> {
        CommitId::new(self.after.as_deref()?).ok()
    }
}

/// Returns the path without symbolic links, or the path unchanged if it does not exist.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
