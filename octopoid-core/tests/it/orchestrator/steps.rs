//! The steps around an agent's work.

use super::setting::Setting;
use octopoid_core::model::{MessageKind, Queue, State, StepStatus};
use octopoid_core::orchestrator::TestSettings;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn failing_tests_send_the_work_back_with_their_output() {
    let mut setting = Setting::new(|scene| match (scene.role(), scene.read("answer.txt").as_str()) {
        ("review", _) => scene.approve("fine"),
        (_, "") => {
            scene.write("answer.txt", "41\n");
            scene.commit("Guess");
            scene.submit("guessed")
        }
        _ => {
            scene.write("answer.txt", "42\n");
            scene.commit("Know");
            scene.submit("know")
        }
    });
    setting.settings = setting
        .settings
        .clone()
        .with_test(TestSettings::new("echo the answer is $(cat answer.txt); grep -q 42 answer.txt"));
    let id = setting.enqueue("The answer").await;
    setting.run_until_idle().await;

    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let failures: Vec<_> =
        setting.thread(&id).await.into_iter().filter(|m| m.kind == MessageKind::TestFailure).collect();
    assert_eq!(failures.len(), 1);
    assert!(failures[0].body.contains("the answer is 41"), "{}", failures[0].body);
    let runs = setting.runs(&id).await;
    // The reviewed content was tested once; landing the same content does not test it again.
    let tests: Vec<_> = runs.iter().flat_map(|run| &run.steps).filter(|step| step.name == "test").collect();
    assert_eq!(
        tests.iter().map(|step| step.status).collect::<Vec<_>>(),
        [StepStatus::Refused, StepStatus::Done, StepStatus::Skipped]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn i20_what_lands_was_tested_on_top_of_what_landed_before() {
    // Each file alone is fine; both together are not.
    let mut setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            if scene.read("count.txt").is_empty() && scene.request().attempt > 1 {
                scene.write("count.txt", "2\n");
                scene.commit("Count to two");
            }
            scene.write(format!("file-{}.txt", scene.task()), "x\n");
            if !scene.git(&["status", "--porcelain"]).is_empty() {
                scene.commit(&format!("Do {}", scene.task()));
            }
            scene.submit("did it")
        }
    });
    setting.workers = 2;
    setting.settings = setting.settings.clone().with_test(TestSettings::new(
        "test $(ls file-*.txt | wc -l) -le $(cat count.txt 2>/dev/null || echo 1)",
    ));
    let ids = [setting.enqueue("One").await, setting.enqueue("Two").await];
    setting.run_until_idle().await;
    for id in &ids {
        // Every commit that became the tip of the base branch passes.
        let State::Done { landed: Some(tip), .. } = setting.task(id).await.state else {
            panic!("{id} is not done")
        };
        let files = setting.repository.git(&["ls-tree", "--name-only", tip.as_str()]);
        let count = files.lines().filter(|name| name.starts_with("file-")).count();
        assert!(count <= 1 || files.contains("count.txt"), "{tip}: {files}");
    }
    assert!(setting.log("main").contains(&"Count to two".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_that_never_end_are_stopped_with_what_they_started() {
    let mut setting = Setting::new(super::setting::content);
    let mut test = TestSettings::new("sleep 1000 & echo $! > ../pid; wait");
    test.timeout = Duration::from_millis(300);
    setting.settings = setting.settings.clone().with_test(test);
    let id = setting.enqueue("Hang").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.state.needs_person().unwrap().contains("took longer"), "{:?}", task.state);
    let pid = std::fs::read_to_string(setting.repository.path().join(".octopoid/worktrees/pid")).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z"), "the sleeping child is gone: {stat}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i28_tests_see_only_the_variables_they_are_given() {
    let mut setting = Setting::new(super::setting::content);
    let mut environment = setting.settings.environment.clone();
    environment.insert("SECRET_KEY".into(), "sk-very-secret".into());
    environment.insert("WANTED".into(), "yes".into());
    let mut test = TestSettings::new("test -z \"$SECRET_KEY\" && test \"$WANTED\" = yes");
    test.env = vec!["WANTED".into()];
    setting.settings = setting.settings.clone().with_environment(environment).with_test(test);
    let id = setting.enqueue("Look around").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
}
