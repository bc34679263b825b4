//! How work lands.

use super::setting::{Setting, content, landed, wait_for};
use octopoid_core::model::{EventKind, MessageKind, NewTask, Queue, State, StepStatus};
use octopoid_core::orchestrator::{MergeSettings, MergeStrategy, Notice};

fn with_strategy(strategy: MergeStrategy) -> Setting {
    let mut setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.write("a.txt", "one\n");
            scene.commit("One");
            scene.write("b.txt", "two\n");
            scene.commit("Two");
            scene.submit("two commits")
        }
    });
    setting.settings = setting.settings.clone().with_merge(MergeSettings::new(strategy));
    setting
}

#[tokio::test(flavor = "multi_thread")]
async fn squash_lands_as_one_commit_with_the_tasks_title() {
    let setting = with_strategy(MergeStrategy::Squash);
    setting.enqueue("Both files").await;
    setting.run_until_idle().await;
    assert_eq!(setting.log("main"), ["Both files", "Initial commit"]);
    assert_eq!(setting.repository.git(&["show", "main:b.txt"]), "two\n");
    assert!(
        setting.repository.git(&["for-each-ref", "refs/octopoid"]).is_empty(),
        "nothing is left that has landed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn merge_lands_as_a_merge_commit() {
    let setting = with_strategy(MergeStrategy::Merge);
    setting.enqueue("Both files").await;
    setting.run_until_idle().await;
    assert_eq!(setting.log("main").len(), 4);
    assert_eq!(setting.repository.git(&["log", "--merges", "--format=%s", "main"]).trim(), "Both files");
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_a_conflict_is_a_job_for_the_same_agent_in_the_same_worktree() {
    let mut setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ if scene.request().resume.is_some() || scene.request().attempt > 1 => {
            // The conflict's job: both lines.
            let tip = scene.request().base_tip.clone().unwrap();
            let output = std::process::Command::new("git")
                .args(["rebase", tip.as_str()])
                .current_dir(&scene.request().directory)
                .output()
                .unwrap();
            assert!(!output.status.success(), "there is a conflict to settle");
            scene.write("shared.txt", "task-1\ntask-2\n");
            scene.git(&["add", "shared.txt"]);
            scene.git(&["-c", "core.editor=true", "rebase", "--continue"]);
            scene.submit("kept both")
        }
        _ => {
            scene.write("shared.txt", &format!("{}\n", scene.task()));
            scene.commit(&format!("Do {}", scene.task()));
            scene.submit("wrote it")
        }
    });
    setting.workers = 2;
    let ids = [setting.enqueue("First").await, setting.enqueue("Second").await];
    setting.run_until_idle().await;

    for id in &ids {
        assert_eq!(setting.task(id).await.queue(), Queue::Done, "{:?}", setting.task(id).await);
    }
    let conflicts: Vec<_> = [setting.thread(&ids[0]).await, setting.thread(&ids[1]).await]
        .into_iter()
        .flatten()
        .filter(|message| message.kind == MessageKind::Conflict)
        .collect();
    assert_eq!(conflicts.len(), 1);
    assert!(conflicts[0].body.contains("Conflict in `shared.txt`"), "{}", conflicts[0].body);
    assert_eq!(setting.log("main").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_with_changes_elsewhere_follows_and_keeps_them() {
    let setting = Setting::new(content);
    setting.repository.write("mine.txt", "my own, unfinished\n");
    let id = setting.enqueue("Something else").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let read = |name: &str| std::fs::read_to_string(setting.repository.path().join(name)).unwrap();
    assert_eq!(read("mine.txt"), "my own, unfinished\n");
    assert_eq!(read("task-1.txt"), "done\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_would_lose_the_users_changes_waits_and_says_why() {
    let setting = Setting::new(content);
    // An untracked file of the user's, in the way of the one that lands.
    setting.repository.write("task-1.txt", "my own\n");
    let id = setting.enqueue("Collide").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());

    let why = wait_for(&mut events, |notice| match notice {
        Notice::Step { step, .. } if step.status == StepStatus::Waiting => Some(step.detail.clone()),
        _ => None,
    })
    .await;
    assert!(why.contains("task-1.txt"), "{why}");
    assert_eq!(setting.log("main").len(), 1);
    assert_eq!(std::fs::read_to_string(setting.repository.path().join("task-1.txt")).unwrap(), "my own\n");

    std::fs::remove_file(setting.repository.path().join("task-1.txt")).unwrap();
    wait_for(&mut events, landed).await;
    handle.drain();
    running.await.unwrap().unwrap();
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(setting.log("main")[0], "Do task-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_remote_the_base_branch_is_followed_and_pushed_there() {
    let mut setting = Setting::new(content);
    let remote = setting.repository.add_remote("origin");
    setting.settings = setting.settings.clone().with_remote("origin");
    // Somebody else has pushed meanwhile.
    remote.commit_to("main", "theirs.txt", "theirs\n", "Theirs");
    let id = setting.enqueue("Ours").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let log = remote.git(&["log", "--format=%s", "main"]);
    assert_eq!(log.lines().collect::<Vec<_>>(), ["Do task-1", "Theirs", "Initial commit"]);
    assert_eq!(setting.log("main").len(), 3, "the branch here follows too");
}

#[tokio::test(flavor = "multi_thread")]
async fn i25_work_that_is_in_the_base_branch_already_settles_itself() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.write("a.txt", "same\n");
            scene.commit(&format!("Do {}", scene.task()));
            scene.submit("did it")
        }
    });
    let first = setting.enqueue("Once").await;
    let second = setting.create(NewTask::new("Twice", "the same again")).await;
    let mut both = setting;
    both.workers = 2;
    both.run_until_idle().await;
    for id in [&first, &second] {
        assert_eq!(both.task(id).await.queue(), Queue::Done, "{:?}", both.task(id).await);
    }
    assert_eq!(both.log("main").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_work_that_got_there_by_another_way_is_recorded_by_the_commit_that_has_it() {
    let mut setting = Setting::new(content);
    setting.settings = setting
        .settings
        .clone()
        .with_merge(MergeSettings::new(MergeStrategy::Rebase).with_approval_by_person());
    let id = setting.enqueue("Past us").await;
    setting.run_until_idle().await;
    let work = setting.task(&id).await.submission.unwrap().head.unwrap();
    setting.repository.write("before.txt", "before\n");
    setting.repository.commit("Before");
    setting.repository.git(&["cherry-pick", work.as_str()]);
    let there = setting.repository.git(&["rev-parse", "main"]);
    setting.repository.write("later.txt", "later\n");
    setting.repository.commit("Later");
    setting.approve(&id).await;
    setting.run_until_idle().await;
    let State::Done { landed: Some(landed), .. } = setting.task(&id).await.state else {
        panic!("it is not done")
    };
    assert_eq!(landed.as_str(), there.trim());
    assert_eq!(setting.log("main").len(), 4, "nothing was added");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_auto_a_person_approves_before_anything_lands() {
    let mut setting = Setting::new(content);
    setting.settings = setting
        .settings
        .clone()
        .with_merge(MergeSettings::new(MergeStrategy::Rebase).with_approval_by_person());
    let id = setting.enqueue("Careful").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Provisional);
    assert_eq!(setting.log("main").len(), 1);
    setting.approve(&id).await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert!(setting.history(&id).await.contains(&EventKind::Accepted));
}
