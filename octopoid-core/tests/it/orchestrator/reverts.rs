//! Landings that are taken back.

use super::setting::{Setting, content};
use octopoid_core::model::{MessageKind, NewTask, Queue, Scope, StepStatus, TaskId};
use octopoid_core::ops::{Enqueued, OpError, RevertRequest, revert};
use octopoid_core::orchestrator::{MergeSettings, MergeStrategy, TestSettings};

async fn take_back(setting: &Setting, id: &TaskId) -> TaskId {
    match revert(&*setting.store, &Scope::single(), id, RevertRequest::new("ada")).await.unwrap() {
        Enqueued::Created(task) | Enqueued::Duplicate(task) => task.id,
    }
}

/// An agent that commits twice, and changes a file that is there.
fn two_commits(strategy: MergeStrategy) -> Setting {
    let mut setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.write("README.md", "changed\n");
            scene.commit("Change");
            scene.write("b.txt", "two\n");
            scene.commit("Add");
            scene.submit("two commits")
        }
    });
    setting.settings = setting.settings.clone().with_merge(MergeSettings::new(strategy));
    setting
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_is_taken_back_without_an_agent_and_goes_through_the_same_gates() {
    for strategy in [MergeStrategy::Rebase, MergeStrategy::Squash, MergeStrategy::Merge] {
        let setting = two_commits(strategy);
        let before = setting.repository.git(&["rev-parse", "main^{tree}"]);
        let id = setting.enqueue("Two files").await;
        setting.run_until_idle().await;
        assert_ne!(setting.repository.git(&["rev-parse", "main^{tree}"]), before, "{strategy:?}");
        let calls = setting.runner.calls().len();

        let undo = take_back(&setting, &id).await;
        assert_eq!(take_back(&setting, &id).await, undo, "repeated, it is the same task");
        setting.run_until_idle().await;
        let task = setting.task(&undo).await;
        assert_eq!(task.queue(), Queue::Done, "{strategy:?}: {task:?}");
        assert_eq!(setting.repository.git(&["rev-parse", "main^{tree}"]), before, "{strategy:?}");
        // Only the reviewer was called.
        let roles: Vec<_> =
            setting.runner.calls()[calls..].iter().map(|call| call.role.to_string()).collect();
        assert_eq!(roles, ["review"], "{strategy:?}");
        let message = setting.repository.git(&["log", "-1", "--format=%s", "main"]);
        assert_eq!(message.trim(), "Revert \"Two files\"", "{strategy:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_landed_since_stays_and_the_result_is_tested() {
    let mut setting = Setting::new(content);
    setting.settings = setting.settings.clone().with_test(TestSettings::new("true"));
    let (first, second) = (setting.enqueue("First").await, setting.enqueue("Second").await);
    setting.run_until_idle().await;
    let undo = take_back(&setting, &first).await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&undo).await.queue(), Queue::Done);
    assert_eq!(setting.task(&second).await.queue(), Queue::Done);
    assert!(!setting.repository.git(&["ls-tree", "--name-only", "main"]).contains("task-1.txt"));
    assert!(setting.repository.git(&["ls-tree", "--name-only", "main"]).contains("task-2.txt"));
    let runs = setting.runs(&undo).await;
    let tested = runs[0].steps.iter().any(|step| step.name == "test" && step.status == StepStatus::Done);
    assert!(tested, "{:?}", runs[0].steps);
}

#[tokio::test(flavor = "multi_thread")]
async fn later_changes_in_the_way_are_said_and_left_to_an_agent() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            let text = if scene.task() == "task-3" {
                "both without the first\n".to_owned()
            } else {
                format!("{}\n", scene.task())
            };
            scene.write("shared.txt", &text);
            scene.commit(&format!("Do {}", scene.task()));
            scene.submit("wrote it")
        }
    });
    let first = setting.enqueue("First").await;
    setting.run_until_idle().await;
    setting.enqueue("Second").await;
    setting.run_until_idle().await;
    let undo = take_back(&setting, &first).await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&undo).await.queue(), Queue::Done);
    assert_eq!(setting.repository.git(&["show", "main:shared.txt"]), "both without the first\n");
    let thread = setting.thread(&undo).await;
    let said: Vec<_> = thread.iter().filter(|message| message.kind == MessageKind::Conflict).collect();
    assert_eq!(said.len(), 1, "{thread:?}");
    assert!(said[0].body.contains("conflict in shared.txt"), "{}", said[0].body);
    let call = setting
        .runner
        .calls()
        .into_iter()
        .find(|call| call.task == undo && call.role.as_str() == "implement");
    assert!(call.unwrap().task_json.contains("conflict in shared.txt"), "the agent knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_that_is_sent_back_is_for_an_agent() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" if scene.task() == "task-2" && scene.read("task-1.txt").is_empty() => {
            scene.reject("keep the name")
        }
        "review" => scene.approve("fine"),
        _ if scene.task() == "task-2" => {
            scene.write("task-1.txt", "the name\n");
            scene.commit("Keep the name");
            scene.submit("kept it")
        }
        _ => content(scene),
    });
    setting.repository.write("task-1.txt", "");
    setting.repository.commit("An empty file");
    let first = setting.enqueue("First").await;
    setting.run_until_idle().await;
    let undo = take_back(&setting, &first).await;
    setting.run_until_idle().await;
    let task = setting.task(&undo).await;
    assert_eq!((task.queue(), task.counters.rejections), (Queue::Done, 1));
    assert_eq!(setting.repository.git(&["show", "main:task-1.txt"]), "the name\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_already_waits_for_a_person_and_what_never_landed_is_refused() {
    let setting = Setting::new(content);
    let id = setting.enqueue("First").await;
    let open = setting.create(NewTask::new("Open", "Later.").in_backlog()).await;
    setting.run_until_idle().await;
    let error =
        revert(&*setting.store, &Scope::single(), &open, RevertRequest::new("ada")).await.unwrap_err();
    assert!(matches!(error, OpError::NotLanded { queue: Queue::Backlog, .. }), "{error:?}");

    std::fs::remove_file(setting.repository.path().join("task-1.txt")).unwrap();
    setting.repository.commit("By hand");
    let undo = take_back(&setting, &id).await;
    setting.run_until_idle().await;
    let task = setting.task(&undo).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.needs_person().unwrap().contains("nothing of what task-1 landed is left"), "{task:?}");
}
