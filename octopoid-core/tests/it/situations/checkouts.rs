//! Where the base branch is, and what the repository is made of.

use super::{agent, become_clone, read, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::testing::git_in;
use octopoid_core::testing::{Scene, TempRepository};

fn work(scene: &Scene<'_>) {
    let text = scene.read("a.txt").replace("one\n", "eins\n");
    scene.write("a.txt", &text);
    scene.write("work.txt", "work\n");
    scene.commit("Add work");
}

fn repository() -> TempRepository {
    with_files(&[("a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n")])
}

async fn lands(setting: &Setting) {
    let id = setting.take().await;
    let notes: Vec<_> = setting.runs(&id).await.into_iter().filter_map(|run| run.note).collect();
    assert_eq!(setting.queue(&id).await, Queue::Done, "{} {notes:?}", setting.said(&id).await);
    setting.assert_in_main("work.txt", "work\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worktree_elsewhere_that_has_the_base_branch_follows() {
    let setting = Setting::of(repository(), agent(work));
    setting.repository.git(&["checkout", "--quiet", "-b", "side"]);
    let linked = setting.repository.beside("a place elsewhere");
    setting.repository.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), "main"]);
    lands(&setting).await;
    assert_eq!(read(&linked, "work.txt"), "work\n");
    assert!(git_in(&linked, &["status", "--porcelain"]).is_empty());
    assert_eq!(read(setting.repository.path(), "work.txt"), "");
    assert_eq!(setting.repository.git(&["symbolic-ref", "--short", "HEAD"]), "side\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_of_another_branch_with_changes_of_its_own_stays_as_it_is() {
    let setting = Setting::of(repository(), agent(work));
    setting.repository.git(&["checkout", "--quiet", "-b", "side"]);
    setting.repository.write("work.txt", "mine\n");
    setting.repository.write("a.txt", "mine too\n");
    setting.repository.git(&["add", "a.txt"]);
    lands(&setting).await;
    assert_eq!(setting.repository.git(&["status", "--porcelain"]), "M  a.txt\n?? work.txt\n");
    assert_eq!(read(setting.repository.path(), "a.txt"), "mine too\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_lands_in_a_bare_repository() {
    let origin = repository();
    let bare = TempRepository::empty("bare.git", &["--bare"]);
    origin.git(&["push", "--quiet", bare.path().to_str().unwrap(), "main"]);
    let setting = Setting::of(bare, agent(work));
    lands(&setting).await;
    assert_eq!(setting.repository.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_lands_where_the_repositorys_own_folder_lies_elsewhere() {
    let repository = repository();
    let elsewhere = repository.beside("elsewhere.git");
    repository.git(&["init", "--quiet", "--separate-git-dir", elsewhere.to_str().unwrap()]);
    let setting = Setting::of(repository, agent(work));
    lands(&setting).await;
    assert_eq!(read(setting.repository.path(), "work.txt"), "work\n");
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_lands_where_the_orchestrator_was_begun_in_a_linked_worktree() {
    let origin = repository();
    // In its place: a worktree of that repository.
    let linked = TempRepository::empty("linked", &[]);
    std::fs::remove_dir_all(linked.path()).unwrap();
    origin.git(&["checkout", "--quiet", "-b", "side"]);
    origin.git(&["worktree", "add", "--quiet", linked.path().to_str().unwrap(), "main"]);
    let setting = Setting::of(linked, agent(work));
    lands(&setting).await;
    assert_eq!(read(setting.repository.path(), "work.txt"), "work\n");
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_lands_in_a_partial_clone_whose_objects_are_fetched_when_they_are_needed() {
    let origin = repository();
    origin.write("removed/large.txt", "large\n");
    origin.commit("More");
    let remote = origin.add_remote("backup");
    for setting in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        remote.git(&["config", setting, "true"]);
    }
    let partial = TempRepository::empty("partial", &[]);
    let address = format!("file://{}", remote.path().display());
    become_clone(&partial, &address, &["--filter=blob:none", "--branch", "main"]);
    let there = remote.path().to_owned();
    let mut setting = Setting::of(
        partial,
        agent(move |scene| {
            // Another person changes the other end of the same file, and removes one.
            let mate = tempfile::tempdir().unwrap();
            git_in(mate.path(), &["clone", "--quiet", there.to_str().unwrap(), "."]);
            let text = read(mate.path(), "a.txt").replace("seven", "sieben");
            std::fs::write(mate.path().join("a.txt"), text).unwrap();
            std::fs::write(mate.path().join("mate.txt"), "mate\n").unwrap();
            git_in(mate.path(), &["rm", "--quiet", "-r", "removed"]);
            git_in(mate.path(), &["add", "--all"]);
            git_in(mate.path(), &["commit", "--quiet", "--message", "By a mate"]);
            git_in(mate.path(), &["push", "--quiet", "origin", "main"]);
            work(scene);
        }),
    );
    setting.settings = setting.settings.clone().with_remote("origin");
    lands(&setting).await;
    let merged = "eins\ntwo\nthree\nfour\nfive\nsix\nsieben\n";
    setting.assert_in_main("a.txt", merged);
    assert_eq!(remote.git(&["show", "main:a.txt"]), merged);
    assert_eq!(setting.files_in_main(), ["README.md", "a.txt", "mate.txt", "work.txt"]);
    super::says(&setting.review_prompts(), &["-one", "+eins"]);
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_lands_in_a_clone_that_borrows_its_objects() {
    let origin = repository();
    let borrowing = TempRepository::empty("borrowing", &[]);
    become_clone(&borrowing, origin.path().to_str().unwrap(), &["--shared"]);
    let setting = Setting::of(borrowing, agent(work));
    lands(&setting).await;
    assert_eq!(setting.repository.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_lands_where_everything_is_packed() {
    let setting = Setting::of(repository(), agent(work));
    for name in ["side/one", "side/two"] {
        setting.repository.git(&["branch", name]);
    }
    setting.repository.git(&["pack-refs", "--all", "--prune"]);
    setting.repository.git(&["gc", "--quiet", "--prune=now"]);
    setting.repository.git(&["multi-pack-index", "write"]);
    setting.repository.git(&["commit-graph", "write", "--reachable"]);
    lands(&setting).await;
    assert_eq!(read(setting.repository.path(), "work.txt"), "work\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_branch_with_a_folder_in_its_name_is_like_any_other() {
    let mut setting = Setting::of(repository(), agent(work));
    setting.repository.git(&["branch", "--quiet", "--move", "main", "release/2.x"]);
    setting.settings.base_branch = "release/2.x".to_owned();
    let id = setting.take().await;
    let notes: Vec<_> = setting.runs(&id).await.into_iter().filter_map(|run| run.note).collect();
    assert_eq!(setting.queue(&id).await, Queue::Done, "{} {notes:?}", setting.said(&id).await);
    assert_eq!(setting.repository.git(&["show", "release/2.x:work.txt"]), "work\n");
    assert_eq!(read(setting.repository.path(), "work.txt"), "work\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sparse_checkout_without_cones_lands_without_its_other_files() {
    let repository = with_files(&[("src/a.txt", "a\n"), ("docs/b.txt", "b\n"), ("a.txt", "one\n")]);
    repository.git(&["sparse-checkout", "set", "--no-cone", "/*", "!docs/"]);
    assert!(!repository.path().join("docs").exists());
    let setting = Setting::of(
        repository,
        agent(|scene| {
            assert!(!scene.request().directory.join("docs").exists(), "the worktree is as sparse");
            work(scene);
        }),
    );
    lands(&setting).await;
    setting.assert_in_main("docs/b.txt", "b\n");
    assert!(!setting.repository.path().join("docs").exists());
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}
