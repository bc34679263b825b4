//! Limits of a model belong to an account, and pause all agents that use it (I17).

use super::pace::Pace;
use super::setting::{Setting, content, landed, wait_for};
use octopoid_core::clock::Clock;
use octopoid_core::model::{AgentName, Queue, RoleName, RunId, StopReason, Timestamp};
use octopoid_core::orchestrator::{AgentSettings, Builder, Notice, Observer, Orchestrator, Point, Status};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::{ManualClock, PlainRole, Scene};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// The account of an agent of these tests: the part of its name before the dash.
fn account(agent: &str) -> &str {
    agent.split('-').next().unwrap()
}

fn builder(setting: &Setting, agents: &[&str]) -> Builder {
    let agents = agents.iter().map(|name| {
        let agent = AgentSettings::new(AgentName::new(*name).unwrap(), RoleName::implement());
        agent.with_runner("scripted").with_account(account(name))
    });
    let reviewer = AgentSettings::new(AgentName::new("reviewer").unwrap(), RoleName::review());
    Orchestrator::builder()
        .store(setting.store.clone())
        .repository(setting.repository.path())
        .settings(setting.settings.clone())
        .clock(setting.clock.clone())
        .role(Arc::new(PlainRole::implement()))
        .role(Arc::new(PlainRole::review()))
        .runner(Arc::new(setting.runner.clone()))
        .agents(agents)
        .agent(reviewer.with_runner("scripted"))
}

/// Accounts with the moment at which each opens.
#[derive(Debug, Default)]
struct Windows(Mutex<BTreeMap<String, Timestamp>>);

impl Windows {
    fn close(&self, account: &str, until: Timestamp) {
        self.0.lock().unwrap().insert(account.to_owned(), until);
    }

    /// The limit that an agent meets now.
    fn limit(&self, scene: &Scene<'_>, now: Timestamp) -> Option<AgentReport> {
        let until = *self.0.lock().unwrap().get(account(scene.request().agent.as_str()))?;
        (now < until).then(|| {
            scene.stop(StopReason::RateLimited { retry_at: Some(until), message: "5-hour limit".into() })
        })
    }
}

fn status(setting: &Setting) -> Status {
    let path = setting.repository.path().join(".octopoid/runtime/status.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_a_limit_pauses_all_agents_of_its_account_and_no_others_also_after_a_restart() {
    let clock = Arc::new(ManualClock::new());
    let (windows, limited) = (Arc::new(Windows::default()), Arc::new(AtomicUsize::new(0)));
    let lifts = clock.now() + HOUR;
    windows.close("red", lifts);
    let (time, closed, count) = (clock.clone(), windows.clone(), limited.clone());
    let setting = Setting::with_clock(clock.clone(), move |scene| match closed.limit(scene, time.now()) {
        Some(report) if scene.role() == "implement" => {
            count.fetch_add(1, Ordering::SeqCst);
            report
        }
        _ => content(scene),
    });
    // One after the other, so that one agent meets the limit before the next tries.
    let ids = [setting.enqueue("One").await, setting.enqueue("Two").await, setting.enqueue("Three").await];
    for start in 0..3 {
        let orchestrator = builder(&setting, &["red-1", "red-2", "red-3"]).seed(start).build().await.unwrap();
        let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
        let running = tokio::spawn(orchestrator.run());
        if start == 0 {
            let until = wait_for(&mut events, |notice| match notice {
                Notice::Backoff { until, .. } => Some(*until),
                _ => None,
            })
            .await;
            assert_eq!(until, lifts);
        }
        handle.drain();
        running.await.unwrap().unwrap();
    }
    let at_once = limited.load(Ordering::SeqCst);
    assert!(at_once <= 3, "each of those that were at work, and none after a restart: {at_once}");

    // Another account works meanwhile.
    let orchestrator = builder(&setting, &["red-1", "blue-1"]).seed(9).build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    for _ in &ids {
        wait_for(&mut events, landed).await;
    }
    let status = status(&setting);
    assert_eq!(status.accounts.len(), 1, "{status:?}");
    assert_eq!((status.accounts[0].account.as_str(), status.accounts[0].until), ("red", lifts));
    assert_eq!(status.accounts[0].agents, [AgentName::new("red-1").unwrap()]);
    handle.drain();
    running.await.unwrap().unwrap();
    assert_eq!(limited.load(Ordering::SeqCst), at_once);
    for id in &ids {
        let task = setting.task(id).await;
        assert_eq!((task.queue(), task.counters.attempts), (Queue::Done, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn until_idle_waits_for_a_limit_that_lifts_however_often_it_was_met() {
    let pace = Arc::new(Pace::default());
    let limited = Arc::new(AtomicUsize::new(0));
    let count = limited.clone();
    let setting = Setting::with_clock(pace.clock.clone(), move |scene| {
        // The provider does not say when it lifts.
        match scene.role() == "implement" && count.fetch_add(1, Ordering::SeqCst) < 6 {
            true => scene.stop(StopReason::RateLimited { retry_at: None, message: "429".into() }),
            false => content(scene),
        }
    });
    let id = setting.enqueue("Patience").await;
    let orchestrator = builder(&setting, &["red-1"]).observer(pace.clone()).build().await.unwrap();
    let running = tokio::spawn(orchestrator.run_until_idle());
    assert!(pace.until_ended(running).await.unwrap().is_complete());
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Done, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn until_idle_gives_what_is_left_and_why() {
    let setting = Setting::new(|scene| {
        scene.stop(StopReason::Unavailable { problem: "no program".into(), remedy: "install it".into() })
    });
    let id = setting.enqueue("Nobody can").await;
    let mut paused =
        AgentSettings::new(AgentName::new("paused").unwrap(), RoleName::implement()).with_runner("scripted");
    paused.paused = true;
    let pace = Arc::new(Pace::default());
    let orchestrator =
        builder(&setting, &["red-1"]).agent(paused).clock(pace.clock.clone()).observer(pace.clone());
    let orchestrator = orchestrator.build().await.unwrap();
    let running = tokio::spawn(orchestrator.run_until_idle());
    let left = pace.until_ended(running).await.unwrap().waiting;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((&left[0].task, left[0].queue), (&id, Queue::Incoming));
    assert!(left[0].why.contains("install it") && left[0].why.contains("paused in agents.yaml"), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_opens_again_lets_one_agent_begin_at_first() {
    let pace = Arc::new(Pace::default());
    let windows = Arc::new(Windows::default());
    windows.close("red", pace.clock.now() + HOUR);
    let (time, closed) = (pace.clone(), windows.clone());
    let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (begun, highest) = (at_work.clone(), most.clone());
    let setting = Setting::with_clock(pace.clock.clone(), move |scene| {
        if scene.role() != "implement" {
            return content(scene);
        }
        if let Some(report) = closed.limit(scene, time.clock.now()) {
            return report;
        }
        highest.fetch_max(begun.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // So long that more may begin meanwhile.
        let work = time.work(&scene.request().run, Duration::from_secs(100), std::future::pending());
        tokio::runtime::Handle::current().block_on(work);
        begun.fetch_sub(1, Ordering::SeqCst);
        content(scene)
    });
    for number in 0..8 {
        setting.enqueue(&format!("Task {number}")).await;
    }
    let orchestrator = builder(&setting, &["red-1", "red-2", "red-3", "red-4"]).observer(pace.clone());
    let running = tokio::spawn(orchestrator.build().await.unwrap().run_until_idle());
    pace.until(|| at_work.load(Ordering::SeqCst) > 0).await;
    assert_eq!(most.load(Ordering::SeqCst), 1, "one agent tries whether the limit has lifted");
    assert!(pace.until_ended(running).await.unwrap().is_complete());
    assert!(most.load(Ordering::SeqCst) > 1, "then there are more");
}

/// Holds a run up between its transition and its end, until another run has begun.
#[derive(Debug)]
struct HeldUp(Arc<Calls>);

#[derive(Debug, Default)]
struct Calls {
    agents: Mutex<Vec<String>>,
    another: Condvar,
}

impl Observer for HeldUp {
    fn reached(&self, point: Point, run: &RunId) {
        if point == Point::Transitioned && run.as_str() == "task-1.1" {
            let calls = self.0.agents.lock().unwrap();
            drop(self.0.another.wait_timeout_while(calls, HOUR, |calls| calls.len() < 2).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i17_a_limit_pauses_its_account_before_the_task_is_free_for_others() {
    let calls = Arc::new(Calls::default());
    let told = calls.clone();
    let setting = Setting::new(move |scene| {
        if scene.role() == "review" {
            return content(scene);
        }
        let mut agents = told.agents.lock().unwrap();
        agents.push(scene.request().agent.to_string());
        told.another.notify_all();
        match agents.len() {
            1 => scene.stop(StopReason::RateLimited { retry_at: None, message: "429".into() }),
            _ => content(scene),
        }
    });
    let id = setting.enqueue("Say hello").await;
    let builder = builder(&setting, &["red-1", "red-2", "blue-1"]);
    builder.observer(Arc::new(HeldUp(calls.clone()))).build().await.unwrap().run_until_idle().await.unwrap();
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert_eq!(*calls.agents.lock().unwrap(), ["red-1", "blue-1"]);
}
