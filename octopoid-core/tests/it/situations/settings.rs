//! What users have configured for git commands of their own changes nothing of ours, and stays as it is.

use super::{agent, read, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::{Queue, State};
use octopoid_core::orchestrator::{MergeSettings, MergeStrategy};
use octopoid_core::testing::Scene;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// An agent with commits of every kind; the base branch moves on meanwhile.
fn work(scene: &Scene<'_>) {
    scene.write("a.txt", "one\nzwei\nthree\n");
    scene.write("new.txt", "new\n");
    scene.git(&["add", "--all"]);
    scene.git(&[
        "commit",
        "--quiet",
        "--cleanup=verbatim",
        "--message",
        "Add\n\n# Not a comment\nand more\n",
    ]);
    scene.write("new.txt", "newer\n");
    scene.git(&["commit", "--quiet", "--all", "--fixup", "HEAD"]);
    scene.write("größe.txt", "ü\n");
    scene.commit("Last");
}

/// Takes a task through a repository with these settings and a remote.
async fn lands_with(settings: &[(&str, &str)], strategy: MergeStrategy, prepare: impl Fn(&Setting)) {
    let repository = with_files(&[("a.txt", "one\ntwo\nthree\n")]);
    let remote = repository.add_remote("origin");
    let there = remote.path().to_owned();
    let mut setting = Setting::of(
        repository,
        agent(move |scene| {
            work(scene);
            let clone = tempfile::tempdir().unwrap();
            octopoid_core::testing::git_in(clone.path(), &["clone", "--quiet", there.to_str().unwrap(), "."]);
            fs::write(clone.path().join("mate.txt"), "mate\n").unwrap();
            octopoid_core::testing::git_in(clone.path(), &["add", "--all"]);
            octopoid_core::testing::git_in(clone.path(), &["commit", "--quiet", "--message", "By a mate"]);
            octopoid_core::testing::git_in(clone.path(), &["push", "--quiet", "origin", "main"]);
        }),
    );
    for (key, value) in settings {
        setting.repository.git(&["config", "--add", key, value]);
    }
    prepare(&setting);
    let config = fs::read_to_string(setting.repository.path().join(".git/config")).unwrap();
    setting.settings =
        setting.settings.clone().with_remote("origin").with_merge(MergeSettings::new(strategy));
    let id = setting.take().await;

    let said = setting.said(&id).await;
    let State::Done { landed: Some(landed), .. } = setting.task(&id).await.state else {
        panic!("{settings:?}: {said}")
    };
    assert!(!said.contains("guard:"), "{settings:?}: {said}");
    for branch in [
        setting.repository.git(&["rev-parse", "refs/heads/main"]),
        remote.git(&["rev-parse", "refs/heads/main"]),
    ] {
        assert_eq!(branch.trim(), landed.as_str(), "{settings:?}");
    }
    assert_eq!(remote.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main\n", "{settings:?}");
    assert_eq!(setting.files_in_main(), ["README.md", "a.txt", "größe.txt", "mate.txt", "new.txt"]);
    setting.assert_in_main("new.txt", "newer\n");
    let checkout = setting.repository.path();
    assert_eq!(read(checkout, "a.txt"), "one\nzwei\nthree\n", "{settings:?}");
    let clean = setting.repository.git(&["status", "--porcelain", "--untracked-files=all"]);
    assert_eq!(clean, "", "{settings:?}");
    let after = fs::read_to_string(checkout.join(".git/config")).unwrap();
    assert_eq!(after, config, "{settings:?}");
    if strategy == MergeStrategy::Rebase {
        let log = setting.repository.git(&["log", "--format=%B", "-z", "main"]);
        let wanted = ["Last\n", "fixup! Add\n", "Add\n\n# Not a comment\nand more\n", "By a mate\n"];
        assert_eq!(log.split('\0').take(4).collect::<Vec<_>>(), wanted, "{settings:?}");
    }
}

async fn each_lands(all: &[&[(&str, &str)]]) {
    for settings in all {
        lands_with(settings, MergeStrategy::Rebase, |_| {}).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_for_merges_into_the_base_branch() {
    let options = "branch.main.mergeoptions";
    each_lands(&[
        &[(options, "--squash")],
        &[(options, "--no-ff --no-commit")],
        &[(options, "--no-ff --signoff")],
        &[(options, "--strategy=ours --no-overwrite-ignore")],
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_merges() {
    each_lands(&[
        &[("merge.ff", "no"), ("merge.autoStash", "true")],
        &[("merge.ff", "only"), ("merge.verifySignatures", "true"), ("pull.ff", "only")],
        &[
            ("merge.conflictStyle", "zdiff3"),
            ("merge.renames", "false"),
            ("merge.stat", "true"),
            ("merge.log", "true"),
        ],
    ])
    .await;
    lands_with(&[("merge.ff", "only"), ("merge.log", "true")], MergeStrategy::Merge, |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_rebases_and_commits() {
    each_lands(&[
        &[("rebase.autoSquash", "true"), ("rebase.autoStash", "true"), ("rebase.updateRefs", "true")],
        &[("rebase.backend", "apply"), ("apply.whitespace", "error"), ("core.whitespace", "trailing-space")],
        &[
            ("rebase.instructionFormat", "%an %s"),
            ("rebase.abbreviateCommands", "true"),
            ("core.abbrev", "40"),
        ],
        &[("commit.cleanup", "strip"), ("commit.verbose", "true"), ("core.commentChar", "A")],
        &[("core.editor", "false"), ("sequence.editor", "false"), ("commit.status", "false")],
        &[
            ("rebase.missingCommitsCheck", "error"),
            ("rebase.rescheduleFailedExec", "true"),
            ("rerere.enabled", "true"),
        ],
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_pushes_and_fetches() {
    each_lands(&[
        &[("push.followTags", "true"), ("push.default", "nothing"), ("push.autoSetupRemote", "true")],
        &[("push.pushOption", "ci.skip"), ("push.gpgSign", "if-asked"), ("push.useForceIfIncludes", "true")],
        &[("remote.origin.mirror", "true")],
        &[("remote.origin.push", "refs/heads/*:refs/heads/*"), ("remote.origin.tagOpt", "--tags")],
        &[
            ("fetch.prune", "true"),
            ("fetch.pruneTags", "true"),
            ("fetch.all", "true"),
            ("fetch.writeCommitGraph", "true"),
        ],
        &[
            ("remote.pushDefault", "elsewhere"),
            ("branch.main.remote", "."),
            ("branch.main.merge", "refs/heads/side"),
        ],
    ])
    .await;
    let with_tag = |setting: &Setting| {
        setting.repository.git(&["tag", "--annotate", "--message", "Private", "private"]);
    };
    lands_with(&[("push.followTags", "true")], MergeStrategy::Rebase, with_tag).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_what_is_shown() {
    each_lands(&[
        &[("status.showUntrackedFiles", "no"), ("status.branch", "true"), ("status.renames", "copies")],
        &[("core.quotePath", "true"), ("diff.noprefix", "true"), ("color.ui", "always")],
        &[("diff.external", "false"), ("diff.renames", "copies"), ("diff.ignoreSubmodules", "all")],
        &[
            ("log.showSignature", "true"),
            ("log.follow", "true"),
            ("format.pretty", "oneline"),
            ("core.pager", "false"),
        ],
        &[("submodule.recurse", "true"), ("checkout.guess", "false"), ("clean.requireForce", "true")],
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_the_index_and_the_repository() {
    each_lands(&[
        &[("feature.manyFiles", "true"), ("core.untrackedCache", "true")],
        &[("index.version", "4"), ("index.sparse", "true"), ("core.preloadIndex", "false")],
        &[("core.fileMode", "false"), ("core.trustctime", "false"), ("core.checkStat", "minimal")],
        &[("core.logAllRefUpdates", "false"), ("gc.auto", "1"), ("gc.autoDetach", "false")],
        &[("core.sharedRepository", "group"), ("core.precomposeUnicode", "true"), ("core.safecrlf", "true")],
        &[("worktree.guessRemote", "true"), ("user.useConfigOnly", "true"), ("core.splitIndex", "true")],
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_of_the_users_neither_stop_nor_see_our_commands() {
    let hooks = |setting: &Setting| {
        let folder = setting.repository.path().join(".git/hooks");
        let ran = setting.repository.beside("ran");
        // Of these, the agent's own commands run none.
        for name in
            ["pre-rebase", "pre-merge-commit", "pre-push", "post-merge", "post-checkout", "post-rewrite"]
        {
            let path = folder.join(name);
            fs::write(&path, format!("#!/bin/sh\necho {name} >> '{}'\nexit 1\n", ran.display())).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    };
    for strategy in [MergeStrategy::Rebase, MergeStrategy::Squash, MergeStrategy::Merge] {
        let checked = |setting: &Setting| {
            hooks(setting);
            assert!(!setting.repository.beside("ran").exists());
        };
        lands_with(&[], strategy, checked).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_hook_that_refuses_does_not_lose_what_an_agent_left() {
    let setting = Setting::new(agent(|scene| scene.write("work.txt", "work\n")));
    let hook = setting.repository.path().join(".git/hooks/pre-commit");
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("work.txt", "work\n");
}
