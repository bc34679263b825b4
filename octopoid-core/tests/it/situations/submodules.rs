//! Submodules: a pointer lands only where others can follow it (I32).

use super::{agent, says};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::TestSettings;
use octopoid_core::testing::git_in;
use octopoid_core::testing::{Scene, TempRepository};
use std::path::{Path, PathBuf};

/// A repository with a submodule, as a clone has it, and the remote of the submodule.
fn with_submodule() -> (TempRepository, PathBuf) {
    let (library, repository) = (TempRepository::named("library"), TempRepository::new());
    let remote = repository.beside("library.git");
    library.git(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    let file = "protocol.file.allow=always";
    repository.git(&["-c", file, "submodule", "--quiet", "add", remote.to_str().unwrap(), "sub"]);
    repository.git(&["-C", "sub", "checkout", "--quiet", "--detach"]);
    repository.commit("Use the library");
    (repository, remote)
}

/// Commits in the submodule of the worktree.
fn commit_in_sub(scene: &Scene<'_>) {
    scene.write("sub/new.txt", "new\n");
    scene.git(&["-C", "sub", "add", "--all"]);
    scene.git(&["-C", "sub", "commit", "--quiet", "--message", "In the library"]);
}

fn pointer(folder: &Path) -> String {
    git_in(folder, &["rev-parse", "main:sub"]).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_submodules_commit_that_is_nowhere_waits_for_a_person_and_is_kept() {
    let (repository, remote) = with_submodule();
    let _own_remote = repository.add_remote("origin");
    let before = pointer(repository.path());
    let mut setting = Setting::of(
        repository,
        agent(|scene| {
            if scene.git(&["log", "-1", "--format=%s"]).trim() != "Move it" {
                commit_in_sub(scene);
                scene.git(&["commit", "--quiet", "--all", "--message", "Move it"]);
            }
        }),
    );
    setting.settings = setting.settings.clone().with_remote("origin");
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::NeedsContinuation);
    assert_eq!(pointer(setting.repository.path()), before);
    let said = setting.said(&id).await;
    says(&said, &["the work moves the submodule `sub`", remote.to_str().unwrap(), "push it there", "kept"]);

    // As the words say.
    let clone = setting.repository.path().join(".git/modules/sub");
    let kept = git_in(&clone, &["rev-parse", &format!("refs/octopoid/kept/{id}")]);
    let refspec = format!("{}:refs/heads/from-agent", kept.trim());
    git_in(&clone, &["push", "--quiet", "origin", &refspec]);
    setting.retry(&id).await;
    setting.go_on().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(pointer(setting.repository.path()), kept.trim());
    let other = tempfile::tempdir().unwrap();
    let file = "protocol.file.allow=always";
    let from = setting.repository.path().to_str().unwrap();
    git_in(other.path(), &["-c", file, "clone", "--quiet", "--recurse-submodules", from, "."]);
    assert_eq!(super::read(other.path(), "sub/new.txt"), "new\n", "others get it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_submodule_lands_where_its_address_serves_the_commit() {
    let library = TempRepository::named("library");
    let address = library.path().to_str().unwrap().to_owned();
    let setting = Setting::new(agent(move |scene| {
        scene.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &address, "sub"]);
        scene.git(&["commit", "--quiet", "--message", "Use the library"]);
    }));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), [".gitmodules", "README.md", "sub"]);
    assert_eq!(pointer(setting.repository.path()), library.git(&["rev-parse", "main"]).trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_state_of_a_submodule_stays_when_the_pointer_moves() {
    let (repository, remote) = with_submodule();
    let mate = tempfile::tempdir().unwrap();
    git_in(mate.path(), &["clone", "--quiet", remote.to_str().unwrap(), "."]);
    std::fs::write(mate.path().join("lib.txt"), "lib\n").unwrap();
    git_in(mate.path(), &["add", "--all"]);
    git_in(mate.path(), &["commit", "--quiet", "--message", "A newer library"]);
    git_in(mate.path(), &["push", "--quiet", "origin", "main"]);
    // The user is at work there.
    repository.write("sub/mine.txt", "mine\n");
    let setting = Setting::of(
        repository,
        agent(move |scene| {
            scene.git(&["-C", "sub", "fetch", "--quiet", remote.to_str().unwrap(), "main"]);
            scene.git(&["-C", "sub", "checkout", "--quiet", "FETCH_HEAD"]);
            scene.git(&["commit", "--quiet", "--all", "--message", "A newer library"]);
        }),
    );
    let before = pointer(setting.repository.path());
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_ne!(pointer(setting.repository.path()), before);
    let sub = setting.repository.path().join("sub");
    assert_eq!(git_in(&sub, &["rev-parse", "HEAD"]).trim(), before);
    assert_eq!(super::read(&sub, "mine.txt"), "mine\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_without_a_remote_a_submodules_commit_lands_with_what_is_kept_here() {
    let (repository, _remote) = with_submodule();
    let setting = Setting::of(
        repository,
        agent(|scene| {
            commit_in_sub(scene);
            scene.git(&["commit", "--quiet", "--all", "--message", "Move it"]);
        }),
    );
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(super::read(setting.repository.path(), "sub/new.txt"), "new\n", "the checkout has it");
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_pointer_that_was_moved_and_never_committed_is_taken_in() {
    let (repository, _remote) = with_submodule();
    let _own_remote = repository.add_remote("origin");
    let library = repository.path().join(".git/modules/sub");
    let mut setting = Setting::of(repository, agent(commit_in_sub));
    setting.settings = setting.settings.clone().with_remote("origin");
    let id = setting.take().await;
    // Its commit is nowhere, and a person is told.
    assert_eq!(setting.queue(&id).await, Queue::NeedsContinuation);
    says(&setting.said(&id).await, &["the work moves the submodule `sub`"]);
    git_in(&library, &["cat-file", "-e", &format!("refs/octopoid/kept/{id}:new.txt")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submodule_whose_commit_is_not_here_stays_empty_and_its_pointer_stays() {
    let (repository, remote) = with_submodule();
    let mate = tempfile::tempdir().unwrap();
    git_in(mate.path(), &["clone", "--quiet", remote.to_str().unwrap(), "."]);
    git_in(mate.path(), &["commit", "--quiet", "--allow-empty", "--message", "A newer library"]);
    git_in(mate.path(), &["push", "--quiet", "origin", "main"]);
    // As after `git pull`, without `git submodule update`.
    let newer = git_in(mate.path(), &["rev-parse", "HEAD"]);
    let entry = format!("160000,{},sub", newer.trim());
    repository.git(&["update-index", "--cacheinfo", &entry]);
    repository.git(&["commit", "--quiet", "--message", "A newer library"]);
    let setting = Setting::of(repository, agent(|scene| scene.write("work.txt", "work\n")));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("work.txt", "work\n");
    assert_eq!(pointer(setting.repository.path()), newer.trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_what_is_changed_inside_a_submodule_is_asked_for_and_not_tested() {
    let (repository, _remote) = with_submodule();
    let library = repository.path().join(".git/modules/sub");
    let mut setting = Setting::of(
        repository,
        agent(|scene| {
            if scene.request().resume.is_none() {
                scene.write("work.txt", "work\n");
                scene.commit("Add work");
                scene.write("sub/README.md", "# Changed\n");
                scene.write("sub/new.txt", "new\n");
                scene.git(&["-C", "sub", "update-index", "--assume-unchanged", "README.md"]);
            }
        }),
    );
    let test = "grep -q Changed sub/README.md && exit 1; test -e sub/new.txt && exit 1; echo x > sub/left; echo y > sub/README.md";
    setting.settings = setting.settings.clone().with_test(TestSettings::new(test));
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    let asked = setting.prompts("implement");
    says(&asked[1], &["inside submodules", "`sub`"]);
    says(&said, &["inside the submodules `sub`", "not part of the work"]);
    says(&setting.review_prompts(), &["inside the submodules `sub`"]);
    let kept = git_in(&library, &["for-each-ref", "--format=%(refname)", "refs/octopoid/kept"]);
    let kept: Vec<_> = kept.lines().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(git_in(&library, &["show", &format!("{}:README.md", kept[0])]), "# Changed\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_submodules_commit_that_was_left_beside_the_work_is_kept() {
    let (repository, _remote) = with_submodule();
    let library = repository.path().join(".git/modules/sub");
    let before = pointer(repository.path());
    let setting = Setting::of(
        repository,
        agent(|scene| {
            if scene.request().resume.is_none() {
                scene.write("work.txt", "work\n");
                scene.commit("Add work");
                commit_in_sub(scene);
            }
        }),
    );
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    assert_eq!(pointer(setting.repository.path()), before);
    says(&said, &["`sub`", "not part of the work"]);
    let kept = git_in(&library, &["for-each-ref", "--format=%(refname)", "refs/octopoid/kept"]);
    assert_eq!(git_in(&library, &["show", &format!("{}:new.txt", kept.trim())]), "new\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_submodule_is_protected_whatever_the_users_diffs_leave_out() {
    let (repository, _remote) = with_submodule();
    repository.git(&["config", "diff.ignoreSubmodules", "all"]);
    let mut setting = Setting::of(
        repository,
        agent(|scene| {
            commit_in_sub(scene);
            scene.git(&["add", "sub"]);
            scene.git(&["commit", "--quiet", "--message", "Move it"]);
        }),
    );
    setting.settings = setting.settings.clone().with_protected(["sub"]);
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Provisional, "{}", setting.said(&id).await);
    says(&setting.said(&id).await, &["protected paths", "`sub`"]);
}
