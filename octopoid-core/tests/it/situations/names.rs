//! Names, modes and kinds of files.

use super::{agent, read, says, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::testing::Scene;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

async fn lands(setting: &Setting) -> String {
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_other_alphabets_are_shown_to_the_reviewer_as_they_are() {
    let setting = Setting::of(
        with_files(&[("größe.txt", "1\n"), ("日本.txt", "ni\n")]),
        agent(|scene| {
            scene.write("größe.txt", "2\n");
            scene.write("übung/naïve café.txt", "new\n");
            scene.git(&["mv", "日本.txt", "日本語.txt"]);
            scene.commit("Äußerst wichtig");
        }),
    );
    for (key, value) in
        [("core.quotePath", "true"), ("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true")]
    {
        setting.repository.git(&["config", key, value]);
    }
    lands(&setting).await;
    let prompt = setting.review_prompts();
    let headers = [
        "diff --git a/größe.txt b/größe.txt",
        "+++ b/übung/naïve café.txt",
        "rename to 日本語.txt",
        "Äußerst wichtig",
    ];
    says(&prompt, &headers);
    assert!(!prompt.contains("\\303"), "{prompt}");
    assert_eq!(read(setting.repository.path(), "日本語.txt"), "ni\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_utf8_lands_and_is_shown() {
    let setting = Setting::new(agent(|scene| {
        let name = OsStr::from_bytes(b"caf\xe9.txt");
        fs::write(scene.request().directory.join(name), "latin\n").unwrap();
        scene.commit("Add a file");
    }));
    lands(&setting).await;
    let name = OsStr::from_bytes(b"caf\xe9.txt");
    assert_eq!(fs::read_to_string(setting.repository.path().join(name)).unwrap(), "latin\n");
    says(&setting.review_prompts(), &["+++ b/caf\u{fffd}.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn leftovers_and_ignored_files_with_odd_names_are_named_and_kept() {
    let setting = Setting::of(
        with_files(&[(".gitignore", "*.ignoriert\n")]),
        agent(|scene| {
            if scene.request().resume.is_none() {
                scene.write("work.txt", "work\n");
                scene.commit("Add work");
                scene.write("ä b.ignoriert", "x\n");
                scene.write("zettel/ö.txt", "x\n");
                fs::write(scene.request().directory.join(OsStr::from_bytes(b"\xff\n.txt")), "x").unwrap();
            }
        }),
    );
    let said = lands(&setting).await;
    says(&said, &["`ä b.ignoriert`", "`zettel/ö.txt`", "not part of the work"]);
    assert_eq!(setting.files_in_main(), [".gitignore", "README.md", "work.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_changes_its_case_only_changes_in_the_checkout_too() {
    let setting = Setting::of(
        with_files(&[("Readme.txt", "text\n"), ("Docs/Guide.txt", "guide\n")]),
        agent(|scene| {
            scene.git(&["mv", "Readme.txt", "README.txt"]);
            scene.git(&["mv", "Docs", "docs"]);
            scene.commit("Other cases");
        }),
    );
    lands(&setting).await;
    assert_eq!(setting.files_in_main(), ["README.md", "README.txt", "docs/Guide.txt"]);
    let mut names: Vec<_> = fs::read_dir(setting.repository.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    assert_eq!(names, ["README.md", "README.txt", "docs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_mode_alone_is_work() {
    for committed in [true, false] {
        let setting = Setting::of(
            with_files(&[("run.sh", "#!/bin/sh\n")]),
            agent(move |scene| {
                let path = scene.request().directory.join("run.sh");
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
                if committed {
                    scene.commit("It runs");
                }
            }),
        );
        lands(&setting).await;
        let file = fs::metadata(setting.repository.path().join("run.sh")).unwrap();
        assert!(file.permissions().mode() & 0o111 != 0);
    }
}

/// Files, links and folders that take each other's places.
fn swap(scene: &Scene<'_>) {
    let folder = scene.request().directory.clone();
    fs::remove_file(folder.join("file")).unwrap();
    symlink("README.md", folder.join("file")).unwrap();
    fs::remove_file(folder.join("link")).unwrap();
    scene.write("link/inside.txt", "inside\n");
    fs::remove_dir_all(folder.join("folder")).unwrap();
    scene.write("folder", "a file now\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_links_and_folders_can_take_each_others_places() {
    for committed in [true, false] {
        let repository = with_files(&[("file", "file\n"), ("folder/a.txt", "a\n")]);
        symlink("folder", repository.path().join("link")).unwrap();
        repository.commit("A link");
        let setting = Setting::of(
            repository,
            agent(move |scene| {
                swap(scene);
                if committed {
                    scene.commit("Swap");
                }
            }),
        );
        lands(&setting).await;
        let here = setting.repository.path();
        assert_eq!(fs::read_link(here.join("file")).unwrap().to_str(), Some("README.md"));
        assert_eq!(
            (read(here, "link/inside.txt").as_str(), read(here, "folder").as_str()),
            ("inside\n", "a file now\n")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_leads_out_of_the_repository_is_landed_and_never_followed() {
    let setting = Setting::new(agent(|scene| {
        symlink("../../../../outside", scene.request().directory.join("way-out")).unwrap();
        scene.write("work.txt", "work\n");
    }));
    let outside = setting.repository.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.txt"), "secret\n").unwrap();
    lands(&setting).await;
    assert_eq!(setting.files_in_main(), ["README.md", "way-out", "work.txt"]);
    assert!(fs::symlink_metadata(setting.repository.path().join("way-out")).unwrap().is_symlink());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_git_takes_for_patterns_or_options_are_names() {
    let setting = Setting::of(
        with_files(&[("[a].txt", "1\n"), ("a.txt", "1\n")]),
        agent(|scene| {
            scene.write("[a].txt", "2\n");
            scene.write("--force", "x\n");
            scene.write(":(top)x", "x\n");
            scene.write("*.txt", "x\n");
            scene.commit("Names");
        }),
    );
    // A user's own change of what a pattern would match does not block the landing.
    setting.repository.write("a.txt", "mine\n");
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.repository.git(&["status", "--porcelain"]), " M a.txt\n");
    assert_eq!(read(setting.repository.path(), "[a].txt"), "2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_called_like_the_base_branch_is_not_taken_for_it() {
    let mut setting = Setting::of(
        with_files(&[("a.txt", "1\n")]),
        agent(|scene| {
            scene.write("work.txt", "work\n");
            scene.commit("Add work");
        }),
    );
    setting.repository.git(&["tag", "main"]);
    setting.repository.write("a.txt", "2\n");
    setting.repository.git(&["commit", "--quiet", "--all", "--message", "Later"]);
    let remote = setting.repository.beside("remote.git");
    setting.repository.git(&["clone", "--quiet", "--bare", ".", remote.to_str().unwrap()]);
    setting.repository.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    setting.settings = setting.settings.clone().with_remote("origin");
    lands(&setting).await;
    let branch = setting.repository.git(&["log", "--format=%s", "refs/heads/main"]);
    assert_eq!(branch.lines().collect::<Vec<_>>(), ["Add work", "Later", "Initial commit"]);
    assert_eq!(
        setting.repository.git(&["log", "-1", "--format=%s", "refs/tags/main"]).trim(),
        "Initial commit"
    );
    let there = octopoid_core::testing::git_in(&remote, &["log", "-1", "--format=%s", "refs/heads/main"]);
    assert_eq!(there.trim(), "Add work");
}
