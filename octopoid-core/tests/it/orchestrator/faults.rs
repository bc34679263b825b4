//! Faults that are nobody's task's.

use super::pace::Pace;
use super::setting::{Setting, content, landed, wait_for};
use octopoid_core::clock::Clock;
use octopoid_core::model::{AgentName, NewTask, Queue, RoleName, Scope, StopReason};
use octopoid_core::orchestrator::{AgentSettings, Limits, Notice};
use octopoid_core::testing::ManualClock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn i17_a_rate_limit_is_not_charged_and_the_agent_waits_until_it_lifts() {
    let clock = Arc::new(ManualClock::new());
    let lifts = clock.now() + Duration::from_secs(3600);
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let setting = Setting::with_clock(clock.clone(), move |scene| {
        if scene.role() == "implement" && count.fetch_add(1, Ordering::SeqCst) == 0 {
            return scene
                .stop(StopReason::RateLimited { retry_at: Some(lifts), message: "5-hour limit".into() });
        }
        content(scene)
    });
    let id = setting.enqueue("Patience").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    let (until, reason) = wait_for(&mut events, |notice| match notice {
        Notice::Backoff { until, reason, .. } => Some((*until, reason.clone())),
        _ => None,
    })
    .await;
    assert_eq!(until, lifts);
    assert!(reason.contains("5-hour limit"), "{reason}");
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Incoming, 0));
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    clock.advance(Duration::from_secs(3600));
    wait_for(&mut events, landed).await;
    handle.drain();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashing_agent_is_charged_until_a_person_decides() {
    let setting = Setting::new(|scene| scene.stop(StopReason::Crashed { reason: "exit code 1".into() }));
    let id = setting.enqueue("Crash").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::NeedsContinuation, 3));
    assert!(task.state.needs_person().unwrap().contains("exit code 1"));
    assert_eq!(setting.runs(&id).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_an_agent_that_crashes_again_and_again_is_not_let_loose_on_the_whole_queue() {
    const CRASHES: usize = 4;
    let pace = Arc::new(Pace::default());
    let crashed_at = Arc::new(Mutex::new(Vec::new()));
    let (times, clock) = (crashed_at.clone(), pace.clock.clone());
    let setting = Setting::with_clock(pace.clock.clone(), move |scene| {
        let mut times = times.lock().unwrap();
        if scene.role() == "implement" && times.len() < CRASHES {
            times.push(clock.now());
            return scene.stop(StopReason::Crashed { reason: "the network is unreachable".into() });
        }
        drop(times);
        content(scene)
    });
    for number in 0..10 {
        setting.enqueue(&format!("Task {number}")).await;
    }
    let orchestrator = setting.builder().observer(pace.clone()).build().await.unwrap();
    let mut events = orchestrator.events();
    let summary = pace.until_ended(tokio::spawn(orchestrator.run_until_idle())).await.unwrap();
    assert_eq!(summary.waiting, []);
    let mut pauses = Vec::new();
    while let Some(notice) = events.next().await {
        if let Notice::Backoff { until, .. } = notice {
            pauses.push(until);
        }
    }
    // Three at once, and then one after each pause.
    let crashed_at = crashed_at.lock().unwrap().clone();
    assert_eq!((crashed_at.len(), pauses.len()), (CRASHES, CRASHES - 2));
    for (pause, crash) in pauses.iter().zip(&crashed_at[3..]) {
        assert!(crash >= pause, "crashed at {crash}, and the pause was until {pause}");
    }
    let waiting = setting.store.queue_counts(&Scope::single()).await.unwrap();
    assert!(waiting.in_queue(Queue::Done) >= 8, "{waiting:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_a_limit_that_never_lifts_is_not_believed() {
    let clock = Arc::new(ManualClock::new());
    let never = clock.now() + Duration::from_secs(10 * 365 * 24 * 3600);
    let setting = Setting::with_clock(clock.clone(), move |scene| {
        scene.stop(StopReason::RateLimited { retry_at: Some(never), message: "429".into() })
    });
    let id = setting.enqueue("Patience").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    let until = wait_for(&mut events, |notice| match notice {
        Notice::Backoff { until, .. } => Some(*until),
        _ => None,
    })
    .await;
    assert!(until.since(clock.now()) <= Duration::from_secs(600), "{until}");
    handle.drain();
    running.await.unwrap().unwrap();
    let stopped = setting.runs(&id).await.remove(0).stopped;
    assert_eq!(stopped, Some(StopReason::RateLimited { retry_at: None, message: "429".into() }));
}

#[tokio::test(flavor = "multi_thread")]
async fn i14_commits_of_an_agent_that_died_are_offered_to_the_next_attempt() {
    let setting = Setting::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ if scene.read("a.txt").is_empty() => {
            scene.write("a.txt", "one\n");
            scene.commit("One");
            scene.stop(StopReason::Crashed { reason: "killed".into() })
        }
        _ => {
            scene.write("b.txt", "two\n");
            scene.commit("Two");
            scene.submit("finished what was begun")
        }
    });
    let id = setting.enqueue("In two goes").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(setting.log("main")[..2], ["Two", "One"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_its_limit_of_turns_leaves_a_task_for_a_person() {
    let setting = Setting::new(|scene| {
        scene.write("a.txt", "one\n");
        scene.commit("One");
        scene.stop(StopReason::MaxTurns)
    });
    let id = setting.enqueue("Endless").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    let submission = task.submission.unwrap();
    assert_eq!(submission.commits, 1);
    let branch = submission.branch.unwrap();
    assert_eq!(setting.log(&branch)[0], "One");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_has_cost_too_much_waits_for_a_person() {
    let mut setting = Setting::new(|scene| match scene.role() {
        "review" => scene.reject("more"),
        _ => {
            scene.write("a.txt", &scene.request().attempt.to_string());
            scene.commit("More");
            scene.submit("more")
        }
    });
    setting.settings.limits = Limits::default().with_cost_usd(0.015, 50.0);
    let id = setting.enqueue("Expensive").await;
    setting.run_until_idle().await;
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.state.needs_person().unwrap().contains("cost_usd_per_task"), "{:?}", task.state);
    assert_eq!(setting.runner.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_base_branch_of_a_task_asks_a_person_and_harms_nobody_else() {
    let setting = Setting::new(content);
    let lost = setting.create(NewTask::new("Lost", "on a branch that is gone").with_branch("gone")).await;
    let fine = setting.enqueue("Fine").await;
    setting.run_until_idle().await;
    let task = setting.task(&lost).await;
    assert_eq!(task.queue(), Queue::NeedsContinuation);
    assert!(task.state.needs_person().unwrap().contains("gone"));
    assert_eq!(setting.task(&fine).await.queue(), Queue::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn i24_an_agent_that_does_not_fit_is_refused_with_what_would() {
    let setting = Setting::new(content);
    let wrong = AgentSettings::new(AgentName::new("a").unwrap(), RoleName::new("implment").unwrap());
    let error = setting.builder().agent(wrong).build().await.unwrap_err().to_string();
    assert!(error.contains("there is no role `implment`; there are implement, review"), "{error}");
    let wrong = AgentSettings::new(AgentName::new("a").unwrap(), RoleName::implement()).with_runner("codex");
    let error = setting.builder().agent(wrong).build().await.unwrap_err().to_string();
    assert!(error.contains("there is no runner `codex`; there are scripted"), "{error}");
}
