//! What the work changes, for a prompt: whole where that is short, by file where it is long, and never silently cut.

use octopoid_core::model::{Diff, FileDiff};
use octopoid_core::role::{RoleError, RoleHost};
use serde::Serialize;

/// The most bytes of patches in a prompt, when the settings do not say otherwise.
pub(super) const INLINE: usize = 60_000;
/// The most bytes of the list of files.
const LIST: usize = 20_000;

#[derive(Debug, Serialize)]
pub(super) struct Changes {
    /// One line for each file with its counts.
    files: String,
    count: usize,
    /// Whether `patch` is all of it.
    whole: bool,
    /// The patches that are in the prompt.
    patch: String,
    /// The patches that are not, each in a file.
    left_out: Vec<LeftOut>,
    /// The file with all patches, where some are left out.
    all: Option<String>,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    path: String,
    bytes: usize,
    file: String,
}

impl Changes {
    pub(super) async fn of(diff: &Diff, inline: usize, host: &dyn RoleHost) -> Result<Self, RoleError> {
        let mut changes = Self {
            files: diff.stat(),
            count: diff.files.len(),
            whole: true,
            patch: String::new(),
            left_out: Vec::new(),
            all: None,
        };
        if diff.total_bytes() <= inline && changes.files.len() <= LIST {
            changes.patch = diff.files.iter().map(|file| with_end(&file.patch)).collect();
            return Ok(changes);
        }
        changes.whole = false;
        let all: String = diff.files.iter().map(|file| with_end(&file.patch)).collect();
        changes.all = Some(host.keep_file("all-changes.diff", &all).await?.display().to_string());
        if changes.files.len() > LIST {
            let kept = host.keep_file("changed-files.txt", &changes.files).await?;
            let end = changes.files.floor_char_boundary(LIST);
            let end = changes.files[..end].rfind('\n').map_or(0, |end| end + 1);
            changes.files.truncate(end);
            changes.files.push_str(&format!("… and more: the whole list is in {}\n", kept.display()));
        }
        for (index, file) in diff.files.iter().enumerate() {
            let kept = host.keep_file(&name(index, file), &file.patch).await?;
            if changes.patch.len() + file.patch.len() <= inline {
                changes.patch.push_str(&with_end(&file.patch));
            } else {
                changes.left_out.push(LeftOut {
                    path: file.path.clone(),
                    bytes: file.patch.len(),
                    file: kept.display().to_string(),
                });
            }
        }
        Ok(changes)
    }
}

fn with_end(patch: &str) -> String {
    if patch.is_empty() || patch.ends_with('\n') { patch.to_owned() } else { format!("{patch}\n") }
}

fn name(index: usize, file: &FileDiff) -> String {
    let base: String = file.path.rsplit('/').next().unwrap_or_default().chars().take(60).collect();
    format!("change-{:04}-{base}.diff", index + 1)
}
