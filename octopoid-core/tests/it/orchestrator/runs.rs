//! What a run has to itself, and what is told of it.

use super::setting::{Setting, content};
use octopoid_core::model::{EventKind, Queue, RunId, StopReason};
use octopoid_core::orchestrator::{Notice, Observer, Point};
use octopoid_core::testing::ManualClock;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn i13_no_two_runs_are_in_one_worktree_and_each_keeps_its_own_output() {
    let (at_work, shared) =
        (Arc::new(Mutex::new(HashSet::<PathBuf>::new())), Arc::new(Mutex::new(Vec::new())));
    let mut setting = Setting::new({
        let (at_work, shared) = (at_work.clone(), shared.clone());
        move |scene| {
            let directory = scene.request().directory.clone();
            if !at_work.lock().unwrap().insert(directory.clone()) {
                shared.lock().unwrap().push(directory.clone());
            }
            let report = match (scene.role(), scene.request().attempt) {
                ("review", 2) => scene.reject("once more"),
                ("review", _) => scene.approve("fine"),
                (_, attempt) => {
                    scene.write(format!("{}.txt", scene.task()), &format!("{attempt}\n"));
                    scene.commit("Write");
                    scene.submit(&format!("this is attempt {attempt}"))
                }
            };
            at_work.lock().unwrap().remove(&directory);
            report
        }
    });
    setting.workers = 3;
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(setting.enqueue(&format!("Task {number}")).await);
    }
    let orchestrator = setting.builder().build().await.unwrap();
    let layout = orchestrator.layout().clone();
    orchestrator.run_until_idle().await.unwrap();
    assert_eq!(*shared.lock().unwrap(), [] as [PathBuf; 0]);
    for id in &ids {
        let task = setting.task(id).await;
        assert_eq!(
            (task.queue(), task.counters.runs),
            (Queue::Done, 5),
            "worked on and reviewed twice, and landed"
        );
        for run in setting.runs(id).await {
            let log = std::fs::read_to_string(layout.attempt_log(id, run.number)).unwrap();
            assert!(!log.is_empty(), "{}", run.id);
            let others = (1..=5).filter(|number| *number != run.number);
            for other in others {
                assert!(!log.contains(&format!("this is attempt {other}")), "{}: {log}", run.id);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i27_what_goes_wrong_is_in_the_tasks_log_in_its_record_and_told() {
    let mut setting = Setting::new(content);
    setting.repository.git(&["remote", "add", "origin", "/nowhere/at/all"]);
    setting.settings = setting.settings.clone().with_remote("origin");
    let id = setting.enqueue("Unreachable").await;
    for _ in ["worked on", "reviewed"] {
        setting.builder().build().await.unwrap().run_once().await.unwrap();
    }
    let orchestrator = setting.builder().build().await.unwrap();
    let (layout, mut events) = (orchestrator.layout().clone(), orchestrator.events());
    orchestrator.run_once().await.unwrap();
    let task = setting.task(&id).await;
    assert_eq!(task.queue(), Queue::Provisional, "the work is there and waits: {:?}", task.state);
    let says = |text: &str| text.contains("/nowhere/at/all");
    assert!(says(task.note.as_deref().unwrap()), "{:?}", task.note);
    assert!(says(&std::fs::read_to_string(layout.task_log(&id)).unwrap()));
    let landing = setting.runs(&id).await.pop().unwrap();
    assert!(says(landing.note.as_deref().unwrap()), "{landing:?}");
    let mut told = Vec::new();
    while let Some(notice) = events.next().await {
        if let Notice::RunSettled { note: Some(note), .. } = notice {
            told.push(note);
        }
    }
    assert!(told.iter().any(|note| says(note)), "{told:?}");
}

/// Lets the time for the next renewal come right after a run's transition, while the rest of its end is still to be done.
#[derive(Debug)]
struct RenewalDue(Arc<ManualClock>);

impl Observer for RenewalDue {
    fn reached(&self, point: Point, _run: &RunId) {
        if point == Point::Transitioned {
            // From another thread, or what wakes would wait for this one.
            std::thread::scope(|scope| scope.spawn(|| self.0.advance(Duration::from_secs(100))).join())
                .unwrap();
            // Renewals are made on other threads, which have the processor meanwhile.
            (0..20_000).for_each(|_| std::thread::yield_now());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i03_a_claim_that_was_just_given_back_is_not_taken_again_by_a_renewal() {
    let clock = Arc::new(ManualClock::new());
    let setting = Setting::with_clock(clock.clone(), |scene| {
        scene.stop(StopReason::RateLimited { retry_at: None, message: "429".into() })
    });
    let id = setting.enqueue("Limited").await;
    for _ in 0..10 {
        let orchestrator = setting.builder().observer(Arc::new(RenewalDue(clock.clone())));
        orchestrator.build().await.unwrap().run_once().await.unwrap();
        clock.advance(Duration::from_secs(3600));
    }
    let history = setting.history(&id).await;
    let claims = history.iter().filter(|kind| **kind == EventKind::Claimed).count();
    let releases = history.iter().filter(|kind| **kind == EventKind::Released).count();
    assert_eq!((claims, releases, history.len()), (10, 10, 21), "{history:?}");
}
