//! What agents leave in their worktrees beside their commits.

use super::{agent, read, says};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::LeftoverLimits;
use octopoid_core::testing::Scene;
use std::path::{Path, PathBuf};

/// An agent that commits one file and leaves another, also when it is asked to commit it.
fn forgetful(scene: &Scene<'_>) {
    if scene.request().resume.is_none() {
        scene.write("work.txt", "work\n");
        scene.commit("Add work");
        scene.write("notes/scratch.txt", "scratch\n");
    }
}

/// Where the files of runs are set aside.
fn set_aside(repository: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository.join(".octopoid")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name() == name {
                found.push(entry.path());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_an_agent_is_asked_once_in_its_conversation_and_what_it_leaves_then_does_not_land() {
    let setting = Setting::new(agent(forgetful));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), ["README.md", "work.txt"]);
    let calls = setting.calls("implement");
    assert_eq!(calls.len(), 2, "asked once");
    assert!(calls[0].resume.is_none() && calls[1].resume.is_some() && calls[0].run == calls[1].run);
    says(&calls[1].prompt, &["notes/scratch.txt", "Only commits count"]);
    says(&setting.said(&id).await, &["`notes/scratch.txt`", "not part of the work", "moved to"]);
    says(&setting.review_prompts(), &["`notes/scratch.txt`"]);
    let kept = set_aside(setting.repository.path(), "scratch.txt");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(std::fs::read_to_string(&kept[0]).unwrap(), "scratch\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_commits_when_it_is_asked_lands() {
    let setting = Setting::new(agent(|scene| match scene.request().resume {
        None => forgetful(scene),
        Some(_) => scene.commit("And the notes"),
    }));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("notes/scratch.txt", "scratch\n");
    assert!(!setting.said(&id).await.contains("not part of the work"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_removes_its_leftovers_when_it_is_asked_is_believed_by_its_worktree() {
    let setting = Setting::new(agent(|scene| match scene.request().resume {
        None => forgetful(scene),
        Some(_) => std::fs::remove_dir_all(scene.request().directory.join("notes")).unwrap(),
    }));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), ["README.md", "work.txt"]);
    assert!(!setting.said(&id).await.contains("leftovers"), "there is nothing to say");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_was_never_committed_is_taken_in_with_the_agent_as_its_author() {
    let setting = Setting::new(agent(|scene| {
        scene.write("one.txt", "one\n");
        scene.write("README.md", "# Changed\n");
    }));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("one.txt", "one\n");
    setting.assert_in_main("README.md", "# Changed\n");
    let names = setting.repository.git(&["log", "-1", "--format=%an <%ae>", "main"]);
    assert_eq!(names.trim(), "worker <worker@octopoid.invalid>");
    assert_eq!(setting.calls("implement").len(), 1, "nothing has to be asked");
    says(&setting.said(&id).await, &["committed nothing", "in its name"]);
    says(&setting.review_prompts(), &["committed nothing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_files_than_the_bound_are_not_taken_in() {
    let mut setting = Setting::new(agent(|scene| {
        scene.write("README.md", "# Changed\n");
        for number in 0..5 {
            scene.write(format!("build/{number}.o"), "object\n");
        }
    }));
    setting.settings.leftovers = LeftoverLimits::default().with_files(4).with_bytes(1 << 20);
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), ["README.md"]);
    setting.assert_in_main("README.md", "# Changed\n");
    says(&setting.said(&id).await, &["`build/4.o`", "not part of the work"]);
    assert_eq!(setting.calls("implement").len(), 2, "it was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_bytes_than_the_bound_are_not_taken_in() {
    let mut setting = Setting::new(agent(|scene| {
        let file = std::fs::File::create(scene.request().directory.join("core.dump")).unwrap();
        file.set_len(200 << 20).unwrap();
    }));
    setting.settings.leftovers = LeftoverLimits::default().with_bytes(1 << 20);
    let id = setting.take().await;
    // There is nothing else, and nothing is not work (I22).
    assert_ne!(setting.queue(&id).await, Queue::Done);
    assert_eq!(setting.log("main").len(), 1);
    let objects = setting.repository.git(&["count-objects"]);
    let kilobytes: u32 = objects.split(' ').nth(2).unwrap().parse().unwrap();
    assert!(kilobytes < 150, "it is not among the repository's objects either: {objects}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ignored_files_stay_for_the_tests_and_are_named_to_the_reviewer() {
    let setting = Setting::of(
        super::with_files(&[(".gitignore", "cache/\n*.local\n")]),
        agent(|scene| {
            scene.write("work.txt", "work\n");
            scene.write("cache/fixture.json", "{}\n");
            scene.write("cache/deep/other.json", "{}\n");
            scene.write("settings.local", "answer=42\n");
            scene.commit("Add work");
        }),
    );
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), [".gitignore", "README.md", "work.txt"]);
    says(&setting.review_prompts(), &["`cache/`", "`settings.local`", "git ignores"]);
    assert_eq!(read(setting.repository.path(), "settings.local"), "");
}
