//! Diffs of several files, as git writes them.

use crate::model::{Change, Diff, FileDiff};
use std::borrow::Cow;

/// Parses a unified diff of several files. What does not look like one is left out.
pub fn parse(text: &str) -> Diff {
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
    Diff::new(starts.iter().zip(ends).map(|(start, end)| file(&text[*start..end])).collect())
}

/// Parses the diff of one file.
fn file(patch: &str) -> FileDiff {
    let head: Vec<&str> = patch.lines().take_while(|line| !line.starts_with("@@ ")).collect();
    let says = |prefix: &str| head.iter().find_map(|line| line.strip_prefix(prefix));
    let named = |prefix: &str, side: &str| {
        says(prefix).and_then(|name| Some(unquoted(name).strip_prefix(side)?.to_owned()))
    };
    let renamed = says("rename from ").zip(says("rename to "));
    let path = renamed.map(|(_, to)| unquoted(to).into_owned());
    let path = path.or_else(|| named("+++ ", "b/")).or_else(|| named("--- ", "a/"));
    let path = path.unwrap_or_else(|| of_head(head.first().copied().unwrap_or_default()));
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
    file.old_path = renamed.map(|(from, _)| unquoted(from).into_owned());
    file.binary =
        head.iter().any(|line| line.starts_with("Binary file") || line.starts_with("GIT binary patch"));
    file
}

/// Returns the path in the first line, `diff --git a/PATH b/PATH`, where no other line has it: both sides name the same file.
fn of_head(line: &str) -> String {
    let names = line.strip_prefix("diff --git ").unwrap_or(line);
    let length = names.len().saturating_sub(1) / 2;
    let first = names.get(..length).map_or(Cow::Borrowed(names), unquoted);
    first.strip_prefix("a/").unwrap_or(&first).to_owned()
}

/// Returns a name as it is, which git quotes where it has special characters.
fn unquoted(name: &str) -> Cow<'_, str> {
    let name = name.trim_end_matches('\t');
    let Some(quoted) = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) else {
        return Cow::Borrowed(name);
    };
    let (mut bytes, mut rest) = (Vec::with_capacity(quoted.len()), quoted.as_bytes());
    while let [first, after @ ..] = rest {
        (rest, bytes) = match (first, after) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                let byte = (a - b'0') * 64 + (b - b'0') * 8 + (c - b'0');
                (after, pushed(bytes, byte))
            }
            (b'\\', [letter, after @ ..]) => (after, pushed(bytes, escaped(*letter))),
            (byte, after) => (after, pushed(bytes, *byte)),
        };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn pushed(mut bytes: Vec<u8>, byte: u8) -> Vec<u8> {
    bytes.push(byte);
    bytes
}

/// Returns the byte that a letter behind a backslash stands for.
const fn escaped(letter: u8) -> u8 {
    match letter {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_found_with_its_kind_of_change() {
        let text = "diff --git a/a.txt b/a.txt\nindex 1..2 100644\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n--- two\n+diff --git 2\n\
                    diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n\
                    diff --git a/x b/y.png b/x b/y.png\nindex 1..2 100644\nBinary files a/x b/y.png and b/x b/y.png differ\n\
                    diff --git a/old b/moved\nsimilarity index 100%\nrename from old\nrename to moved\n\
                    diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let files = parse(text).files;
        let seen: Vec<_> =
            files.iter().map(|file| (file.path.as_str(), file.change, file.added, file.removed)).collect();
        assert_eq!(
            seen,
            [
                ("a.txt", Change::Modified, 1, 1),
                ("new", Change::Added, 1, 0),
                ("x b/y.png", Change::Modified, 0, 0),
                ("moved", Change::Renamed, 0, 0),
                ("gone", Change::Deleted, 0, 1)
            ]
        );
        assert!(files[2].binary);
        assert_eq!(files[3].old_path.as_deref(), Some("old"));
        assert_eq!(files.iter().map(|file| file.patch.as_str()).collect::<String>(), text);
        assert_eq!(parse("nothing of that kind").files, []);
    }

    #[test]
    fn quoted_names_are_read_as_they_are() {
        let of = |name: &str| {
            let text = format!("diff --git x y\n--- /dev/null\n+++ {name}\n@@ -0,0 +1 @@\n+x\n");
            parse(&text).files[0].path.clone()
        };
        assert_eq!(of(r#""b/a\tb\"c\303\266.txt""#), "a\tb\"cö.txt");
        assert_eq!(of("b/with space.txt\t"), "with space.txt");
        let quoted = "diff --git \"a/\\\"q\\\".png\" \"b/\\\"q\\\".png\"\nBinary files differ\n";
        assert_eq!(parse(quoted).files[0].path, "\"q\".png");
    }
}
