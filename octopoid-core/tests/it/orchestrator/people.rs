//! People who step in.

use super::setting::{Setting, content, wait_for};
use octopoid_core::model::{MessageDraft, MessageKind, Queue, Scope, StopReason, TaskId};
use octopoid_core::orchestrator::Notice;
use octopoid_core::store::StoreExt;
use octopoid_core::transition::{Actor, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn person() -> Actor {
    Actor::Person("ada".to_owned())
}

impl Setting {
    pub(crate) async fn approve(&self, id: &TaskId) {
        self.store.approve(&Scope::single(), id, person(), "").await.unwrap();
    }

    /// Lets a stopped task go on, with nothing said.
    pub(crate) async fn retry(&self, id: &TaskId) {
        self.command(id, Command::Continue { actor: person(), note: String::new() }).await;
    }

    pub(crate) async fn comment(&self, id: &TaskId, words: &str) {
        let message = MessageDraft::new(MessageKind::Comment, "ada", words);
        self.store.post_message(&Scope::single(), id, message).await.unwrap();
    }

    async fn command(&self, id: &TaskId, command: Command) {
        self.store.apply(&Scope::single(), id, command).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_task_stops_its_agent_and_nothing_of_it_counts() {
    let setting = Setting::new(|scene| {
        // As an agent that is stopped from outside reports.
        while !scene.request().cancel.is_cancelled() {
            std::thread::yield_now();
        }
        scene.stop(StopReason::Cancelled)
    });
    let id = setting.enqueue("Never mind").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, |notice| matches!(notice, Notice::RunStarted { .. }).then_some(())).await;
    setting.command(&id, Command::Cancel { actor: person(), reason: "changed my mind".into() }).await;
    wait_for(&mut events, |notice| matches!(notice, Notice::RunSettled { queue: None, .. }).then_some(()))
        .await;
    handle.drain();
    running.await.unwrap().unwrap();
    let task = setting.task(&id).await;
    assert_eq!(task.state.needs_person(), Some("cancelled by ada: changed my mind"));
    assert_eq!(task.counters.attempts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn i07_a_person_lets_a_stopped_task_go_on_with_an_answer() {
    let answered = Arc::new(AtomicBool::new(false));
    let heard = answered.clone();
    let setting = Setting::new(move |scene| {
        if scene.role() == "review" {
            return scene.approve("fine");
        }
        if scene.request().prompt.contains("use blue") {
            heard.store(true, Ordering::SeqCst);
            return content(scene);
        }
        scene.result(serde_json::json!({"outcome": "needs_input", "question": "which colour?"}))
    });
    let id = setting.enqueue("Paint it").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.state.needs_person(), Some("which colour?"));
    setting.command(&id, Command::Continue { actor: person(), note: "use blue".into() }).await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    assert!(answered.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn i16_a_paused_orchestrator_finishes_what_runs_and_begins_nothing() {
    let setting = Setting::new(content);
    let first = setting.enqueue("Under way").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, |notice| matches!(notice, Notice::RunStarted { .. }).then_some(())).await;
    handle.pause();
    let second = setting.enqueue("Later").await;
    let queue = wait_for(&mut events, |notice| match notice {
        Notice::RunSettled { task, queue, .. } if *task == first => *queue,
        _ => None,
    })
    .await;
    assert_eq!(queue, Queue::Provisional);
    handle.resume();
    wait_for(&mut events, |notice| match notice {
        Notice::RunSettled { task, queue: Some(Queue::Done), .. } if *task == second => Some(()),
        _ => None,
    })
    .await;
    handle.drain();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_at_once_gives_the_task_back_with_its_work_kept() {
    let setting = Setting::new(|scene| {
        scene.write("half.txt", "half\n");
        while !scene.request().cancel.is_cancelled() {
            std::thread::yield_now();
        }
        scene.stop(StopReason::Cancelled)
    });
    let id = setting.enqueue("Long").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, |notice| matches!(notice, Notice::RunStarted { .. }).then_some(())).await;
    let half = setting.repository.path().join(".octopoid/worktrees/task-1/half.txt");
    while !half.exists() {
        tokio::task::yield_now().await;
    }
    handle.stop();
    running.await.unwrap().unwrap();
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Incoming, 0));
    assert!(half.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_orchestrator_on_the_same_folder_is_refused() {
    let setting = Setting::new(|scene| {
        while !scene.request().cancel.is_cancelled() {
            std::thread::yield_now();
        }
        scene.stop(StopReason::Cancelled)
    });
    setting.enqueue("Hold on").await;
    let first = setting.builder().build().await.unwrap();
    let (handle, mut events) = (first.handle(), first.events());
    let running = tokio::spawn(first.run());
    wait_for(&mut events, |notice| matches!(notice, Notice::RunStarted { .. }).then_some(())).await;
    let error = setting.builder().build().await.unwrap().run_until_idle().await.unwrap_err();
    assert!(error.to_string().contains("already runs"), "{error}");
    handle.stop();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_work_can_read_what_is_said_meanwhile() {
    let (at_work, mut works) = tokio::sync::mpsc::unbounded_channel();
    let setting = Setting::new(move |scene| {
        if scene.role() == "review" {
            return scene.approve("fine");
        }
        at_work.send(()).unwrap();
        let thread = &scene.request().environment["OCTOPOID_THREAD"];
        // It works until somebody says what is missing.
        let said = loop {
            let said = std::fs::read_to_string(thread).unwrap();
            if said.contains("by ada") {
                break said;
            }
            std::thread::yield_now();
        };
        let news = std::fs::read_to_string(&scene.request().environment["OCTOPOID_NEWS"]).unwrap();
        assert_eq!(news, r#""ada says to you about this task: use blue""#);
        scene.write("said.md", &said);
        scene.commit("Write down what was said");
        scene.submit("did it")
    });
    let id = setting.enqueue("Paint it").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let running = tokio::spawn(orchestrator.run_until_idle());
    works.recv().await.unwrap();
    setting.comment(&id, "use blue").await;
    running.await.unwrap().unwrap();
    let said = setting.repository.git(&["show", "main:said.md"]);
    assert!(said.starts_with("# What was said so far, up to message 1\n\n## 1. comment by ada, "), "{said}");
    assert!(said.ends_with("\n\nuse blue\n"), "{said}");
}
