//! Comparison of approved work with what became of it after a conflict with its base branch.

use super::{Diff, FileDiff};
use serde::{Deserialize, Serialize};

/// Difference between approved work and the same work after its conflict with the base branch was resolved.
///
/// Two patches are equal if they differ only in line numbers: same changes, same context lines, same section heading printed by
/// git. What cannot be compared this way, such as a binary file, counts as different.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConflictResolution {
    /// Files whose patches differ from the approved ones, by path.
    pub changed: Vec<ChangedPatch>,
    /// Files whose patches equal the approved ones, by path.
    pub unchanged: Vec<String>,
}

/// Patch of one file, as approved and as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChangedPatch {
    /// Path in the repository.
    pub path: String,
    /// Approved patch; `None` if the approved work did not touch the file.
    pub approved: Option<FileDiff>,
    /// Current patch; `None` if the work no longer touches the file.
    pub now: Option<FileDiff>,
}

impl ConflictResolution {
    /// Compares approved work with its current state.
    pub fn between(approved: Diff, now: Diff) -> Self {
        let mut resolution = Self::default();
        let mut approved = approved.files;
        for file in now.files {
            let place = approved.iter().position(|before| before.path == file.path);
            let before = place.map(|place| approved.remove(place));
            if before.as_ref().is_some_and(|before| is_same(before, &file)) {
                resolution.unchanged.push(file.path);
            } else {
                let path = file.path.clone();
                resolution.changed.push(ChangedPatch { path, approved: before, now: Some(file) });
            }
        }
        let gone = approved.into_iter().map(|before| ChangedPatch {
            path: before.path.clone(),
            approved: Some(before),
            now: None,
        });
        resolution.changed.extend(gone);
        resolution.changed.sort_by(|one, other| one.path.cmp(&other.path));
        resolution
    }
}

fn is_same(one: &FileDiff, other: &FileDiff) -> bool {
    let binary = one.binary || other.binary;
    !binary && one.old_path == other.old_path && telling(&one.patch).eq(telling(&other.patch))
}

/// Returns the lines of a patch without what changes when only the surroundings do: the blob hashes before the first hunk, and
/// the line numbers.
fn telling(patch: &str) -> impl Iterator<Item = &str> {
    let mut in_hunks = false;
    patch.lines().filter_map(move |line| {
        if line.starts_with("@@ ") {
            in_hunks = true;
            return line.get(3..).and_then(|rest| rest.split_once("@@")).map(|(_, place)| place);
        }
        (in_hunks || !line.starts_with("index ")).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Change;

    fn file(path: &str, patch: &str) -> FileDiff {
        let (change, patch) = (Change::Modified, patch.to_owned());
        FileDiff { path: path.to_owned(), old_path: None, change, added: 1, removed: 1, binary: false, patch }
    }

    fn patch(blobs: &str, at: &str, body: &str) -> String {
        format!("diff --git a/f b/f\nindex {blobs} 100644\n--- a/f\n+++ b/f\n@@ {at}\n{body}")
    }

    #[test]
    fn only_the_numbers_of_lines_do_not_matter() {
        let before = patch("12..34", "-1,3 +1,3 @@ fn one()", " a\n-b\n+c\n");
        for (now, same) in [
            (patch("56..78", "-9,3 +11,3 @@ fn one()", " a\n-b\n+c\n"), true),
            (patch("56..78", "-9,3 +11,3 @@ fn two()", " a\n-b\n+c\n"), false),
            (patch("56..78", "-9,3 +11,3 @@ fn one()", " x\n-b\n+c\n"), false),
            (patch("56..78", "-9,3 +11,3 @@ fn one()", " a\n-b\n+d\n"), false),
            (patch("56..78", "-9,3 +11,4 @@ fn one()", " a\n-b\n+c\n+index 1\n"), false),
        ] {
            let now = Diff { files: vec![file("f", &now)] };
            let seen = ConflictResolution::between(Diff { files: vec![file("f", &before)] }, now.clone());
            assert_eq!(seen.changed.is_empty(), same, "{now:?}");
            assert_eq!(seen.unchanged, if same { vec!["f".to_owned()] } else { vec![] });
        }
    }

    #[test]
    fn files_that_came_or_went_are_different_and_so_is_what_cannot_be_compared() {
        let binary = FileDiff { binary: true, ..file("c", "Binary files differ\n") };
        let approved = Diff { files: vec![file("b", "-b\n"), binary.clone()] };
        let seen = ConflictResolution::between(approved, Diff { files: vec![file("a", "+a\n"), binary] });
        let shape: Vec<_> = seen
            .changed
            .iter()
            .map(|one| (one.path.as_str(), one.approved.is_some(), one.now.is_some()))
            .collect();
        assert_eq!(shape, [("a", false, true), ("b", true, false), ("c", true, true)]);
        assert!(seen.unchanged.is_empty());
    }
}
