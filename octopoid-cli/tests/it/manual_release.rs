//! What a release is made of agrees with itself: archives, the metadata for `cargo binstall`, workflows and the compose file.

use serde_yaml::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn yaml(path: &str) -> Value {
    let text = std::fs::read_to_string(repository().join(path)).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The name of the archive for a target, as the release makes it.
fn archive(target: &str) -> String {
    let output = Command::new(repository().join(".ci/dist")).args(["--name", target]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A value of the metadata for `cargo binstall`, with its variables filled in.
fn binstall(key: &str, target: &str) -> String {
    let manifest = std::fs::read_to_string(repository().join("octopoid-cli/Cargo.toml")).unwrap();
    let (_, metadata) = manifest.split_once("[package.metadata.binstall]").unwrap();
    let line = metadata.lines().find_map(|line| line.strip_prefix(&format!("{key} = \""))).unwrap();
    [("repo", env!("CARGO_PKG_REPOSITORY")), ("version", env!("CARGO_PKG_VERSION")), ("target", target)]
        .into_iter()
        .chain([("bin", "octopoid"), ("binary-ext", "")])
        .fold(line.trim_end_matches('"').to_owned(), |text, (name, value)| {
            text.replace(&format!("{{ {name} }}"), value)
        })
}

#[test]
fn binstall_finds_the_archives_that_the_release_makes() {
    let release = yaml(".github/workflows/release.yml");
    let targets = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_sequence().unwrap();
    assert_eq!(targets.len(), 4);
    for entry in targets {
        let target = entry["target"].as_str().unwrap();
        let name = archive(target);
        let url = binstall("pkg-url", target);
        let folder = format!("/releases/download/v{}/", env!("CARGO_PKG_VERSION"));
        assert_eq!(url, format!("{}{folder}{name}.tar.gz", env!("CARGO_PKG_REPOSITORY")));
        assert_eq!(binstall("bin-dir", target), format!("{name}/octopoid"));
    }
}

#[test]
fn workflows_call_the_scripts_of_the_repository() {
    let ci = std::fs::read_to_string(repository().join(".github/workflows/ci.yml")).unwrap();
    for script in [".ci/run", ".ci/features"] {
        assert!(ci.contains(&format!("run: {script}\n")), "{script}");
        assert!(repository().join(script).is_file(), "{script}");
    }
    let release = std::fs::read_to_string(repository().join(".github/workflows/release.yml")).unwrap();
    assert!(release.contains("run: .ci/dist ${{ matrix.target }}\n"));
    // They use the toolchain of `rust-version`.
    for text in [ci, release] {
        for line in text.lines().filter(|line| line.contains("rustup toolchain install")) {
            assert!(line.contains(&format!("install {} ", env!("CARGO_PKG_RUST_VERSION"))), "{line}");
        }
    }
}

#[test]
fn the_container_serves_the_queue_as_the_manual_says() {
    let compose = yaml("compose.yaml");
    let server = &compose["services"]["server"];
    assert!(repository().join(server["build"]["dockerfile"].as_str().unwrap()).is_file());
    // Without a proxy no other machine reaches it.
    assert_eq!(server["ports"][0], "127.0.0.1:8787:8787");
    let file = std::fs::read_to_string(repository().join("Containerfile")).unwrap();
    let manual = std::fs::read_to_string(repository().join("octopoid-cli/docs/running.md")).unwrap();
    for text in [file, manual] {
        assert!(text.contains("key create --scope default --database /data/queue.db"), "{text}");
    }
}
