//! Moves of refs and HEADs.

use crate::model::CommitId;
use std::path::{Path, PathBuf};

/// Something that points elsewhere than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefMove {
    /// What it is.
    pub(crate) what: Moved,
    /// Where it pointed; none if it did not exist.
    pub(crate) before: Option<String>,
    /// Where it points; none if it is gone.
    pub(crate) after: Option<String>,
}

/// What can be moved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moved {
    /// The HEAD of the checkout in this folder.
    Head(PathBuf),
    /// A ref, by its full name.
    Ref(String),
}

/// What became of something that a run moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PutBack {
    /// It points where it pointed before.
    Done,
    /// It stays as the run left it, for this reason.
    Left {
        /// Why.
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
    /// Returns the short name of the branch, local or of a remote, that was moved.
    pub(crate) fn branch(&self) -> Option<&str> {
        let Moved::Ref(name) = &self.what else { return None };
        match name.strip_prefix("refs/remotes/") {
            Some(tracking) => tracking.split_once('/').map(|(_, branch)| branch),
            None => name.strip_prefix("refs/heads/"),
        }
    }

    /// Returns the commit that it points at now.
    pub(crate) fn commit(&self) -> Option<CommitId> {
        CommitId::new(self.after.as_deref()?).ok()
    }
}

/// Returns the path without symbolic links, or as it is where it does not exist.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
