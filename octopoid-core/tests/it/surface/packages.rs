//! What is in the packages that are published.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each package cannot do without, beside its license, its front page and every file that its source includes.
const PACKAGES: [(&str, &str, &[&str]); 6] = [
    ("octopoid-core", "octopoid-core", &["src/lib.rs"]),
    ("octopoid-plugin", "plugins/sdk", &["src/lib.rs", "include/octopoid_plugin.h"]),
    ("octopoid-store", "octopoid-store", &["src/lib.rs", "openapi.json", "migrations/0001_tasks.sql"]),
    (
        "octopoid-roles",
        "octopoid-roles",
        &["src/lib.rs", "roles/implement/role.yaml", "roles/review/prompt.md", "roles/breakdown/prompt.md"],
    ),
    ("octopoid-web", "octopoid-cli/web", &["src/lib.rs", "assets/main.js", "assets/style.css"]),
    (
        "octopoid-cli",
        "octopoid-cli",
        &[
            "src/main.rs",
            "templates/sdk/src/lib.rs",
            "templates/sdk/include/octopoid_plugin.h",
            "templates/c/hello.c",
        ],
    ),
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The files of a package, as cargo would publish them.
fn files(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--offline", "--allow-dirty", "--package", package])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn packages_have_their_license_and_everything_that_is_built_into_them() {
    for (package, folder, needed) in PACKAGES {
        let (files, folder) = (files(package), workspace().join(folder));
        for file in ["LICENSE", "README.md"].iter().chain(needed) {
            assert!(files.contains(*file), "{package} lacks {file}");
            // A link to a file elsewhere in this repository is packaged as that file.
            assert!(folder.join(file).metadata().unwrap().is_file(), "{package}: {file}");
        }
        for source in files.iter().filter(|file| file.starts_with("src/") && file.ends_with(".rs")) {
            let text = std::fs::read_to_string(folder.join(source)).unwrap();
            for included in included(source, &text) {
                assert!(files.contains(&included), "{package} lacks {included}, which {source} includes");
            }
        }
        let folders: BTreeSet<_> = ["migrations", "templates", "roles", "include"].into();
        for top in folders {
            for file in all_files(&folder.join(top)) {
                let file = file.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
                assert!(files.contains(&file), "{package} lacks {file}");
            }
        }
    }
}

/// The paths in the package of what a source file includes by a literal path.
fn included(source: &str, text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for call in ["include_str!(\"", "include_bytes!(\""] {
        for rest in text.split(call).skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            let mut path: Vec<&str> = source.split('/').collect();
            path.pop();
            for part in name.split('/') {
                match part {
                    ".." => assert!(path.pop().is_some(), "{source} includes {name}, outside of its package"),
                    part => path.push(part),
                }
            }
            paths.push(path.join("/"));
        }
    }
    paths
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { all_files(&path) } else { vec![path] }).collect()
}

#[test]
fn packages_say_what_they_are_and_their_links_work_elsewhere() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"])
        .current_dir(workspace())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let published: BTreeSet<_> = PACKAGES.iter().map(|(package, ..)| *package).collect();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let may_be_published = package["publish"].is_null();
        assert_eq!(may_be_published, published.contains(name), "{name}");
        if !may_be_published {
            continue;
        }
        for field in ["description", "license", "repository", "readme"] {
            assert!(package[field].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {field}");
        }
        let keywords = package["keywords"].as_array().unwrap();
        assert!((1..=5).contains(&keywords.len()), "{name}: {keywords:?}");
        assert!(!package["categories"].as_array().unwrap().is_empty(), "{name} has no categories");
        let library = package["targets"].as_array().unwrap().iter().any(|target| target["kind"][0] == "lib");
        let all_features = &package["metadata"]["docs"]["rs"]["all-features"];
        assert!(!library || all_features == true, "{name}: docs.rs leaves features out");
    }
    for (package, folder, _) in PACKAGES {
        let text = std::fs::read_to_string(workspace().join(folder).join("README.md")).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let absolute = link.starts_with("https://") || link.starts_with('#');
            assert!(absolute, "{package}: the link {link} leads nowhere on docs.rs");
        }
    }
}
