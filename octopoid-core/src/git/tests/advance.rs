//! Tests of advancing the base branch together with the user's checkout.

use super::{open, work, worktree};
use crate::git::Advance;
use crate::model::CommitId;
use crate::testing::TempRepository;

/// Creates a repository with `mine.txt`, and work that changes `README.md`.
fn prepared() -> (TempRepository, CommitId, CommitId) {
    let repository = TempRepository::new();
    repository.write("mine.txt", "mine\n");
    repository.commit("Mine");
    let tree = worktree(&repository, "task-1");
    let from = tree.head().unwrap();
    let to = work(&tree, "README.md", "# changed\n", "Change");
    (repository, from, to)
}

fn waits(advance: Advance) -> String {
    match advance {
        Advance::Blocked { why } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn i20_a_branch_moves_forward_only_and_by_compare_and_swap() {
    let (repository, from, to) = prepared();
    let opened = open(repository.path());
    repository.git(&["checkout", "--quiet", "-b", "elsewhere"]);
    assert_eq!(opened.can_advance("main", &from, &to).unwrap(), Advance::Moved);
    assert_eq!(opened.tip("main").unwrap(), from, "asking moves nothing");
    assert_eq!(opened.advance("main", &from, &to).unwrap(), Advance::Moved);
    assert_eq!(opened.advance("main", &from, &to).unwrap(), Advance::AlreadyThere);
    assert_eq!(opened.advance("main", &to, &from).unwrap(), Advance::AlreadyThere);
    let other = open(repository.path());
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("more.txt", "more\n");
    repository.commit("More");
    let now = other.tip("main").unwrap();
    let tree = worktree(&repository, "task-2");
    let ahead = work(&tree, "x.txt", "x\n", "X");
    assert_eq!(other.advance("main", &to, &ahead).unwrap(), Advance::BaseMoved { now });
}

#[test]
fn uncommitted_changes_elsewhere_survive_and_the_checkout_follows() {
    let (repository, from, to) = prepared();
    repository.write("mine.txt", "changed by me\n");
    repository.write("untracked.txt", "new\n");
    assert_eq!(open(repository.path()).advance("main", &from, &to).unwrap(), Advance::Moved);
    assert_eq!(std::fs::read_to_string(repository.path().join("README.md")).unwrap(), "# changed\n");
    assert_eq!(std::fs::read_to_string(repository.path().join("mine.txt")).unwrap(), "changed by me\n");
    assert_eq!(repository.git(&["status", "--porcelain"]), " M mine.txt\n?? untracked.txt\n");
}

#[test]
fn uncommitted_changes_in_the_way_make_it_wait_and_are_named() {
    let (repository, from, to) = prepared();
    repository.write("README.md", "# my own draft\n");
    for staged in [false, true] {
        if staged {
            repository.git(&["add", "README.md"]);
        }
        let why = waits(open(repository.path()).advance("main", &from, &to).unwrap());
        assert!(why.contains("README.md") && why.contains("commit, stash or move"), "{why}");
        assert_eq!(open(repository.path()).tip("main").unwrap(), from);
        assert_eq!(std::fs::read_to_string(repository.path().join("README.md")).unwrap(), "# my own draft\n");
    }
}

#[test]
fn an_untracked_file_in_the_way_makes_it_wait() {
    let repository = TempRepository::new();
    let tree = worktree(&repository, "task-1");
    let (from, to) = (tree.head().unwrap(), work(&tree, "new.txt", "theirs\n", "New"));
    repository.write("new.txt", "mine\n");
    assert!(waits(open(repository.path()).advance("main", &from, &to).unwrap()).contains("new.txt"));
    assert_eq!(std::fs::read_to_string(repository.path().join("new.txt")).unwrap(), "mine\n");
}

#[test]
fn a_merge_or_another_git_at_work_in_the_checkout_makes_it_wait() {
    let (repository, from, to) = prepared();
    let lock = repository.path().join(".git/index.lock");
    std::fs::write(&lock, "").unwrap();
    assert!(waits(open(repository.path()).advance("main", &from, &to).unwrap()).contains("index.lock"));
    std::fs::remove_file(lock).unwrap();

    repository.git(&["checkout", "--quiet", "-b", "other", "HEAD"]);
    repository.write("README.md", "# other\n");
    repository.commit("Other");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.git(&["merge", "--quiet", "--no-ff", "--no-commit", "other"]);
    let why = waits(open(repository.path()).advance("main", &from, &to).unwrap());
    assert!(why.contains("merge is under way"), "{why}");
}

#[test]
fn a_checkout_in_another_worktree_follows_too() {
    let (repository, from, to) = prepared();
    repository.git(&["checkout", "--quiet", "--detach"]);
    let second = repository.beside("second");
    repository.git(&["worktree", "add", "--quiet", second.to_str().unwrap(), "main"]);
    assert_eq!(open(repository.path()).advance("main", &from, &to).unwrap(), Advance::Moved);
    assert_eq!(std::fs::read_to_string(second.join("README.md")).unwrap(), "# changed\n");
    // A detached checkout does not matter.
    assert_eq!(std::fs::read_to_string(repository.path().join("README.md")).unwrap(), "# A repository\n");
}
