//! Worktrees that were made for another task of the same id: of another store, or by another program.

use super::setting::Setting;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{Policy, TaskId};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::{ManualClock, Scene};
use octopoid_store::MemoryStore;
use std::sync::Arc;

/// Writes a file that is named after the task's title, and leaves another one uncommitted where the title says so.
fn by_title(scene: &Scene<'_>) -> AgentReport {
    if scene.role() == "review" {
        return scene.approve("fine");
    }
    let task: serde_json::Value = serde_json::from_str(&scene.request().task_json).unwrap();
    let title = task["task"]["title"].as_str().unwrap().to_owned();
    scene.write(format!("{title}.txt"), "done\n");
    scene.commit(&format!("Do {title}"));
    scene.submit("did it")
}

/// Work of an earlier store, approved and waiting for a person, in the worktree of `task-1`.
async fn with_work_of_another_store() -> Setting {
    // Long before the other, whose branch is named after its own second.
    let mut setting = Setting::with_clock(Arc::new(ManualClock::new()), by_title);
    setting.enqueue("Theirs").await;
    let mut merge = setting.settings.merge;
    let automatic = merge;
    merge.auto = false;
    setting.settings = setting.settings.clone().with_merge(merge);
    setting.run_until_idle().await;
    assert_eq!(setting.worktrees(), ["task-1"]);
    setting.settings = setting.settings.clone().with_merge(automatic);
    setting.clock = Arc::new(SystemClock);
    setting.store = Arc::new(MemoryStore::new(setting.clock.clone(), Policy::default()));
    setting
}

/// A worktree that another program made for `task-1`, with a commit and a file that was not committed.
fn with_work_of_another_program() -> Setting {
    let setting = Setting::new(by_title);
    let folder = setting.repository.path().join(".octopoid/worktrees/task-1");
    setting.repository.git(&["worktree", "add", "--detach", folder.to_str().unwrap()]);
    std::fs::write(folder.join("Theirs.txt"), "done\n").unwrap();
    let path = folder.to_str().unwrap();
    setting.repository.git(&["-C", path, "add", "--all"]);
    setting.repository.git(&["-C", path, "commit", "--quiet", "-m", "Do Theirs"]);
    std::fs::write(folder.join("dirty.txt"), "half done\n").unwrap();
    setting
}

/// Runs a task of the same id, whose landing has its own work alone, and checks that the other's is kept.
async fn lands_alone(setting: &Setting) {
    let id = setting.enqueue("Ours").await;
    assert_eq!(id, TaskId::numbered(1));
    setting.run_until_idle().await;
    let log = setting.log("main");
    assert!(log.iter().any(|subject| subject == "Do Ours"), "{log:?}");
    assert!(!log.iter().any(|subject| subject == "Do Theirs"), "{log:?}");
    let files = setting.repository.git(&["ls-tree", "--name-only", "main"]);
    assert!(!files.contains("Theirs.txt") && !files.contains("dirty.txt"), "{files}");
    let kept = setting.repository.git(&["log", "--all", "--format=%s"]);
    assert!(kept.lines().any(|subject| subject == "Do Theirs"), "its commits have a name: {kept}");
    let log =
        std::fs::read_to_string(setting.repository.path().join(".octopoid/logs/tasks/task-1.log")).unwrap();
    assert!(log.contains("held the work of another task of this id"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_work_of_another_store_does_not_land_with_a_task_of_the_same_id() {
    lands_alone(&with_work_of_another_store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_i23_work_of_another_program_is_moved_aside_whole() {
    let setting = with_work_of_another_program();
    lands_alone(&setting).await;
    let aside = setting.repository.path().join(".octopoid/worktrees/task-1.kept-1");
    assert_eq!(std::fs::read_to_string(aside.join("dirty.txt")).unwrap(), "half done\n");
}
