//! The work's commits, one by one.

use crate::made_up::examples;
use crate::repository::Repository;
use crate::result::{approved, files, rejected, removed};
use octopoid_plugin::serde_json::json;

/// A line with a secret, and the secret.
fn secret() -> (String, String) {
    let example = examples(21).remove(2);
    (example.line, example.secret)
}

#[test]
fn a_secret_that_a_later_commit_removes_is_found_in_its_commit() {
    let repository = Repository::new();
    let (line, secret) = secret();
    let guilty = repository.commit(&[("b/a b.rs", &format!("one\ntwo\n{line}\n"))], "add");
    repository.commit(&[("b/a b.rs", "one\ntwo\n")], "remove");
    let finished = repository.guard().run();
    assert!(!format!("{finished:?}").contains(&secret), "{finished:?}");
    let feedback = rejected(finished);
    let words = format!(
        "- b/a b.rs:3: AWS access key: `let key = \"[hidden]\";` (commit {guilty}; a later commit removes it"
    );
    assert!(feedback.contains(&words), "{words}: {feedback}");
    assert!(feedback.contains(&format!("git reset --soft {}", &repository.base()[..10])), "{feedback}");
    approved(repository.guard().settings(json!({ "history": false })).run());
}

#[test]
fn a_secret_that_is_still_there_is_listed_once_with_its_commit() {
    let repository = Repository::new();
    let (line, _) = secret();
    let guilty = repository.commit(&[("a.rs", &format!("{line}\n"))], "add");
    repository.commit(&[("b.rs", "x\n")], "more");
    let diff = files(&[("a.rs", &format!("@@ -0,0 +1 @@\n+{line}\n")), ("b.rs", "@@ -0,0 +1 @@\n+x\n")]);
    let feedback = rejected(repository.guard().diff(diff).run());
    assert!(feedback.contains("in one place"), "{feedback}");
    assert!(
        feedback
            .contains(&format!("- a.rs:1: AWS access key: `let key = \"[hidden]\";` (commit {guilty})\n")),
        "{feedback}"
    );
}

#[test]
fn commits_without_secrets_are_approved() {
    let repository = Repository::new();
    repository.commit(&[("a.rs", "x\n"), ("ümlaut \"q\".rs", "y\n")], "a\n\n+ not a patch\n@@ -1 +1 @@");
    repository.commit(&[("a.rs", "")], "empty it");
    let said = approved(repository.guard().run());
    assert!(said.ends_with("and 2 commits"), "{said}");
}

#[test]
fn what_was_there_before_is_nobodys_fault() {
    let mut repository = Repository::new();
    let (line, _) = secret();
    repository.commit(&[("old.rs", &format!("{line}\n{}", "filler\n".repeat(50)))], "long ago");
    repository.begin_here();
    repository.git(&["mv", "old.rs", "new.rs"]);
    repository.commit(&[], "move it");
    repository.commit(&[("new.rs", "gone\n")], "remove it");
    approved(repository.guard().run());
}

#[test]
fn messages_of_commits_are_looked_at() {
    let repository = Repository::new();
    let (line, secret) = secret();
    let guilty = repository.commit(&[("a.rs", "x\n")], &format!("Add uploads\n\nTested with {line}"));
    let finished = repository.guard().run();
    assert!(!format!("{finished:?}").contains(&secret), "{finished:?}");
    let feedback = rejected(finished);
    assert!(feedback.contains("- a commit message: AWS access key: `Tested with"), "{feedback}");
    assert!(feedback.contains(&format!("(commit {guilty})")), "{feedback}");
}

#[test]
fn files_of_credentials_are_found_in_commits() {
    let repository = Repository::new();
    repository.commit(&[(".env", "A=b\n"), ("keys/x.p12", "\0\u{1}\0"), ("plain", "not much\n")], "add");
    repository.git(&["mv", "plain", "id_rsa"]);
    repository.commit(&[], "rename");
    repository.git(&["rm", "-q", "-r", ".env", "keys", "id_rsa"]);
    repository.commit(&[], "remove");
    let feedback = rejected(repository.guard().run());
    for path in [".env: ", "keys/x.p12: ", "id_rsa: "] {
        assert!(feedback.contains(&format!("- {path}")), "{path}: {feedback}");
    }
    approved(repository.guard().settings(json!({ "allow_files": [".env", "keys/**", "id_rsa"] })).run());
}

#[test]
fn a_secret_in_the_resolution_of_a_merge_is_found() {
    let repository = Repository::new();
    let (line, _) = secret();
    repository.commit(&[("a.rs", "ours\n")], "ours");
    repository.git(&["checkout", "-q", "-b", "side", repository.base()]);
    repository.commit(&[("a.rs", "theirs\n")], "theirs");
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["merge", "-q", "-s", "ours", "--no-commit", "side"]);
    let merge = repository.commit(&[("a.rs", &format!("both\n{line}\n"))], "merge");
    repository.commit(&[("a.rs", "both\n")], "remove");
    let feedback = rejected(repository.guard().run());
    assert!(feedback.contains("- a.rs:2: AWS access key") && feedback.contains(&merge), "{feedback}");
}

#[test]
fn a_line_that_was_accepted_later_is_accepted_in_its_commit_too() {
    let repository = Repository::new();
    let (line, _) = secret();
    let marked = format!("{line} // secrets-guard: allow, a test");
    repository.commit(&[("a.rs", &format!("{line}\n"))], "add");
    repository.commit(&[("a.rs", &format!("{marked}\n"))], "accept");
    let diff = files(&[("a.rs", &format!("@@ -0,0 +1 @@\n+{marked}\n"))]);
    approved(repository.guard().diff(diff).run());
    let feedback = rejected(repository.guard().settings(json!({ "allow_inline": false })).run());
    assert!(feedback.contains("in one place"), "{feedback}");
}

#[test]
fn a_file_too_large_for_the_diff_is_seen_in_its_commits() {
    let repository = Repository::new();
    let (line, _) = secret();
    repository.commit(&[("huge.sql", &format!("one\n{line}\n"))], "add");
    let feedback = rejected(repository.guard().diff(files(&[("huge.sql", &removed(17))])).run());
    assert!(feedback.contains("- huge.sql:2: AWS access key"), "{feedback}");
    assert!(!feedback.contains("too large"), "{feedback}");
}

#[test]
fn i20_what_git_cannot_show_is_an_error_and_no_approval() {
    let repository = Repository::new();
    let finished = repository.guard().request(|request| request.workspace.base = Some("b".repeat(40))).run();
    let error = finished.outcome.unwrap_err();
    assert!(error.message.contains("`git log -p` failed in"), "{error}");
    let gone = repository.guard().workspace("/nonexistent").run().outcome.unwrap_err();
    assert!(gone.message.contains("git could not be started in /nonexistent"), "{gone}");
}
