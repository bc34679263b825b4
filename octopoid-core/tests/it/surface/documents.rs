//! Files that the documents for contributors name: a renamed one is renamed there too.

use std::path::{Path, PathBuf};

const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

#[test]
fn every_file_that_a_document_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut all = Vec::new();
    list(root, root, &mut all);
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        for named in text.split('`').skip(1).step_by(2).filter(|text| is_path(text)) {
            for path in alternatives(named.trim_end_matches('/')) {
                if !all.iter().any(|file| is_named(file, &path)) {
                    missing.push(format!("{document}: {path}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "these files are not there:\n{}", missing.join("\n"));
}

/// Returns whether a path is meant by a name, which may leave out the folders before it. Tests are named with their folder.
fn is_named(file: &Path, name: &str) -> bool {
    file.ends_with(name) && (name.contains("tests") || !file.iter().any(|part| part == "tests"))
}

/// Returns whether a text between backticks is a path in this repository.
fn is_path(text: &str) -> bool {
    let is_written_as_one = text.chars().all(|c| c.is_alphanumeric() || "._-/{},".contains(c));
    is_written_as_one && (text.contains('/') || text.ends_with(".rs")) && !text.starts_with(['.', '/'])
}

/// Returns the paths that `a/{b,c}.rs` stands for.
fn alternatives(text: &str) -> Vec<String> {
    let (Some(open), Some(close)) = (text.find('{'), text.find('}')) else { return vec![text.to_owned()] };
    let (before, after) = (&text[..open], &text[close + 1..]);
    text[open + 1..close].split(',').flat_map(|one| alternatives(&format!("{before}{one}{after}"))).collect()
}

fn list(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name == "target" || name == ".git" {
            continue;
        }
        found.push(path.strip_prefix(root).unwrap().to_owned());
        if path.is_dir() && !path.is_symlink() {
            list(root, &path, found);
        }
    }
}

#[test]
fn a_name_with_braces_stands_for_several_files() {
    assert_eq!(alternatives("a/{b,c}.rs"), ["a/b.rs", "a/c.rs"]);
    assert!(is_path("src/x.rs") && is_path("x.rs") && !is_path("cargo test") && !is_path("TaskStore::claim"));
    assert!(
        is_named(Path::new("core/src/a/b.rs"), "a/b.rs")
            && !is_named(Path::new("core/tests/a/b.rs"), "a/b.rs")
    );
}
