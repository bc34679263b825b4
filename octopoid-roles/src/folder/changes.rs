//! The changes of the work, for a prompt: in full where they are short, by file where they are long, and never silently cut.

use super::text::own;
use minijinja::value::Value;
use octopoid_core::model::{Change, Diff, FileDiff};
use octopoid_core::role::{RoleError, RoleHost};
use serde::Serialize;

/// The most bytes of patches in a prompt, unless the settings say otherwise.
pub(super) const INLINE: usize = 60_000;
/// The most bytes of a list of files.
const LIST: usize = 20_000;

#[derive(Debug, Serialize)]
pub(super) struct Changes {
    /// One line for each file, with what happened to it and its counts.
    files: String,
    count: usize,
    /// Whether `patch` is all of it.
    whole: bool,
    /// The patches that are in the prompt.
    patch: String,
    /// One line for each patch that is not, with the file that it is in.
    left_out: String,
    /// The path of the file with all patches, where some are left out.
    all: Option<Value>,
}

impl Changes {
    pub(super) async fn of(diff: &Diff, inline: usize, host: &dyn RoleHost) -> Result<Self, RoleError> {
        let files: Vec<String> = diff.files.iter().map(line).collect();
        let mut changes = Self {
            files: listed(&files, "changed-files.txt", host).await?,
            count: files.len(),
            whole: diff.total_bytes() <= inline,
            patch: String::new(),
            left_out: String::new(),
            all: None,
        };
        if changes.whole {
            changes.patch = diff.files.iter().map(|file| with_end(&file.patch)).collect();
            return Ok(changes);
        }
        let all: String = diff.files.iter().map(|file| with_end(&file.patch)).collect();
        changes.all = Some(own(host.keep_file("all-changes.diff", &all).await?.display().to_string()));
        let mut left_out = Vec::new();
        for (index, file) in diff.files.iter().enumerate() {
            if changes.patch.len() + file.patch.len() <= inline {
                changes.patch.push_str(&with_end(&file.patch));
            } else {
                let kept = host.keep_file(&name("change", index, &file.path), &file.patch).await?;
                left_out.push(format!(
                    "{} ({} bytes): {}\n",
                    on_one_line(&file.path),
                    file.patch.len(),
                    kept.display()
                ));
            }
        }
        changes.left_out = listed(&left_out, "not-shown.txt", host).await?;
        Ok(changes)
    }
}

/// Returns the lines, or the first of them and the file with all.
pub(super) async fn listed(lines: &[String], name: &str, host: &dyn RoleHost) -> Result<String, RoleError> {
    let whole = lines.concat();
    if whole.len() <= LIST {
        return Ok(whole);
    }
    let kept = host.keep_file(name, &whole).await?;
    let mut length = 0;
    let shown = lines.iter().take_while(|line| {
        length += line.len();
        length <= LIST
    });
    let shown: Vec<&str> = shown.map(String::as_str).collect();
    let more = lines.len() - shown.len();
    Ok(format!("{}… and {more} more: the whole list is in {}\n", shown.concat(), kept.display()))
}

/// Returns a file's line in the list of all files.
fn line(file: &FileDiff) -> String {
    let mut about = match (file.change, &file.old_path) {
        (Change::Added, _) => "added, ".to_owned(),
        (Change::Modified, _) => String::new(),
        (Change::Deleted, _) => "deleted, ".to_owned(),
        (Change::Renamed, Some(old)) => format!("renamed from {}, ", on_one_line(old)),
        (Change::Renamed, None) => "renamed, ".to_owned(),
        (Change::TypeChanged, _) => "of another type now, ".to_owned(),
    };
    if file.binary {
        about.push_str("binary");
    } else {
        about.push_str(&format!("+{} -{}", file.added, file.removed));
    }
    format!("{} ({about})\n", on_one_line(&file.path))
}

/// Returns a name that came from elsewhere without the characters that would begin another line.
pub(super) fn on_one_line(name: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    name.chars().map(shown).collect()
}

pub(super) fn with_end(patch: &str) -> String {
    if patch.is_empty() || patch.ends_with('\n') { patch.to_owned() } else { format!("{patch}\n") }
}

/// Returns the name of the file that keeps the patches of one file.
pub(super) fn name(kind: &str, index: usize, path: &str) -> String {
    let base: String = path.rsplit('/').next().unwrap_or_default().chars().take(60).collect();
    format!("{kind}-{:04}-{base}.diff", index + 1)
}
