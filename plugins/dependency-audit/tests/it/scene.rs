//! A workspace with lock files, and programs that say what the real ones said.

use dependency_audit::DependencyAudit;
use octopoid_plugin::serde_json::{Value, json};
use octopoid_plugin::testing::{Finished, Harness};
use octopoid_plugin::{Outcome, Proposal};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Debug)]
pub(crate) struct Scene {
    folder: TempDir,
}

/// A file of what the real tools printed.
pub(crate) fn captured(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captured").join(name)
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["work", "programs"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub(crate) fn with_lock(self, name: &str) -> Self {
        fs::copy(captured(name), self.work().join(name)).unwrap();
        self
    }

    pub(crate) fn with_file(self, name: &str, text: &str) -> Self {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// With a program of this name.
    pub(crate) fn with_program(self, name: &str, script: &str) -> Self {
        let path = self.folder.path().join("programs").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// With a `cargo-deny` that prints what it once printed, and fails as it did.
    pub(crate) fn with_cargo_deny(self) -> Self {
        let script = format!(
            "[ \"$*\" = '--format json --color never check advisories' ] && [ -f Cargo.lock ] || exit 9\ncat '{}' >&2; exit 1",
            captured("cargo-deny.jsonl").display()
        );
        self.with_program("cargo-deny", &script)
    }

    pub(crate) fn with_npm(self) -> Self {
        let script = format!(
            "[ \"$*\" = 'audit --json' ] && [ -f package-lock.json ] || exit 9\necho notice >&2; cat '{}'; exit 1",
            captured("npm-audit.json").display()
        );
        self.with_program("npm", &script)
    }

    /// The settings, with the programs of the scene found first.
    pub(crate) fn harness(&self, mut settings: Value) -> Harness<DependencyAudit> {
        settings["search"] = json!([self.folder.path().join("programs")]);
        Harness::new("Audit the dependencies", "").workspace(self.work()).settings(settings)
    }

    pub(crate) fn run(&self, settings: Value) -> Finished {
        self.harness(settings).run()
    }
}

pub(crate) fn drafts(finished: Finished) -> Vec<Proposal> {
    match finished.outcome {
        Ok(Outcome::Proposed { drafts }) => drafts,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn titles(finished: Finished) -> Vec<String> {
    drafts(finished).into_iter().map(|draft| draft.title).collect()
}

pub(crate) fn nothing(finished: Finished) -> String {
    match finished.outcome {
        Ok(Outcome::Nothing { reason }) => reason,
        other => panic!("{other:?}"),
    }
}
