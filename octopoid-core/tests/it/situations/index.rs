//! Agents that make git see other files than there are (I29).

use super::{agent, read, says, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::TestSettings;
use octopoid_core::testing::Scene;

/// A task whose agent commits something else than its files show. The tests pass on what the files show.
async fn hides_by(hide: impl Fn(&Scene<'_>) + Send + Sync + 'static) {
    let repository = with_files(&[("value.txt", "good\n")]);
    let mut setting = Setting::of(repository, agent(hide));
    setting.settings = setting.settings.clone().with_test(TestSettings::new("grep -q good value.txt"));
    let id = setting.take().await;
    assert_ne!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("value.txt", "good\n");
    says(&setting.said(&id).await, &["test: `grep -q good value.txt` failed"]);
    assert!(setting.calls("review").is_empty(), "what fails is not shown to a reviewer");
}

fn commit_bad(scene: &Scene<'_>) {
    scene.write("value.txt", "bad\n");
    if !scene.git(&["status", "--porcelain"]).is_empty() {
        scene.git(&["commit", "--quiet", "--all", "--message", "Change the value"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_a_file_behind_skip_worktree_is_tested_as_it_is_committed() {
    hides_by(|scene| {
        scene.git(&["update-index", "--no-skip-worktree", "value.txt"]);
        commit_bad(scene);
        scene.git(&["update-index", "--skip-worktree", "value.txt"]);
        scene.write("value.txt", "good\n");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_a_file_behind_assume_unchanged_is_tested_as_it_is_committed() {
    hides_by(|scene| {
        scene.git(&["update-index", "--no-assume-unchanged", "value.txt"]);
        commit_bad(scene);
        scene.git(&["update-index", "--assume-unchanged", "value.txt"]);
        scene.write("value.txt", "good\n");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_an_entry_put_straight_into_the_index_is_tested_as_it_is_committed() {
    hides_by(|scene| {
        scene.write("other", "bad\n");
        let blob = scene.git(&["hash-object", "-w", "other"]);
        std::fs::remove_file(scene.request().directory.join("other")).unwrap();
        scene.git(&["update-index", "--cacheinfo", &format!("100644,{},value.txt", blob.trim())]);
        if !scene.git(&["diff", "--cached", "--name-only"]).is_empty() {
            scene.git(&["commit", "--quiet", "--message", "Change the value"]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_settings_that_make_git_believe_the_index_hide_nothing() {
    hides_by(|scene| {
        // A file of the same size and time as the one in the index.
        scene.git(&["config", "core.trustctime", "false"]);
        scene.git(&["config", "core.checkStat", "minimal"]);
        scene.git(&["config", "core.ignoreStat", "true"]);
        commit_bad(scene);
        let path = scene.request().directory.join("value.txt");
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        std::fs::write(&path, "good").unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_a_file_that_is_only_meant_to_be_added_does_not_land() {
    let setting = Setting::new(agent(|scene| {
        scene.write("real.txt", "real\n");
        scene.git(&["add", "real.txt"]);
        scene.write("meant.txt", "meant\n");
        scene.git(&["add", "--intent-to-add", "meant.txt"]);
        if scene.request().resume.is_none() {
            scene.git(&["commit", "--quiet", "--message", "Add a file", "real.txt"]);
        }
    }));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), ["README.md", "real.txt"]);
    says(&setting.said(&id).await, &["`meant.txt`", "not part of the work"]);
    says(&setting.review_prompts(), &["`meant.txt`"]);
    assert_eq!(read(setting.repository.path(), "meant.txt"), "");
}
