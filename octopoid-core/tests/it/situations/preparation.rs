//! How worktrees and checkouts for tests are made ready, and work that changes what it is judged by.

use super::{agent, read, says, with_files};
use crate::orchestrator::gates::compiled;
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::{TestSettings, WorktreeSettings};
use octopoid_core::testing::Scene;
use std::os::unix::fs::PermissionsExt;

fn work(scene: &Scene<'_>) {
    scene.write("work.txt", "work\n");
    scene.commit("Add work");
}

#[tokio::test(flavor = "multi_thread")]
async fn i29_tests_in_a_clean_checkout_read_nothing_that_an_agent_left_ignored() {
    for clean in [false, true] {
        let mut setting = Setting::of(
            with_files(&[(".gitignore", "*.local\n")]),
            agent(|scene| {
                if scene.read("work.txt").is_empty() {
                    work(scene);
                }
                scene.write("answer.local", "42\n");
            }),
        );
        let mut test = TestSettings::new("test -f work.txt && test -f answer.local");
        test.clean = clean;
        setting.settings = setting.settings.clone().with_test(test);
        let id = setting.take().await;
        let done = setting.queue(&id).await == Queue::Done;
        assert_eq!(done, !clean, "{}", setting.said(&id).await);
        if clean {
            assert_eq!(setting.log("main").len(), 1);
        } else {
            says(&setting.review_prompts(), &["`answer.local`"]);
        }
        let folders = setting.repository.git(&["worktree", "list", "--porcelain"]);
        assert!(!folders.contains("checkout"), "none of the test's checkouts is left: {folders}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn worktrees_and_clean_checkouts_are_made_ready_in_the_same_way() {
    let ignored = "/.env\n/node_modules\n/built.txt\n";
    let repository = with_files(&[(".gitignore", ignored), ("template.txt", "template\n")]);
    repository.write(".env", "KEY=1\n");
    repository.write("node_modules/left-pad/index.js", "pad\n");
    let mut setting = Setting::of(
        repository,
        agent(|scene| {
            assert_eq!(
                (scene.read(".env"), scene.read("built.txt")),
                ("KEY=1\n".into(), "template\n".into())
            );
            assert_eq!(scene.read("node_modules/left-pad/index.js"), "pad\n");
            // Not for the tests.
            scene.write(".env", "KEY=2\n");
            scene.write("built.txt", "forged\n");
            work(scene);
        }),
    );
    let setups = setting.repository.beside("setups");
    let worktree = WorktreeSettings::default()
        .with_copy([".env"])
        .with_link(["node_modules"])
        .with_setup(format!("cp template.txt built.txt && echo x >> '{}'", setups.display()));
    let test = "grep -q KEY=1 .env && grep -q template built.txt && test -f node_modules/left-pad/index.js";
    setting.settings = setting
        .settings
        .clone()
        .with_worktree(worktree)
        .with_test(TestSettings::new(test).with_clean_checkout());
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), [".gitignore", "README.md", "template.txt", "work.txt"]);
    assert_eq!(read(setting.repository.path(), ".env"), "KEY=1\n");
    assert_eq!(
        read(setting.repository.path(), "node_modules/left-pad/index.js"),
        "pad\n",
        "a link's target stays"
    );
    assert_eq!(
        std::fs::read_to_string(setups).unwrap(),
        "x\nx\n",
        "once for the worktree, once for the tests"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn work_on_protected_paths_waits_for_a_person_and_other_work_does_not() {
    let mut setting = Setting::of(
        with_files(&[("deploy/prod.yaml", "replicas: 1\n"), ("src/a.txt", "a\n")]),
        agent(|scene| match scene.task() {
            "task-1" => {
                scene.write("deploy/prod.yaml", "replicas: 0\n");
                scene.commit("Save money");
            }
            _ => work(scene),
        }),
    );
    setting.settings = setting.settings.clone().with_protected(["deploy/**", "*.lock"]);
    let protected = setting.take().await;
    let other = setting.take().await;
    assert_eq!(setting.queue(&other).await, Queue::Done, "{}", setting.said(&other).await);
    assert_eq!(setting.queue(&protected).await, Queue::Provisional);
    says(&setting.said(&protected).await, &["protected paths", "`deploy/prod.yaml`"]);
    says(&setting.review_prompts(), &["`deploy/prod.yaml`"]);
    setting.assert_in_main("deploy/prod.yaml", "replicas: 1\n");
    setting.approve(&protected).await;
    setting.go_on().await;
    assert_eq!(setting.queue(&protected).await, Queue::Done);
    setting.assert_in_main("deploy/prod.yaml", "replicas: 0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_path_that_is_moved_away_or_deleted_is_protected_too() {
    for remove in [true, false] {
        let mut setting = Setting::of(
            with_files(&[("deploy/prod.yaml", "replicas: 1\n")]),
            agent(move |scene| {
                match remove {
                    true => scene.git(&["rm", "--quiet", "deploy/prod.yaml"]),
                    false => scene.git(&["mv", "deploy/prod.yaml", "prod.yaml"]),
                };
                scene.commit("Away with it");
            }),
        );
        setting.settings = setting.settings.clone().with_protected(["deploy/**"]);
        let id = setting.take().await;
        assert_eq!(setting.queue(&id).await, Queue::Provisional, "{}", setting.said(&id).await);
    }
}

const CHECKED: &str = r#"{"transitions": [
    {"from": "claimed", "to": "provisional", "steps": ["rebase"]},
    {"from": "provisional", "to": "done",
     "conditions": [{"name": "check", "script": "sh scripts/check.sh"}, {"role": "review"}], "steps": ["rebase", "run_tests", "merge"]}
]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn i29_a_condition_runs_the_base_branchs_script_and_the_reviewer_is_told_of_the_change() {
    let strict = "test -f required.txt\n";
    for keeps_it in [false, true] {
        let mut setting = Setting::of(
            with_files(&[("scripts/check.sh", strict)]),
            agent(move |scene| {
                scene.write("scripts/check.sh", "exit 0\n");
                if keeps_it {
                    scene.write("required.txt", "here\n");
                }
                if !scene.git(&["status", "--porcelain"]).is_empty() {
                    scene.commit("Relax the check");
                }
            }),
        );
        setting.settings = setting.settings.clone().with_flow("default", compiled(CHECKED).unwrap());
        let id = setting.take().await;
        let said = setting.said(&id).await;
        assert_eq!(setting.queue(&id).await == Queue::Done, keeps_it, "{said}");
        if keeps_it {
            says(&setting.review_prompts(), &["changes what the tests or checks run", "`scripts/check.sh`"]);
            setting.assert_in_main("scripts/check.sh", "exit 0\n");
        } else {
            says(&said, &["`sh scripts/check.sh` failed"]);
            setting.assert_in_main("scripts/check.sh", strict);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_the_tests_run_is_said_to_the_reviewer() {
    let repository = with_files(&[("test.sh", "#!/bin/sh\nexit 0\n")]);
    let path = repository.path().join("test.sh");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    repository.commit("It runs");
    let mut setting = Setting::of(
        repository,
        agent(|scene| {
            scene.write("test.sh", "#!/bin/sh\n# nothing\nexit 0\n");
            scene.commit("No tests");
        }),
    );
    setting.settings = setting.settings.clone().with_test(TestSettings::new("./test.sh --all"));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    says(&setting.said(&id).await, &["changed_checks", "`test.sh`"]);
    says(&setting.review_prompts(), &["`test.sh`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_and_tests_start_in_the_folder_and_all_of_the_repository_counts() {
    let mut setting = Setting::of(
        with_files(&[("services/api/main.txt", "api\n"), ("services/web/main.txt", "web\n")]),
        agent(|scene| {
            assert!(scene.request().directory.ends_with("services/api"));
            assert_eq!(scene.read("main.txt"), "api\n");
            if scene.request().resume.is_none() {
                scene.write("new.txt", "new\n");
                scene.write("../web/main.txt", "changed\n");
                scene.git(&["add", "--all", ":/"]);
                scene.git(&["commit", "--quiet", "--message", "Both"]);
                // Above the folder, and no less a leftover.
                scene.write("../../left.txt", "left\n");
            }
        }),
    );
    setting.settings = setting
        .settings
        .clone()
        .with_folder("services/api")
        .with_test(TestSettings::new("test -f main.txt && test -f new.txt && test ! -e ../../left.txt"))
        .with_protected(["services/web/*.lock"]);
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    says(&said, &["`left.txt`"]);
    setting.assert_in_main("services/web/main.txt", "changed\n");
    setting.assert_in_main("services/api/new.txt", "new\n");
}
