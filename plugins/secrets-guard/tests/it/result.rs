//! The work as a whole: its diff.

use crate::made_up::{Source, examples};
use octopoid_plugin::testing::{Finished, Harness};
use octopoid_plugin::{Change, Diff, FileDiff, Outcome};
use secrets_guard::SecretsGuard;

pub(crate) fn guard() -> Harness<SecretsGuard> {
    Harness::new("Add uploads", "")
}

/// New files with these patches.
pub(crate) fn files(files: &[(&str, &str)]) -> Diff {
    Diff::new(files.iter().map(|(path, patch)| FileDiff::new(*path, Change::Added, *patch)).collect())
}

pub(crate) fn rejected(finished: Finished) -> String {
    match finished.outcome {
        Ok(Outcome::Rejected { feedback }) => feedback,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn approved(finished: Finished) -> String {
    match finished.outcome {
        Ok(Outcome::Approved { feedback }) => feedback,
        other => panic!("{other:?}"),
    }
}

fn key() -> String {
    format!("key(\"AKIA{}\")", Source::new(7).upper(16))
}

#[test]
fn only_added_lines_count() {
    let key = key();
    let patch = format!("@@ -1,3 +1,3 @@\n {key}\n-{key}\n+harmless\n x\n");
    let said = approved(guard().diff(files(&[("a.rs", &patch)])).run());
    assert_eq!(said, "no credentials in 1 added lines of 1 files");
    let patch = format!("@@ -5,2 +7,3 @@ fn x()\n a\n+b\n+{key}\n-c\n");
    let feedback = rejected(guard().diff(files(&[("src/a.rs", &patch)])).run());
    assert!(feedback.contains("- src/a.rs:9: AWS access key: `key(\"[hidden]\")`\n"), "{feedback}");
}

#[test]
fn the_feedback_says_what_to_do() {
    let feedback = rejected(guard().diff(files(&[("a.rs", &format!("@@ -0,0 +1 @@\n+{}\n", key()))])).run());
    for words in [
        "in one place",
        "--amend",
        "git reset --soft",
        "rebase -i",
        "revoked",
        "secrets-guard: allow",
        "`allow_files`",
    ] {
        assert!(feedback.contains(words), "{words}: {feedback}");
    }
}

#[test]
fn lock_files_binary_files_and_deleted_files_are_skipped() {
    let patch = format!("@@ -0,0 +1 @@\n+{}\n", key());
    let mut diff = files(&[("web/package-lock.json", &patch), ("a.png", &patch), ("b.rs", &patch)]);
    diff.files[1].binary = true;
    diff.files[2].change = Change::Deleted;
    approved(guard().diff(diff).run());
}

#[test]
fn new_files_of_credentials_are_refused_by_their_names() {
    for path in ["deploy/id_ed25519", ".env", "keys/app.p12"] {
        let feedback = rejected(guard().diff(files(&[(path, "")])).run());
        assert!(feedback.contains(&format!("- {path}: ")), "{path}: {feedback}");
        let mut known = files(&[(path, "@@ -0,0 +1 @@\n+A=b\n")]);
        known.files[0].change = Change::Modified;
        approved(guard().diff(known).run());
    }
    approved(guard().diff(files(&[(".env.example", "@@ -0,0 +1 @@\n+A=b\n"), ("id_rsa.pub", "")])).run());
}

#[test]
fn a_name_that_is_a_secret_is_not_shown_either() {
    let example = examples(9).remove(4);
    let path = format!("keys/{}.txt", example.secret);
    let finished = guard().diff(files(&[(&path, &format!("@@ -0,0 +1 @@\n+{}\n", key()))])).run();
    assert!(!format!("{finished:?}").contains(&example.secret), "{finished:?}");
}

/// Text that makes a diff larger than what one answer may hold, and has nothing to look at.
pub(crate) fn removed(megabytes: usize) -> String {
    let line = format!("-{}\n", "some words ".repeat(1 << 13));
    format!("@@ -1,{0} +0,0 @@\n{1}", megabytes * 12, line.repeat(megabytes * 12))
}

#[test]
fn a_diff_that_is_too_large_is_looked_at_file_by_file() {
    let noise = removed(6);
    let secret = format!("@@ -0,0 +1 @@\n+{}\n", key());
    let diff = files(&[("a.txt", &noise), ("b.txt", &noise), ("c.txt", &noise), ("last.rs", &secret)]);
    let finished = guard().diff(diff).run();
    assert_eq!(finished.progress.last().unwrap(), "file 4 of 4");
    assert!(rejected(finished).contains("last.rs:1: AWS access key"));
}

#[test]
fn a_file_that_is_too_large_is_not_taken_for_clean() {
    let diff = files(&[("huge.sql", &removed(17))]);
    let feedback = rejected(guard().diff(diff.clone()).run());
    assert!(feedback.contains("huge.sql: file too large to be looked at"), "{feedback}");
    let settings = octopoid_plugin::serde_json::json!({ "allow_files": ["*.sql"] });
    approved(guard().settings(settings).diff(diff).run());
}
