//! Diff of a piece of work, file by file.

use serde::{Deserialize, Serialize};

/// Kind of change to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The file is new.
    Added,
    /// The content changed.
    Modified,
    /// The file was deleted.
    Deleted,
    /// The file was renamed.
    Renamed,
    /// The file changed its type, such as to a symbolic link.
    TypeChanged,
}

/// Changes to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileDiff {
    /// Path in the repository, with `/`; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// Previous path, if the file was renamed.
    pub old_path: Option<String>,
    /// Kind of change.
    pub change: Change,
    /// Number of lines added.
    pub added: u32,
    /// Number of lines removed.
    pub removed: u32,
    /// Whether the file is binary; `patch` then only states that it differs.
    pub binary: bool,
    /// Change as a unified diff.
    pub patch: String,
}

impl FileDiff {
    /// Returns a change of a file without a patch.
    pub fn new(path: impl Into<String>, change: Change) -> Self {
        Self {
            path: path.into(),
            old_path: None,
            change,
            added: 0,
            removed: 0,
            binary: false,
            patch: String::new(),
        }
    }

    /// Sets the unified diff, with its numbers of lines added and removed.
    #[must_use]
    pub fn with_patch(mut self, added: u32, removed: u32, patch: impl Into<String>) -> Self {
        (self.added, self.removed, self.patch) = (added, removed, patch.into());
        self
    }
}

/// Changes between two commits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Diff {
    /// Changed files, by path.
    pub files: Vec<FileDiff>,
}

impl Diff {
    /// Returns the changes of some files.
    pub fn new(files: Vec<FileDiff>) -> Self {
        Self { files }
    }

    /// Returns the size of all patches, in bytes.
    pub fn total_bytes(&self) -> usize {
        self.files.iter().map(|file| file.patch.len()).sum()
    }

    /// Returns one line per file with its counts of added and removed lines.
    pub fn stat(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            let counts =
                if file.binary { "binary".to_owned() } else { format!("+{} -{}", file.added, file.removed) };
            text.push_str(&format!("{} ({counts})\n", file.path));
        }
        text
    }
}
