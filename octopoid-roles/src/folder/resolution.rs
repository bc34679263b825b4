//! The difference of approved work after its conflict was resolved, for a prompt: what differs in full, as it was approved and
//! as it is, and of the rest that it is the same.

use super::changes::{listed, name, on_one_line, with_end};
use octopoid_core::model::{ChangedPatch, ConflictResolution, FileDiff};
use octopoid_core::role::{RoleError, RoleHost};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Resolved {
    /// One line for each file whose patch is not what was approved.
    files: String,
    count: usize,
    /// One line for each file whose patch is what was approved.
    unchanged: String,
    /// The patches that fit, each as it was approved and as it is.
    patch: String,
    /// One line for each file whose patches are not in `patch`, with the file that they are in.
    left_out: String,
}

impl Resolved {
    pub(super) async fn of(
        resolution: &ConflictResolution,
        inline: usize,
        host: &dyn RoleHost,
    ) -> Result<Self, RoleError> {
        let files: Vec<String> = resolution.changed.iter().map(line).collect();
        let same: Vec<String> =
            resolution.unchanged.iter().map(|path| format!("{}\n", on_one_line(path))).collect();
        let mut resolved = Self {
            files: listed(&files, "changed-by-resolution.txt", host).await?,
            count: files.len(),
            unchanged: listed(&same, "unchanged-files.txt", host).await?,
            patch: String::new(),
            left_out: String::new(),
        };
        let (mut used, mut left_out) = (0, Vec::new());
        for (index, file) in resolution.changed.iter().enumerate() {
            let size = bytes(file.approved.as_ref()) + bytes(file.now.as_ref());
            if used + size <= inline {
                used += size;
                resolved.patch.push_str(&both(file));
            } else {
                let kept = host.keep_file(&name("resolution", index, &file.path), &both(file)).await?;
                let path = on_one_line(&file.path);
                left_out.push(format!("{path} ({size} bytes): {}\n", kept.display()));
            }
        }
        resolved.left_out = listed(&left_out, "resolution-not-shown.txt", host).await?;
        Ok(resolved)
    }
}

fn bytes(file: Option<&FileDiff>) -> usize {
    file.map_or(0, |file| file.patch.len())
}

/// Returns a file's line in the list of those that differ.
fn line(file: &ChangedPatch) -> String {
    let about = match (&file.approved, &file.now) {
        (None, _) => "was not changed by the approved work",
        (_, None) => "is not changed any more",
        _ => "its patch is another one",
    };
    format!("{} ({about})\n", on_one_line(&file.path))
}

/// Returns both patches under titles. No line within a patch begins with `=`, so none looks like a title.
fn both(file: &ChangedPatch) -> String {
    let path = on_one_line(&file.path);
    let side = |title: &str, side: Option<&FileDiff>| match side {
        Some(side) => format!("=== {path}: {title}\n{}", with_end(&side.patch)),
        None => format!("=== {path}: {title}: none\n"),
    };
    side("the approved patch", file.approved.as_ref()) + &side("the patch now", file.now.as_ref())
}
