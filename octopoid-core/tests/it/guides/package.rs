//! A package in an empty folder, made as a guide says.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of this repository.
pub(super) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// A guide: the text of a file under a heading.
pub(super) struct Guide {
    text: String,
}

impl Guide {
    pub(super) fn read(file: &str, heading: &str) -> Self {
        let text = std::fs::read_to_string(workspace().join(file)).unwrap();
        let (_, text) = text
            .split_once(&format!("\n## {heading}\n"))
            .unwrap_or_else(|| panic!("{file} has no `{heading}`"));
        let text = text.split("\n## ").next().unwrap_or_default().to_owned();
        Self { text }
    }

    /// Returns the one block of a language, as its reader sees it: without the lines that rustdoc hides.
    pub(super) fn block(&self, language: &str) -> String {
        let mut blocks = self.text.split("\n```").filter(|block| block.starts_with(language));
        let block = blocks.next().unwrap_or_else(|| panic!("no block of {language} in\n{}", self.text));
        assert!(blocks.next().is_none(), "two blocks of {language}");
        let lines = block.lines().skip(1).filter(|line| *line != "#" && !line.starts_with("# "));
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// A package of somebody who follows a guide.
pub(super) struct Package {
    folder: tempfile::TempDir,
}

impl Package {
    /// Makes it by `cargo init`, with the dependencies of a guide; those of this repository are taken from here.
    pub(super) fn new(name: &str, dependencies: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let package = Self { folder };
        std::fs::create_dir(package.path()).unwrap();
        package.cargo(&["init", "--vcs", "none", "--name", name]).unwrap();
        let manifest = package.path().join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).unwrap();
        let text = text.replace("\n[dependencies]\n", "") + &here(dependencies);
        std::fs::write(manifest, text).unwrap();
        // What was fetched for this repository is enough.
        std::fs::copy(workspace().join("Cargo.lock"), package.path().join("Cargo.lock")).unwrap();
        package
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("package")
    }

    /// A path beside the package.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Copies a folder of this repository.
    pub(super) fn copy(&self, from: &str, to: &str) {
        for entry in std::fs::read_dir(workspace().join(from)).unwrap() {
            let entry = entry.unwrap();
            let (from, to) = (
                format!("{from}/{}", entry.file_name().display()),
                format!("{to}/{}", entry.file_name().display()),
            );
            if entry.file_type().unwrap().is_dir() {
                self.copy(&from, &to);
            } else {
                self.write(&to, &std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }

    /// Runs cargo, without the network and with what was built before; both its outputs, where it fails as the error.
    pub(super) fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        run(Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(self.path())
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_NET_OFFLINE", "true")
            // As this repository builds what it depends on, so that it need not be built again.
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_PROFILE_TEST_DEBUG", "false"))
    }
}

/// Runs a program; both its outputs, where it fails as the error.
pub(super) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(text) } else { Err(text) }
}

/// The folder in which this test itself was built.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

/// Points the dependencies on Octopoid to this repository.
fn here(dependencies: &str) -> String {
    let mut text = String::new();
    for line in dependencies.lines() {
        let line = match line.split_once(" = ") {
            Some((name, _)) if name.starts_with("octopoid-") => {
                let path = format!("path = \"{}\"", workspace().join(name).display());
                let published = "git = \"https://github.com/octopoid/octopoid\"";
                assert!(line.contains(published), "{line} does not say where it comes from");
                line.replace(published, &path)
            }
            _ => line.to_owned(),
        };
        text += &format!("{line}\n");
    }
    text
}
