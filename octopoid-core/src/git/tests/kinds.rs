//! Tests with repositories of every kind.

use super::{commit, git, open, program, work, worktree};
use crate::git::tests::remove;
use crate::git::{Advance, GitError, Rebased, Repository};
use crate::testing::TempRepository;

#[test]
fn a_folder_without_a_repository_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = Repository::open(folder.path(), program()).unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    assert!(error.to_string().contains("git init"));
}

#[test]
fn an_empty_repository_says_that_it_needs_a_commit() {
    let repository = TempRepository::empty("empty", &[]);
    let error = open(repository.path()).tip("main").unwrap_err();
    assert!(matches!(error, GitError::Empty { .. }), "{error}");
    assert!(error.to_string().contains("make a first one"));
}

#[test]
fn a_branch_that_is_gone_is_named() {
    let repository = TempRepository::new();
    let error = open(repository.path()).tip("gone").unwrap_err();
    assert!(error.is_branch_missing() && error.to_string().contains("`gone`"), "{error}");
}

#[test]
fn paths_with_spaces_and_other_letters_work() {
    let repository = TempRepository::named("räume und ✨ kästen");
    let tree = worktree(&repository, "task-1");
    let head = work(&tree, "größe & co.txt", "ü\n", "Füge hinzu");
    let opened = open(repository.path());
    let base = opened.tip("main").unwrap();
    let diff = opened.diff(&base, &head).unwrap();
    assert_eq!(diff.files[0].path, "größe & co.txt");
    assert_eq!(opened.log(&base, &head).unwrap()[0].summary, "Füge hinzu");
    assert_eq!(opened.advance("main", &base, &head).unwrap(), Advance::Moved);
    assert!(repository.path().join("größe & co.txt").exists());
    remove(tree).unwrap();
}

#[test]
fn a_bare_repository_has_worktrees_and_lands() {
    let repository = TempRepository::new();
    let bare = repository.add_remote("origin");
    let opened = open(bare.path());
    assert!(opened.is_bare().unwrap());
    let base = opened.tip("main").unwrap();
    let tree = opened.worktree_add(&repository.beside("trees").join("task-1"), &base).unwrap();
    let head = work(&tree, "a.txt", "a\n", "Add a");
    assert_eq!(opened.advance("main", &base, &head).unwrap(), Advance::Moved);
    assert_eq!(opened.tip("main").unwrap(), head);
    assert_eq!(opened.advance("main", &base, &head).unwrap(), Advance::AlreadyThere);
}

#[test]
fn a_shallow_clone_works_within_what_it_has() {
    let origin = TempRepository::new();
    for number in 0..5 {
        origin.write("n.txt", &number.to_string());
        origin.commit(&format!("Number {number}"));
    }
    let clone = origin.beside("shallow");
    let address = format!("file://{}", origin.path().display());
    git(&origin.beside(""), &["clone", "--quiet", "--depth", "1", &address, clone.to_str().unwrap()]);
    let opened = open(&clone);
    let base = opened.tip("main").unwrap();
    let tree = opened.worktree_add(&clone.join(".octopoid/worktrees/task-1"), &base).unwrap();
    let head = work(&tree, "a.txt", "a\n", "Add a");
    assert_eq!(opened.count_commits(&base, &head).unwrap(), 1);
    assert!(matches!(tree.rebase(&base, None).unwrap(), Rebased::Onto { moved: false, commits: 1, .. }));
    assert_eq!(opened.advance("main", &base, &head).unwrap(), Advance::Moved);
}

#[test]
fn submodules_are_filled_from_the_users_own_clone() {
    let (library, repository) = (TempRepository::named("library"), TempRepository::new());
    library.write("lib.txt", "lib\n");
    library.commit("A library");
    let address = library.path().to_str().unwrap().to_owned();
    repository.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &address, "sub"]);
    repository.commit("Use the library");
    // The submodule's origin is no longer needed.
    drop(library);
    let tree = worktree(&repository, "task-1");
    assert_eq!(std::fs::read_to_string(tree.path().join("sub/lib.txt")).unwrap(), "lib\n");
    assert!(!tree.is_dirty().unwrap());
    assert!(repository.git(&["config", "submodule.sub.url"]).contains(&address), "the user's setting stays");
    remove(tree).unwrap();
    assert!(repository.path().join("sub/lib.txt").exists());
}

#[test]
fn files_that_are_not_utf8_are_shown_and_never_stop_anything() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    std::fs::write(tree.path().join("latin1.txt"), b"caf\xe9\n").unwrap();
    std::fs::write(tree.path().join("binary.bin"), [0u8, 159, 146, 150]).unwrap();
    git(tree.path(), &["add", "--all"]);
    git(tree.path(), &["commit", "--quiet", "-m", "Bytes"]);
    let base = commit(&repository, "main");
    let diff = open(repository.path()).diff(&base, &tree.head().unwrap()).unwrap();
    assert!(diff.files.iter().any(|file| file.path == "binary.bin" && file.binary));
    assert!(diff.files.iter().any(|file| file.path == "latin1.txt" && file.patch.contains("caf\u{fffd}")));
}
