//! Reading a patch that was kept as text.

use octopoid_core::model::{Change, Diff, FileDiff};

/// Parses a unified diff as git writes it. Pure.
pub(super) fn parse(text: &str) -> Diff {
    let mut starts: Vec<_> = text.match_indices("diff --git ").map(|(at, _)| at).collect();
    // In a hunk, every line begins with another sign.
    starts.retain(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n');
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    Diff::new(starts.iter().zip(ends).map(|(from, to)| file(&text[*from..to])).collect())
}

fn file(patch: &str) -> FileDiff {
    let (mut added, mut removed, mut in_hunk) = (0, 0, false);
    let (mut old, mut new, mut change, mut binary) = (None, None, Change::Modified, false);
    let mut renamed_from = None;
    for line in patch.lines() {
        let named = |prefix: &str| line.strip_prefix(prefix).map(|path| path.trim_end().to_owned());
        if in_hunk {
            added += u32::from(line.starts_with('+'));
            removed += u32::from(line.starts_with('-'));
            continue;
        }
        in_hunk = line.starts_with("@@");
        binary |= line.starts_with("Binary file") || line.starts_with("GIT binary patch");
        old = old.or_else(|| named("--- a/"));
        new = new.or_else(|| named("+++ b/")).or_else(|| named("rename to "));
        renamed_from = renamed_from.or_else(|| named("rename from "));
        if line.starts_with("new file mode") {
            change = Change::Added;
        } else if line.starts_with("deleted file mode") {
            change = Change::Deleted;
        }
    }
    if renamed_from.is_some() {
        change = Change::Renamed;
    }
    let path = new.or(old).unwrap_or_else(|| of_head(patch));
    let mut file = FileDiff::new(path, change).with_patch(added, removed, patch);
    (file.old_path, file.binary) = (renamed_from, binary);
    file
}

/// Returns the path in the first line, where no other has it: both sides name the same file.
fn of_head(patch: &str) -> String {
    let names = patch.lines().next().unwrap_or_default().strip_prefix("diff --git a/").unwrap_or_default();
    // `PATH b/PATH`
    let length = names.len().saturating_sub(" b/".len()) / 2;
    names.get(..length).unwrap_or(names).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_with_their_changes_and_counts() {
        let text = "diff --git a/a.txt b/a.txt\nindex 1..2 100644\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n--- two\n+diff --git 2\n\
                    diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n\
                    diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n\
                    diff --git a/old b/moved\nsimilarity index 100%\nrename from old\nrename to moved\n\
                    diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let diff = parse(text);
        let shown: Vec<_> = diff
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.change, file.added, file.removed))
            .collect();
        assert_eq!(
            shown,
            [
                ("a.txt", Change::Modified, 1, 1),
                ("new", Change::Added, 1, 0),
                ("x.png", Change::Modified, 0, 0),
                ("moved", Change::Renamed, 0, 0),
                ("gone", Change::Deleted, 0, 1),
            ]
        );
        assert!(diff.files[2].binary);
        assert_eq!(diff.files[3].old_path.as_deref(), Some("old"));
        assert_eq!(diff.files.iter().map(|file| file.patch.as_str()).collect::<String>(), text);
        assert!(parse("").files.is_empty());
    }
}
