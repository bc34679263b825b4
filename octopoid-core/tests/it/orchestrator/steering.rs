//! Steering by the handle, from other tasks and at any time.

use super::setting::{Setting, content, wait_for};
use octopoid_core::model::{Queue, StopReason, TaskId};
use octopoid_core::orchestrator::{CancelError, Notice};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::Scene;
use std::sync::{Mutex, mpsc};
use tokio::sync::mpsc::unbounded_channel;

/// An agent that works until it is stopped.
fn until_stopped(scene: &Scene<'_>) -> AgentReport {
    // Scripts are played on a thread where waiting is allowed.
    tokio::runtime::Handle::current().block_on(scene.request().cancel.cancelled());
    scene.stop(StopReason::Cancelled)
}

fn started(notice: &Notice) -> Option<()> {
    matches!(notice, Notice::RunStarted { .. }).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_running_task_stops_its_agent() {
    let (begun, mut at_work) = unbounded_channel();
    let setting = Setting::new(move |scene| {
        scene.write("half.txt", "half\n");
        begun.send(()).unwrap();
        until_stopped(scene)
    });
    let id = setting.enqueue("Never mind").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    at_work.recv().await.unwrap();
    let (steering, task) = (handle.clone(), id.clone());
    let cancelled = tokio::spawn(async move { steering.cancel(&task, "changed my mind").await });
    let task = cancelled.await.unwrap().unwrap();
    let words = Some("cancelled by local-test: changed my mind");
    assert_eq!((task.queue(), task.state.needs_person()), (Queue::Failed, words));
    // Its run is over: the agent has ended, and what it says no longer counts.
    wait_for(&mut events, |notice| matches!(notice, Notice::RunSettled { queue: None, .. }).then_some(()))
        .await;
    let settled = setting.task(&id).await;
    assert_eq!((settled.state.needs_person(), settled.counters.attempts), (words, 0));
    assert!(setting.repository.path().join(".octopoid/worktrees/task-1/half.txt").exists(), "it is kept");
    // The orchestrator goes on with the next.
    let next = setting.enqueue("This one").await;
    wait_for(&mut events, |notice| match notice {
        Notice::RunStarted { task, .. } if *task == next => Some(()),
        _ => None,
    })
    .await;
    handle.stop();
    running.await.unwrap().unwrap();
    assert_eq!(setting.task(&next).await.queue(), Queue::Incoming);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_cancelled_before_the_run_is_never_begun() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Never mind").await;
    let orchestrator = setting.builder().build().await.unwrap();
    orchestrator.handle().cancel(&id, "").await.unwrap();
    orchestrator.run_until_idle().await.unwrap();
    assert!(setting.runner.calls().is_empty());
    assert_eq!(setting.task(&id).await.state.needs_person(), Some("cancelled by local-test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_cancelled_is_refused_with_the_reason() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Say it").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let handle = orchestrator.handle();
    let missing = TaskId::new("task-7").unwrap();
    let error = handle.cancel(&missing, "no").await.unwrap_err();
    assert!(matches!(&error, CancelError::NotFound { task } if *task == missing), "{error:?}");
    assert_eq!(error.to_string(), "there is no task task-7");
    orchestrator.run_until_idle().await.unwrap();
    // Also when the orchestrator has ended: the store answers.
    let error = handle.cancel(&id, "too late").await.unwrap_err();
    assert!(matches!(&error, CancelError::Refused { task, .. } if *task == id), "{error:?}");
    assert!(error.to_string().contains("`done`"), "{error}");
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let late = setting.enqueue("Later").await;
    assert_eq!(handle.cancel(&late, "nobody will").await.unwrap().queue(), Queue::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wanted_before_the_run_holds_from_the_start() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Wait").await;
    let paused = setting.builder().build().await.unwrap();
    let handle = paused.handle();
    handle.pause();
    paused.run_until_idle().await.unwrap();
    let drained = setting.builder().build().await.unwrap();
    drained.handle().drain();
    drained.run().await.unwrap();
    assert!(setting.runner.calls().is_empty());
    assert_eq!(setting.task(&id).await.queue(), Queue::Incoming);
    let resumed = setting.builder().build().await.unwrap();
    resumed.handle().pause();
    resumed.handle().resume();
    resumed.run_until_idle().await.unwrap();
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_finishes_what_runs_and_begins_nothing() {
    let (go, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let setting = Setting::new(move |scene| {
        gate.lock().unwrap().recv().unwrap();
        content(scene)
    });
    let first = setting.enqueue("Under way").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, started).await;
    tokio::spawn(async move { handle.drain() }).await.unwrap();
    let second = setting.enqueue("Later").await;
    go.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(setting.task(&first).await.queue(), Queue::Provisional);
    assert_eq!(setting.task(&second).await.queue(), Queue::Incoming);
    assert_eq!(setting.runner.calls().len(), 1);
}
