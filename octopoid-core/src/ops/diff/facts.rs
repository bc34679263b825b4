//! What is to be known of a changed file beyond its lines.

use crate::model::{Change, FileDiff};

/// File names of images end with one of these.
const IMAGES: [&str; 9] = ["png", "jpg", "jpeg", "gif", "webp", "bmp", "ico", "tiff", "avif"];

/// Returns what changed of a file beside its lines, and what it is where it is no text: its mode, that it is a symbolic link, an
/// image or another binary file, and how much of it stayed the same when it was renamed.
pub fn facts(file: &FileDiff) -> Vec<String> {
    let head: Vec<&str> = file.patch.lines().filter(|line| !is_row(line)).collect();
    let says = |prefix: &str| head.iter().find_map(|line| line.strip_prefix(prefix)).map(str::trim);
    let (gone, new) = (says("deleted file mode "), says("new file mode "));
    let mut facts = Vec::new();
    match (gone, new) {
        (Some(gone), Some(new)) => {
            facts.push(format!("was {} and is {}: {gone} → {new}", kind(gone), kind(new)))
        }
        (Some(mode), None) | (None, Some(mode)) if mode != "100644" => facts.push(kind(mode).to_owned()),
        _ => {}
    }
    if let (Some(old), Some(new)) = (says("old mode "), says("new mode ")) {
        facts.push(match (old, new) {
            ("100644", "100755") => format!("became executable: {old} → {new}"),
            ("100755", "100644") => format!("is not executable any more: {old} → {new}"),
            _ => format!("its mode changed: {old} → {new}"),
        });
    }
    if let Some(mode) = says("index ").and_then(|index| index.split_once(' ')).map(|(_, mode)| mode)
        && matches!(mode, "120000" | "160000")
    {
        facts.push(kind(mode).to_owned());
    }
    if let Some(same) = says("similarity index ").filter(|_| file.change == Change::Renamed) {
        facts.push(match same {
            "100%" => "its content is the same".to_owned(),
            same => format!("{same} of it is the same"),
        });
    }
    if file.binary {
        facts.push(if is_image(&file.path) { "an image" } else { "a binary file" }.to_owned());
    }
    facts
}

fn is_row(line: &str) -> bool {
    line.starts_with([' ', '+', '-', '@', '\\'])
}

fn kind(mode: &str) -> &'static str {
    match mode {
        "100755" => "an executable file",
        "120000" => "a symbolic link",
        "160000" => "a submodule",
        _ => "a file",
    }
}

fn is_image(path: &str) -> bool {
    let end = path.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    end.is_some_and(|end| IMAGES.contains(&&*end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::diff::parse;

    fn of(head: &str) -> Vec<String> {
        facts(&parse(&format!("diff --git a/x.png b/x.png\n{head}")).files[0])
    }

    #[test]
    fn modes_links_and_binary_files_are_named() {
        assert_eq!(of("old mode 100644\nnew mode 100755\n"), ["became executable: 100644 → 100755"]);
        assert_eq!(
            of("new file mode 120000\n--- /dev/null\n+++ b/x.png\n@@ -0,0 +1 @@\n+old mode 1\n"),
            ["a symbolic link"]
        );
        assert_eq!(of("index 1..2 100644\nBinary files a/x.png and b/x.png differ\n"), ["an image"]);
        assert_eq!(of("index 1..2 100644\n--- a/x.png\n+++ b/x.png\n@@ -1 +1 @@\n-a\n+b\n"), [""; 0]);
        let renamed = "similarity index 97%\nrename from y\nrename to x.png\n";
        assert_eq!(of(renamed), ["97% of it is the same"]);
    }
}
