//! What a piece of work changes, file by file.

use serde::{Deserialize, Serialize};

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// Its content changed.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name.
    Renamed,
    /// It became something else, such as a link.
    TypeChanged,
}

/// One file's changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDiff {
    /// Its path in the repository, with `/`; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// Its path before, where it was renamed.
    pub old_path: Option<String>,
    /// What happened to it.
    pub change: Change,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Whether it is binary, and `patch` therefore says only that it differs.
    pub binary: bool,
    /// The change as a unified diff.
    pub patch: String,
}

/// All changes between two commits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diff {
    /// By path.
    pub files: Vec<FileDiff>,
}

impl Diff {
    /// The size of all patches, in bytes.
    pub fn total_bytes(&self) -> usize {
        self.files.iter().map(|file| file.patch.len()).sum()
    }

    /// One line for each file with its counts.
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
