//! What must hold after each landing.

use super::ground::{Ground, Kind, OUTSIDE};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::{State, TaskId};
use octopoid_core::testing::git_in;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A file as the file system has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum File {
    Plain { text: String, runs: bool },
    Link(PathBuf),
}

pub(super) type Files = BTreeMap<PathBuf, File>;

/// Reads every file below a folder, without what is git's or ours.
pub(super) fn files(folder: &Path) -> Files {
    let mut all = Files::new();
    collect(folder, Path::new(""), &mut all);
    all
}

fn collect(folder: &Path, below: &Path, all: &mut Files) {
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let (name, kind) = (entry.file_name(), entry.file_type().unwrap());
        if name == ".git" || name == ".octopoid" {
            continue;
        }
        let path = below.join(name);
        if kind.is_dir() {
            collect(folder, &path, all);
        } else if kind.is_symlink() {
            all.insert(path, File::Link(fs::read_link(entry.path()).unwrap()));
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            let runs = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            all.insert(path, File::Plain { text, runs });
        }
    }
}

/// Checks the repository after a task whose agent left these files.
pub(super) async fn check(setting: &Setting, id: &TaskId, ground: &Ground, mut wanted: Files) {
    let task = setting.task(id).await;
    let State::Done { landed: Some(landed), .. } = &task.state else {
        let runs = setting.runs(id).await;
        let steps: Vec<_> =
            runs.iter().flat_map(|run| &run.steps).map(|step| (&step.name, &step.detail)).collect();
        panic!("{:?} {steps:#?}", task.state)
    };
    let plain = |text: &str| File::Plain { text: ground.kind.text(text), runs: false };
    wanted.insert("mate.txt".into(), plain("mate\n"));

    let places: Vec<&Path> =
        [Some(&ground.checkout), ground.remote.as_ref()].into_iter().flatten().map(|path| &**path).collect();
    for place in places {
        git_in(place, &["merge-base", "--is-ancestor", landed.as_str(), "main"]);
        let found = git_in(place, &["fsck", "--strict", "--no-dangling", "--no-progress"]);
        assert_eq!(found, "", "git fsck in {}", place.display());
    }
    assert_eq!(git_in(&ground.checkout, &["status", "--porcelain"]), "", "the checkout is clean");
    assert_eq!(git_in(&ground.checkout, &["branch", "--format=%(refname)"]), "refs/heads/main\n");
    same(&files(&ground.checkout), &wanted, "the checkout");

    if ground.kind == Kind::Sparse {
        wanted.extend(OUTSIDE.map(|(path, text)| (path.into(), plain(text))));
    }
    let clone = tempfile::tempdir().unwrap();
    ground.clone_of_base(clone.path());
    same(&files(clone.path()), &wanted, "a clone of the base branch");
    if ground.kind == Kind::AutoCrlf {
        let ends = git_in(&ground.checkout, &["ls-files", "--eol"]);
        assert!(ends.lines().all(|line| !line.contains("i/crlf") && !line.contains("i/mixed")), "{ends}");
    }
}

fn same(found: &Files, wanted: &Files, place: &str) {
    for path in found.keys().chain(wanted.keys()) {
        assert_eq!(found.get(path), wanted.get(path), "{} in {place}", path.display());
    }
}
