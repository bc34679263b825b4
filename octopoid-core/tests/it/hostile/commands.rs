//! Tests and checks run the work's code: they are guarded as its author is.

use crate::orchestrator::setting::{Setting, content};
use octopoid_core::model::{Queue, Task};
use octopoid_core::orchestrator::{TestSettings, WorktreeSettings};
use octopoid_core::testing::Scene;

async fn run(setting: &Setting) -> (Task, String) {
    let id = setting.enqueue("Work").await;
    setting.run_until_idle().await;
    let runs = setting.runs(&id).await;
    let steps: Vec<_> = runs.iter().flat_map(|run| &run.steps).map(|step| step.detail.clone()).collect();
    (setting.task(&id).await, steps.join("\n"))
}

fn tested_by(command: &str) -> Setting {
    let mut setting = Setting::new(content);
    setting.settings = setting.settings.with_test(TestSettings::new(command));
    setting
}

#[tokio::test(flavor = "multi_thread")]
async fn i31_what_tests_move_is_put_back_and_said() {
    let setting = tested_by(
        "git commit -q --allow-empty -m Sneaky && git update-ref refs/heads/main HEAD; git tag left; true",
    );
    let (task, said) = run(&setting).await;
    assert!(said.contains("a command that ran on the work of task-1.1 moved the branch `main`"), "{said}");
    assert!(said.contains("made commits in the worktree"), "{said}");
    assert_eq!(task.queue(), Queue::Done);
    assert!(!setting.log("main").contains(&"Sneaky".to_owned()), "{:?}", setting.log("main"));
    assert_eq!(setting.repository.git(&["tag"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn i18_configuration_that_tests_change_is_put_back() {
    let setting = tested_by("git config core.hooksPath /tmp/evil");
    let (task, said) = run(&setting).await;
    assert_eq!(task.queue(), Queue::Done, "{said}");
    assert!(said.contains("were put back"), "{said}");
    assert!(!setting.repository.git(&["config", "--list", "--local"]).contains("evil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_tests_that_change_the_work_are_named() {
    let setting = tested_by("echo changed > README.md");
    let (task, said) = run(&setting).await;
    assert_eq!(task.queue(), Queue::Done, "{said}");
    assert!(said.contains("`README.md` changed while `test` ran"), "{said}");
    assert_eq!(setting.repository.git(&["show", "main:README.md"]), "# A repository\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_copied_into_the_worktree_does_not_land_also_where_a_later_commit_removes_it() {
    let mut setting = Setting::new(|scene: &Scene<'_>| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.git(&["add", "--force", ".env"]);
            scene.git(&["commit", "-q", "-m", "Add everything"]);
            scene.git(&["rm", "-q", "--cached", ".env"]);
            scene.git(&["commit", "-q", "-m", "Oops"]);
            scene.write("work.txt", "work\n");
            scene.commit("Work");
            scene.submit("worked")
        }
    });
    setting.repository.write(".gitignore", ".env\n");
    setting.repository.commit("Ignore secrets");
    setting.repository.write(".env", "SECRET=1\n");
    let worktree = WorktreeSettings::default().with_copy([".env"]);
    setting.settings = setting.settings.with_worktree(worktree);
    let (task, said) = run(&setting).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation, "{said}");
    assert!(task.state.needs_person().unwrap().contains("`.env`"), "{:?}", task.state);
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_commits_that_the_user_dropped_from_the_base_branch_do_not_come_back_with_the_work() {
    let setting = Setting::new(|scene: &Scene<'_>| {
        if scene.role() == "implement" {
            let root = scene.request().directory.ancestors().nth(3).unwrap().to_owned();
            let mut git = std::process::Command::new("git");
            assert!(
                git.args(["reset", "-q", "--hard", "HEAD~1"]).current_dir(root).status().unwrap().success()
            );
        }
        content(scene)
    });
    setting.repository.write("oops.txt", "a secret\n");
    setting.repository.commit("Oops");
    let (task, said) = run(&setting).await;
    assert_eq!(task.queue(), Queue::Done, "{said}");
    assert_eq!(setting.log("main"), ["Do task-1", "Initial commit"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_to_be_committed_for_an_agent_is_named_with_its_limit() {
    let mut setting = Setting::new(|scene: &Scene<'_>| {
        for number in 0..7 {
            scene.write(format!("new-{number}.txt"), "new\n");
        }
        scene.submit("worked")
    });
    setting.settings.leftovers.files = 5;
    let (task, _) = run(&setting).await;
    let reason = task.state.needs_person().unwrap();
    assert!(reason.contains("7 new files") && reason.contains("`leftovers`"), "{reason}");
}
