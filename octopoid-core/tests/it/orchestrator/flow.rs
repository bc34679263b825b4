//! From a task to a merged commit.

use super::setting::{Setting, content};
use octopoid_core::model::{EventKind, MessageKind, NewTask, Priority, Queue, State};
use std::sync::Mutex;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_becomes_a_reviewed_commit_on_the_base_branch() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Write a file").await;
    setting.run_until_idle().await;

    let task = setting.task(&id).await;
    let State::Done { landed: Some(landed), .. } = &task.state else { panic!("{:?}", task.state) };
    assert_eq!(setting.log("main")[0], "Do task-1");
    assert_eq!(setting.repository.git(&["rev-parse", "main"]).trim(), landed.as_str());
    // The user's checkout follows.
    assert_eq!(std::fs::read_to_string(setting.repository.path().join("task-1.txt")).unwrap(), "done\n");
    assert_eq!(
        setting.history(&id).await,
        [
            EventKind::Created,
            EventKind::Claimed,
            EventKind::Submitted,
            EventKind::ReviewClaimed,
            EventKind::MessagePosted,
            EventKind::Approved,
            EventKind::LandingClaimed,
            EventKind::Accepted
        ]
        .into_iter()
        .filter(|kind| *kind != EventKind::MessagePosted)
        .collect::<Vec<_>>()
    );
    assert!(setting.worktrees().is_empty(), "the worktree is removed once its work has landed");
    assert!(setting.repository.git(&["branch", "--list", "agent/*"]).is_empty());
    let runs = setting.runs(&id).await;
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|run| run.finished_at.is_some()));
    assert_eq!((runs[0].commits, runs[0].usage.turns), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn i21_rejected_work_goes_on_from_its_own_commits_and_conversation_with_the_feedback() {
    let setting = Setting::new(|scene| match (scene.role(), scene.read("a.txt").as_str()) {
        ("review", "first\n") => scene.reject("add a second line"),
        ("review", _) => scene.approve("now it is right"),
        (_, "") => {
            scene.write("a.txt", "first\n");
            scene.commit("First");
            scene.submit("wrote a line")
        }
        _ => {
            scene.write("a.txt", "first\nsecond\n");
            scene.commit("Second");
            scene.submit("wrote another")
        }
    });
    let id = setting.enqueue("Two lines").await;
    setting.run_until_idle().await;

    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(setting.log("main")[..2], ["Second", "First"]);
    let calls = setting.runner.calls();
    let implement: Vec<_> = calls.iter().filter(|call| call.role.as_str() == "implement").collect();
    assert_eq!(implement.len(), 2);
    assert_eq!(implement[1].resume.as_ref().unwrap().as_str(), "scripted-task-1.1");
    assert!(implement[1].prompt.contains("add a second line"));
    let kinds: Vec<_> = setting.thread(&id).await.into_iter().map(|message| message.kind).collect();
    assert_eq!(
        kinds,
        [MessageKind::Summary, MessageKind::Feedback, MessageKind::Summary, MessageKind::Approval]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn i15_after_three_rejections_a_person_decides() {
    let setting = Setting::new(|scene| match scene.role() {
        // Each round finds something else.
        "review" => {
            scene.reject(&format!("still not right{}", " at all".repeat(scene.request().attempt as usize)))
        }
        _ => {
            scene.write("a.txt", &format!("{}\n", scene.request().attempt));
            scene.commit(&format!("Try {}", scene.request().attempt));
            scene.submit("tried")
        }
    });
    let id = setting.enqueue("Hard").await;
    setting.run_until_idle().await;

    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::Provisional);
    assert!(task.state.needs_person().unwrap().contains("still not right"));
    assert_eq!(task.counters.review_rounds, 3);
    assert_eq!(setting.runner.calls().len(), 6);
    assert_eq!(setting.log("main").len(), 1, "nothing has landed");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tasks_run_at_once_and_the_urgent_one_first() {
    let order = std::sync::Arc::new(Mutex::new(Vec::new()));
    let seen = order.clone();
    let mut setting = Setting::new(move |scene| {
        if scene.role() == "implement" {
            seen.lock().unwrap().push(scene.task().to_owned());
        }
        content(scene)
    });
    setting.workers = 3;
    for n in 1..=5 {
        setting.enqueue(&format!("Task {n}")).await;
    }
    let urgent = setting.create(NewTask::new("Now", "at once").with_priority(Priority::P0)).await;
    setting.run_until_idle().await;

    assert!(order.lock().unwrap()[..3].contains(&urgent.to_string()), "{order:?}");
    assert_eq!(setting.log("main").len(), 7);
    assert!(setting.repository.git(&["log", "--merges", "--format=%s", "main"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn i05_a_blocked_task_begins_when_its_last_blocker_has_landed() {
    let setting = Setting::new(|scene| {
        if scene.role() == "implement" && scene.task() == "task-3" {
            assert_eq!(scene.read("task-1.txt"), "done\n");
            assert_eq!(scene.read("task-2.txt"), "done\n");
        }
        content(scene)
    });
    let (one, two) = (setting.enqueue("One").await, setting.enqueue("Two").await);
    let three = setting.create(NewTask::new("Three", "after both").with_blocked_by([one, two])).await;
    assert_eq!(setting.task(&three).await.queue(), Queue::Blocked);
    setting.run_until_idle().await;
    assert_eq!(setting.task(&three).await.queue(), Queue::Done);
    assert_eq!(setting.log("main")[0], "Do task-3");
}

#[tokio::test(flavor = "multi_thread")]
async fn i22_an_agent_that_produced_nothing_is_charged_and_a_person_decides_in_the_end() {
    let setting = Setting::new(|scene| scene.submit("all done!"));
    let id = setting.enqueue("Do something").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.state.needs_person().unwrap().contains("no commit and no change"));
    assert_eq!(task.counters.attempts, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_was_not_committed_is_committed_and_reviewed() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.write("forgotten.txt", "here\n");
            scene.submit("forgot to commit")
        }
    });
    let id = setting.enqueue("Add a file").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(setting.log("main")[0], "Add a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_cannot_change_the_work() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => {
            scene.write("sneaked-in.txt", "hello\n");
            scene.commit("Sneak something in");
            scene.write("dirty.txt", "dirt\n");
            scene.approve("fine, with my own changes")
        }
        _ => content(scene),
    });
    let id = setting.enqueue("Honest work").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(setting.log("main")[..2], ["Do task-1", "Initial commit"]);
    // Nothing is thrown away either.
    assert!(!setting.repository.git(&["for-each-ref", "refs/octopoid/kept"]).is_empty());
}
