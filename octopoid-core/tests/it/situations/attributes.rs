//! Files that git would commit otherwise than they are committed: no agent changed them.

use super::{agent, says, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::testing::{Scene, TempRepository};

/// A file whose committed content is not what its attributes ask for.
fn with_unnormalised(attributes: &'static str) -> TempRepository {
    let repository = TempRepository::empty("repository", &[]);
    repository.write("windows.txt", "one\r\ntwo\r\n");
    repository.write("README.md", "# A repository\n");
    repository.commit("Initial commit");
    repository.git(&["config", "filter.stored.clean", "sed 's/^/stored:/'"]);
    repository.git(&["config", "filter.stored.smudge", "sed 's/^stored://'"]);
    repository.write(".gitattributes", attributes);
    repository.git(&["add", ".gitattributes"]);
    repository.git(&["commit", "--quiet", "--message", "Attributes"]);
    repository
}

fn work(scene: &Scene<'_>) {
    if scene.read("work.txt").is_empty() {
        scene.write("work.txt", "work\n");
        scene.git(&["add", "work.txt"]);
        scene.git(&["commit", "--quiet", "--message", "Add work"]);
    }
}

/// What the logs of the attempts say.
fn logs(setting: &Setting) -> String {
    let mut text = String::new();
    let mut paths = vec![setting.repository.path().join(".octopoid/logs")];
    while let Some(path) = paths.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => paths.extend(entries.flatten().map(|entry| entry.path())),
            Err(_) => text.push_str(&std::fs::read_to_string(path).unwrap()),
        }
    }
    text
}

async fn accuses_no_agent(setting: &Setting) {
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    assert!(!said.contains("leftovers:") && !said.contains("guard:"), "{said}");
    let logs = logs(setting);
    assert!(!logs.contains("the role changed files"), "{logs}");
    let kept = setting.repository.git(&["for-each-ref", "refs/octopoid"]);
    assert_eq!(kept, "", "nothing had to be kept");
    assert_eq!(setting.calls("implement").len(), 1, "nothing was asked");
    setting.assert_in_main("windows.txt", "one\r\ntwo\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_normalised_are_not_taken_for_changes() {
    for attributes in ["* text=auto\n", "*.txt filter=stored\n", "*.txt text eol=lf\n"] {
        accuses_no_agent(&Setting::of(with_unnormalised(attributes), agent(work))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_an_agent_adds_make_no_changes_of_files_that_it_did_not_touch() {
    let setting = Setting::of(
        with_files(&[("windows.txt", "one\r\ntwo\r\n")]),
        agent(|scene| {
            scene.write(".gitattributes", "* text=auto\n");
            scene.git(&["add", ".gitattributes"]);
            if !scene.git(&["diff", "--cached", "--name-only"]).is_empty() {
                scene.git(&["commit", "--quiet", "--message", "Attributes"]);
            }
        }),
    );
    accuses_no_agent(&setting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_such_a_file_is_a_change_all_the_same() {
    let setting = Setting::of(
        with_unnormalised("* text=auto\n"),
        agent(|scene| {
            work(scene);
            scene.write("windows.txt", "one\r\nzwei\r\n");
        }),
    );
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    says(&said, &["`windows.txt`", "not part of the work", "refs/octopoid/kept"]);
    setting.assert_in_main("windows.txt", "one\r\ntwo\r\n");
    let kept = setting.repository.git(&["for-each-ref", "--format=%(refname)", "refs/octopoid/kept"]);
    let text = setting.repository.git(&["show", &format!("{}:windows.txt", kept.trim())]);
    assert!(text.contains("zwei"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_left_outside_of_a_sparse_checkout_is_taken_in_like_any_other() {
    let repository = with_files(&[("src/a.txt", "a\n"), ("docs/b.txt", "b\n")]);
    repository.git(&["sparse-checkout", "set", "--cone", "src"]);
    let setting = Setting::of(
        repository,
        agent(|scene| {
            scene.write("src/new.txt", "new\n");
            scene.write("docs/new.txt", "new\n");
        }),
    );
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("docs/new.txt", "new\n");
    setting.assert_in_main("docs/b.txt", "b\n");
    setting.assert_in_main("src/new.txt", "new\n");
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_sparse_worktree_has_the_files_outside_of_it() {
    let repository = with_files(&[("src/a.txt", "a\n"), ("docs/b.txt", "b\n")]);
    repository.git(&["sparse-checkout", "set", "--cone", "src"]);
    let setting = Setting::of(
        repository,
        agent(|scene| {
            work(scene);
            scene.write("src/a.txt", "changed\n");
        }),
    );
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    let kept = setting.repository.git(&["for-each-ref", "--format=%(refname)", "refs/octopoid/kept"]);
    let files = setting.repository.git(&["ls-tree", "-r", "--name-only", kept.trim()]);
    assert_eq!(files, "README.md\ndocs/b.txt\nsrc/a.txt\nwork.txt\n");
}
