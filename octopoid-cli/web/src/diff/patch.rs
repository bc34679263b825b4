//! Unified diffs of several files, as git writes them.

use octopoid_core::model::{Change, Diff, FileDiff};

/// Parses a diff of several files. What does not look like one is left out.
pub(crate) fn parse(text: &str) -> Diff {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        // Lines of files begin with a space, a plus or a minus.
        if line.starts_with("diff --git ") {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    Diff::new(starts.iter().zip(ends).filter_map(|(start, end)| file(&text[*start..end])).collect())
}

/// Parses the diff of one file.
fn file(patch: &str) -> Option<FileDiff> {
    let head: Vec<&str> = patch.lines().take_while(|line| !line.starts_with("@@ ")).collect();
    let says = |prefix: &str| head.iter().find_map(|line| line.strip_prefix(prefix));
    let named = |prefix: &str, side: &str| says(prefix).and_then(|name| unquoted(name).strip_prefix(side));
    let renamed = says("rename from ").zip(says("rename to "));
    let from_header = says("diff --git ").and_then(|names| names.rsplit_once(" b/")).map(|(_, name)| name);
    let path = renamed.map(|(_, to)| unquoted(to));
    let path = path.or_else(|| named("+++ ", "b/")).or_else(|| named("--- ", "a/")).or(from_header)?;
    let change = match renamed {
        Some(_) => Change::Renamed,
        None if says("new file mode").is_some() => Change::Added,
        None if says("deleted file mode").is_some() => Change::Deleted,
        None => Change::Modified,
    };
    let count = |sign: char| {
        let rows = patch.lines().skip(head.len()).filter(|line| line.starts_with(sign));
        u32::try_from(rows.count()).unwrap_or(u32::MAX)
    };
    let mut file = FileDiff::new(path, change).with_patch(count('+'), count('-'), patch);
    file.old_path = renamed.map(|(from, _)| unquoted(from).to_owned());
    file.binary = head.iter().any(|line| line.starts_with("Binary file"));
    Some(file)
}

fn unquoted(name: &str) -> &str {
    name.trim_end_matches('\t').strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_found_with_its_kind_of_change() {
        let text = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n-diff --git a/x b/x\n+one\n+--- two\n\
                    diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n\
                    diff --git a/old b/moved\nsimilarity index 100%\nrename from old\nrename to moved\n\
                    diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let files = parse(text).files;
        let seen: Vec<_> =
            files.iter().map(|file| (file.path.as_str(), file.change, file.added, file.removed)).collect();
        assert_eq!(
            seen,
            [
                ("a", Change::Modified, 2, 1),
                ("new", Change::Added, 1, 0),
                ("moved", Change::Renamed, 0, 0),
                ("gone", Change::Deleted, 0, 1)
            ]
        );
        assert_eq!(files[2].old_path.as_deref(), Some("old"));
        assert_eq!(parse("nothing of that kind").files, []);
    }
}
