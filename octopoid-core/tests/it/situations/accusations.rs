//! What our own steps leave is not blamed on an agent.

use super::{agent, says, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::{NewTask, Queue};
use octopoid_core::orchestrator::TestSettings;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tests_leave_and_rewrite_is_not_blamed_on_an_agent_and_does_not_land() {
    let repository = with_files(&[("version.txt", "1\n"), (".gitignore", "*.log\n")]);
    let mut setting = Setting::of(
        repository,
        agent(|scene| {
            scene.write("work.txt", "work\n");
            scene.commit("Add work");
        }),
    );
    let test =
        "mkdir -p __pycache__ && echo x > __pycache__/a.pyc && echo 2 > version.txt && echo run > tests.log";
    setting.settings = setting.settings.clone().with_test(TestSettings::new(test));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(setting.files_in_main(), [".gitignore", "README.md", "version.txt", "work.txt"]);
    setting.assert_in_main("version.txt", "1\n");
    let said = setting.said(&id).await;
    // What the tests did themselves is said of them, and of them alone.
    let blamed: Vec<_> =
        said.lines().filter(|line| line.starts_with("guard:") || line.starts_with("leftovers:")).collect();
    assert!(blamed.iter().all(|line| line.contains("`version.txt` changed while `test` ran")), "{said}");
    let log = std::fs::read_dir(setting.repository.path().join(".octopoid/logs")).unwrap();
    let mut files: Vec<_> = log.flatten().map(|entry| entry.path()).collect();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().flatten().map(|entry| entry.path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("the role changed files") && !text.contains("the role left"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_passing_tests_leave_does_not_hold_what_the_next_tests_need() {
    let mut setting = Setting::new(agent(|scene| {
        scene.write(format!("{}.txt", scene.task()), "work\n");
        scene.commit("Add work");
    }));
    // Held as a port is: until the process ends.
    let held = setting.repository.beside("held");
    let held = held.display();
    let test = format!(
        "flock --nonblock {held} true || exit 7\n\
         setsid flock {held} sh -c 'echo > {held}.up; exec sleep 3600' </dev/null >/dev/null 2>&1 &\n\
         until test -e {held}.up; do :; done; rm {held}.up"
    );
    setting.settings = setting.settings.clone().with_test(TestSettings::new(test));
    let first = setting.take().await;
    let second = setting.create(NewTask::new("Once more", "Again")).await;
    setting.go_on().await;
    for id in [&first, &second] {
        assert_eq!(setting.queue(id).await, Queue::Done, "{}", setting.said(id).await);
    }
    says(&setting.said(&second).await, &["passed"]);
}
