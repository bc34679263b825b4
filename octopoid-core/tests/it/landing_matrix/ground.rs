//! The repositories of the matrix.

use crate::situations::become_clone;
use octopoid_core::testing::TempRepository;
use octopoid_core::testing::git_in;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Lfs,
    Sparse,
    SplitIndex,
    Shallow,
    Submodule,
    AutoCrlf,
}

/// Where the agent and others find things.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub(super) kind: Kind,
    /// The user's checkout.
    pub(super) checkout: PathBuf,
    pub(super) remote: Option<PathBuf>,
    /// The newest commit that the remote of the submodule has, and the repository beside it.
    pub(super) library: Option<(PathBuf, String)>,
}

/// Files outside of the cone of a sparse checkout.
pub(super) const OUTSIDE: [(&str, &str); 2] =
    [("docs/guide.txt", "guide\n"), ("docs/api/index.txt", "api\n")];

/// A filter that works like LFS as far as git is concerned, for machines without it.
const FILTER: [(&str, &str); 3] = [
    ("filter.lfs.clean", "sed 's/^/stored:/'"),
    ("filter.lfs.smudge", "sed 's/^stored://'"),
    ("filter.lfs.required", "true"),
];

impl Ground {
    pub(super) fn make(kind: Kind) -> (TempRepository, Self) {
        let repository = TempRepository::empty("repository", &[]);
        if kind == Kind::AutoCrlf {
            repository.git(&["config", "core.autocrlf", "true"]);
        }
        if kind == Kind::Lfs {
            set_up_lfs(repository.path());
            repository.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
            repository.write("assets/a.bin", "the first content\n");
        }
        for (path, text) in [
            ("README.md", "# A repository\n"),
            ("src/app.txt", "one\ntwo\nthree\n"),
            ("src/old.txt", "old\n"),
            ("src/tool.sh", "#!/bin/sh\n"),
        ] {
            repository.write(path, &kind.text(text));
        }
        for (path, text) in OUTSIDE {
            repository.write(path, &kind.text(text));
        }
        repository.commit("Initial commit");
        let mut ground = Self { kind, checkout: repository.path().to_owned(), remote: None, library: None };
        match kind {
            Kind::Plain => {}
            Kind::AutoCrlf => {
                // As git itself writes it.
                fs::remove_file(repository.path().join("src/app.txt")).unwrap();
                repository.git(&["checkout", "--quiet", "--", "."]);
                assert!(read(&repository, "src/app.txt").ends_with("three\r\n"));
            }
            Kind::Lfs => {
                let remote = repository.beside("remote.git");
                git_in(
                    repository.path(),
                    &["init", "--quiet", "--template=", "--bare", "-b", "main", text(&remote)],
                );
                repository.git(&["remote", "add", "origin", &address(&remote)]);
                repository.git(&["push", "--quiet", "origin", "main"]);
                ground.remote = Some(remote);
            }
            Kind::Sparse => {
                repository.git(&["sparse-checkout", "set", "--cone", "src"]);
                assert!(!repository.path().join("docs").exists());
            }
            Kind::SplitIndex => {
                repository.git(&["config", "core.splitIndex", "true"]);
                repository.git(&["update-index", "--split-index"]);
                let names = fs::read_dir(repository.path().join(".git")).unwrap().flatten();
                assert!(
                    names
                        .map(|entry| entry.file_name())
                        .any(|name| text(Path::new(&name)).starts_with("shared")),
                    "the index is split"
                );
            }
            Kind::Shallow => {
                let remote = repository.beside("remote.git");
                repository.write("src/app.txt", "one\ntwo\nthree\nfour\n");
                repository.commit("Four");
                repository.git(&["clone", "--quiet", "--template=", "--bare", ".", text(&remote)]);
                become_clone(&repository, &address(&remote), &["--depth", "1"]);
                assert_eq!(repository.git(&["rev-list", "--count", "main"]).trim(), "1", "it is shallow");
                ground.remote = Some(remote);
            }
            Kind::Submodule => {
                let library = TempRepository::named("library");
                library.write("lib.txt", "lib\n");
                library.commit("A library");
                let place = repository.beside("library.git");
                library.git(&["clone", "--quiet", "--template=", "--bare", ".", text(&place)]);
                let settings = ["-c", "protocol.file.allow=always", "-c", "init.templateDir="];
                let add = ["submodule", "--quiet", "add", text(&place), "sub"];
                repository.git(&[&settings[..], &add[..]].concat());
                repository.commit("Use the library");
                // As a clone with its submodules has it.
                repository.git(&["-C", "sub", "checkout", "--quiet", "--detach"]);
                // Later, so that only the library's own repository has it.
                library.write("lib.txt", "a newer lib\n");
                library.commit("A newer library");
                library.git(&["push", "--quiet", text(&place), "main"]);
                ground.library = Some((place, library.git(&["rev-parse", "main"]).trim().to_owned()));
            }
        }
        assert!(repository.git(&["status", "--porcelain"]).is_empty());
        (repository, ground)
    }

    /// Makes a commit of another person on the base branch, while the agent is at work.
    pub(super) fn move_on(&self) {
        let Some(remote) = &self.remote else {
            return commit_file(&self.checkout, &self.kind.text("mate\n"));
        };
        let clone = tempfile::tempdir().unwrap();
        self.clone_to(clone.path(), remote, &[]);
        commit_file(clone.path(), "mate\n");
        git_in(clone.path(), &["push", "--quiet", "origin", "main"]);
    }

    /// The branch that others follow, as they get it.
    pub(super) fn clone_of_base(&self, folder: &Path) {
        let from = self.remote.as_ref().unwrap_or(&self.checkout);
        let more = match self.kind {
            Kind::AutoCrlf => &["--config", "core.autocrlf=true"][..],
            Kind::Submodule => &["--recurse-submodules"],
            _ => &[],
        };
        self.clone_to(folder, from, more);
    }

    fn clone_to(&self, folder: &Path, from: &Path, more: &[&str]) {
        let mut arguments =
            vec!["-c", "protocol.file.allow=always", "clone", "--quiet", "--template=", "--branch", "main"];
        arguments.extend(more);
        let filter: Vec<String> = match self.kind {
            Kind::Lfs => lfs_settings().iter().map(|(key, value)| format!("{key}={value}")).collect(),
            _ => Vec::new(),
        };
        arguments.extend(filter.iter().flat_map(|setting| ["--config", setting.as_str()]));
        let from = address(from);
        arguments.extend([from.as_str(), "."]);
        git_in(folder, &arguments);
    }
}

impl Kind {
    /// Text as files of such a checkout have it.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Kind::AutoCrlf => text.replace('\n', "\r\n"),
            _ => text.to_owned(),
        }
    }
}

/// Adds and commits a file as a person does.
fn commit_file(folder: &Path, text: &str) {
    fs::write(folder.join("mate.txt"), text).unwrap();
    git_in(folder, &["add", "mate.txt"]);
    git_in(folder, &["commit", "--quiet", "--message", "By a mate"]);
}

/// Whether Git LFS itself is there.
pub(super) fn has_lfs() -> bool {
    Command::new("git").args(["lfs", "version"]).output().unwrap().status.success()
}

fn set_up_lfs(folder: &Path) {
    if !has_lfs() {
        println!("git-lfs is not installed: a filter of this test's own takes its place");
    }
    for (key, value) in lfs_settings() {
        git_in(folder, &["config", key, value]);
    }
}

/// As `git lfs install` writes them.
fn lfs_settings() -> Vec<(&'static str, &'static str)> {
    if !has_lfs() {
        return FILTER.to_vec();
    }
    vec![
        ("filter.lfs.clean", "git-lfs clean -- %f"),
        ("filter.lfs.smudge", "git-lfs smudge -- %f"),
        ("filter.lfs.process", "git-lfs filter-process"),
        ("filter.lfs.required", "true"),
    ]
}

fn read(repository: &TempRepository, path: &str) -> String {
    fs::read_to_string(repository.path().join(path)).unwrap()
}

fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
