//! Tests with work that is in a branch in another form than its own commits (I12).

use super::{commit, git, open, work, worktree};
use crate::model::CommitId;
use crate::testing::TempRepository;

/// Creates two commits of work in a worktree, and a branch that has advanced.
fn two_commits(repository: &TempRepository) -> CommitId {
    let worktree = worktree(repository, "work");
    work(&worktree, "a.txt", "a\n", "Add a");
    let head = work(&worktree, "b.txt", "b\n", "Add b");
    repository.write("other.txt", "other\n");
    repository.commit("Something else");
    head
}

fn seen(repository: &TempRepository, head: &CommitId) -> Option<CommitId> {
    open(repository.path()).seen_in(head, &commit(repository, "main")).unwrap()
}

#[test]
fn merged_squashed_and_rebased_work_is_seen() {
    let repository = TempRepository::new();
    let head = two_commits(&repository);
    assert_eq!(seen(&repository, &head), None);
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "Merge", head.as_str()]);
    assert_eq!(seen(&repository, &head), Some(head));

    let repository = TempRepository::new();
    let head = two_commits(&repository);
    repository.git(&["merge", "--quiet", "--squash", head.as_str()]);
    repository.commit("Both at once");
    let squashed = commit(&repository, "main");
    repository.write("later.txt", "later\n");
    repository.commit("Later");
    assert_eq!(seen(&repository, &head), Some(squashed));

    let repository = TempRepository::new();
    let head = two_commits(&repository);
    repository.git(&["cherry-pick", &format!("{head}^")]);
    repository.write("between.txt", "between\n");
    repository.commit("Between");
    assert_eq!(seen(&repository, &head), None, "half of it is not the work");
    repository.git(&["cherry-pick", head.as_str()]);
    assert_eq!(seen(&repository, &head), Some(commit(&repository, "main")));
}

#[test]
fn what_only_looks_like_the_work_is_not_it() {
    let repository = TempRepository::new();
    let head = two_commits(&repository);
    // The same files and messages, with other content.
    repository.write("a.txt", "another a\n");
    repository.commit("Add a");
    repository.write("b.txt", "b\n");
    repository.commit("Add b");
    assert_eq!(seen(&repository, &head), None);
    // A merge of other work.
    git(repository.path(), &["checkout", "--quiet", "-b", "side", "main~3"]);
    repository.write("c.txt", "c\n");
    repository.commit("Add c");
    git(repository.path(), &["checkout", "--quiet", "main"]);
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "Add a and b", "side"]);
    assert_eq!(seen(&repository, &head), None);
}

#[test]
fn what_the_branch_was_before_a_forge_merged_is_told_where_it_can_be() {
    let before_of = |repository: &TempRepository, head: &CommitId, commits: u32| {
        let base = commit(repository, "main~0^{/Initial}");
        let merged = commit(repository, "main");
        open(repository.path()).before_merge(&merged, &base, head, commits).unwrap()
    };
    let repository = TempRepository::new();
    let head = two_commits(&repository);
    let before = commit(&repository, "main");
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "Merge", head.as_str()]);
    assert_eq!(before_of(&repository, &head, 2), Some(before));

    let repository = TempRepository::new();
    let head = two_commits(&repository);
    let before = commit(&repository, "main");
    repository.git(&["merge", "--quiet", "--squash", head.as_str()]);
    repository.commit("Both at once");
    assert_eq!(before_of(&repository, &head, 2), Some(before));

    let repository = TempRepository::new();
    let head = two_commits(&repository);
    repository.git(&["cherry-pick", &format!("{head}^"), head.as_str()]);
    assert_eq!(before_of(&repository, &head, 2), None, "one of several");
}
