//! Repositories whose commits are signed.

use super::{agent, says, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::{MergeSettings, MergeStrategy};
use octopoid_core::testing::git_in;
use octopoid_core::testing::{Scene, TempRepository};
use std::process::Command;

/// A repository that signs with an SSH key; none where `ssh-keygen` is not installed.
fn signing(passphrase: &str) -> Option<TempRepository> {
    let repository = with_files(&[("a.txt", "a\n")]);
    let key = repository.beside("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-C", "test@example.invalid", "-N", passphrase, "-f"])
        .arg(&key)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("ssh-keygen is not installed: left out");
        return None;
    }
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let known = repository.beside("allowed");
    std::fs::write(&known, format!("test@example.invalid {public}")).unwrap();
    for (name, value) in [
        ("gpg.format", "ssh"),
        ("user.signingKey", key.to_str().unwrap()),
        ("gpg.ssh.allowedSignersFile", known.to_str().unwrap()),
        ("commit.gpgSign", "true"),
    ] {
        repository.git(&["config", name, value]);
    }
    Some(repository)
}

/// Two commits, the second of which the agent does not sign; the user commits meanwhile, so that both are replayed.
fn work(scene: &Scene<'_>, checkout: &std::path::Path) {
    let sign: &[&str] = &["--no-gpg-sign"];
    for name in ["one.txt", "two.txt"] {
        scene.write(name, "work\n");
        scene.git(&["add", "--all"]);
        let option = if name == "two.txt" { sign } else { &[] };
        scene.git(
            &[&["commit", "--quiet", "--message", name, "--date", "2020-02-02T02:02:02+0330"], option]
                .concat(),
        );
    }
    std::fs::write(checkout.join("mine.txt"), "mine\n").unwrap();
    git_in(checkout, &["add", "mine.txt"]);
    git_in(checkout, &["commit", "--quiet", "--message", "Mine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lands_is_signed_where_the_user_signs() {
    for strategy in [MergeStrategy::Rebase, MergeStrategy::Squash, MergeStrategy::Merge] {
        let Some(repository) = signing("") else { return };
        let checkout = repository.path().to_owned();
        let mut setting = Setting::of(repository, agent(move |scene| work(scene, &checkout)));
        setting.settings = setting.settings.clone().with_merge(MergeSettings::new(strategy));
        let id = setting.take().await;
        let said = setting.said(&id).await;
        assert_eq!(setting.queue(&id).await, Queue::Done, "{strategy:?}: {said}");
        says(&said, &["sign: ", "as `commit.gpgSign` asks for"]);
        let marks = setting.repository.git(&["log", "--format=%G? %s", "main"]);
        let unsigned: Vec<_> = marks.lines().filter(|line| !line.starts_with("G ")).collect();
        assert_eq!(unsigned, ["N Initial commit"], "{strategy:?}: {marks}");
        assert_eq!(setting.files_in_main(), ["README.md", "a.txt", "mine.txt", "one.txt", "two.txt"]);
        if strategy == MergeStrategy::Rebase {
            let newest = setting.repository.git(&["log", "-1", "--format=%an|%aI|%s|%cn", "main"]);
            assert_eq!(newest.trim(), "Scripted|2020-02-02T02:02:02+03:30|two.txt|Test");
        }
        assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
        assert_eq!(setting.repository.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_left_uncommitted_is_signed_too() {
    let Some(repository) = signing("") else { return };
    let setting = Setting::of(repository, agent(|scene| scene.write("work.txt", "work\n")));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    let newest = setting.repository.git(&["log", "-1", "--format=%G?|%an|%s", "main"]);
    assert_eq!(newest.trim(), "G|worker|Change it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_needs_a_person_is_not_waited_for_and_it_is_said() {
    let Some(repository) = signing("a passphrase") else { return };
    let setting = Setting::of(
        repository,
        agent(|scene| {
            scene.write("work.txt", "work\n");
            scene.git(&["add", "--all"]);
            scene.git(&["commit", "--quiet", "--no-gpg-sign", "--message", "Add work"]);
        }),
    );
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    says(&said, &["sign: the commits land without signatures", "`commit.gpgSign` is set"]);
    assert_eq!(setting.repository.git(&["log", "-1", "--format=%G?|%s", "main"]).trim(), "N|Add work");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_program_that_is_missing_is_said() {
    let setting = Setting::new(agent(|scene| scene.write("work.txt", "work\n")));
    setting.repository.git(&["config", "gpg.program", "/nowhere/gpg"]);
    setting.repository.git(&["config", "commit.gpgSign", "true"]);
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    says(&said, &["sign: the commits land without signatures", "/nowhere/gpg"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_nothing_is_signed_and_nothing_said() {
    let Some(repository) = signing("") else { return };
    repository.git(&["config", "commit.gpgSign", "false"]);
    let setting = Setting::of(repository, agent(|scene| scene.write("work.txt", "work\n")));
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    assert!(!said.contains("sign"), "{said}");
    assert_eq!(setting.repository.git(&["log", "-1", "--format=%G?", "main"]).trim(), "N");
}
