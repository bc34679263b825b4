//! The live feed.

use super::setting::{Setting, content};
use async_trait::async_trait;
use futures_core::Stream;
use octopoid_core::model::{Queue, StopReason, TaskId};
use octopoid_core::orchestrator::{Events, Listener, Notice};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Everything until the end.
async fn all(mut events: Events) -> Vec<Notice> {
    let mut heard = Vec::new();
    while let Some(notice) = events.next().await {
        heard.push(notice);
    }
    assert!(events.next().await.is_none(), "what has ended stays so");
    heard
}

/// Counts every notice.
#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Listener for Count {
    fn hear(&self, _: &Notice) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Says so much that no watcher keeps up.
#[derive(Debug)]
struct Talker(u64);

#[async_trait]
impl Runner for Talker {
    fn name(&self) -> &str {
        "scripted"
    }

    fn resumes_sessions(&self) -> bool {
        false
    }

    async fn check(&self, _request: &RunnerCheck) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn run(&self, _request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        for word in 0..self.0 {
            sink.event(AgentEvent::Text(word.to_string()));
        }
        AgentReport::stopped(StopReason::Budget)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_watcher_hears_everything_until_the_orchestrator_has_ended() {
    let setting = Setting::new(content);
    let id = setting.enqueue("Say it").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (first, second, handle) = (orchestrator.events(), orchestrator.events(), orchestrator.handle());
    let watching = tokio::spawn(all(first));
    orchestrator.run_until_idle().await.unwrap();
    let heard = watching.await.unwrap();
    // One listened meanwhile, the other only now.
    assert_eq!(format!("{heard:?}"), format!("{:?}", all(second).await));
    assert!(all(handle.events()).await.is_empty(), "an ended orchestrator says nothing more");

    let mut queues: Vec<(TaskId, Queue)> = heard
        .iter()
        .filter_map(|notice| match notice {
            Notice::RunSettled { task, queue, .. } => Some((task.clone(), queue.unwrap())),
            _ => None,
        })
        .collect();
    // The next run may begin before the one before it is told to be over.
    queues.sort_by_key(|(_, queue)| queue.as_str());
    let ends = [Queue::Done, Queue::Provisional, Queue::Provisional];
    assert_eq!(queues, ends.map(|queue| (id.clone(), queue)));
    assert!(matches!(&heard[0], Notice::RunStarted { task, resumed: false, .. } if *task == id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_lags_is_told_how_much_it_missed() {
    const WORDS: u64 = 5000;
    let setting = Setting::new(content);
    setting.enqueue("Talk").await;
    let told = Arc::new(Count::default());
    let builder = setting.builder().runner(Arc::new(Talker(WORDS))).listener(told.clone());
    let orchestrator = builder.build().await.unwrap();
    let events = orchestrator.events();
    orchestrator.run_until_idle().await.unwrap();
    let heard = all(events).await;
    let Notice::Missed { count } = heard[0] else { panic!("{:?}", heard[0]) };
    let last = heard.iter().rev().find_map(|notice| match notice {
        Notice::Agent { event: AgentEvent::Text(word), .. } => word.parse::<u64>().ok(),
        _ => None,
    });
    assert_eq!(last, Some(WORDS - 1), "it is the oldest that are lost");
    assert_eq!(count + heard.len() as u64 - 1, told.0.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_orchestrator_ends_its_streams() {
    let setting = Setting::new(content);
    let orchestrator = setting.builder().build().await.unwrap();
    let events = orchestrator.events();
    drop(orchestrator);
    assert!(all(events).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_waiting_loses_nothing() {
    fn is_stream<S: Stream<Item = Notice> + Send + Sync + Unpin>(stream: S) -> S {
        stream
    }
    let setting = Setting::new(content);
    setting.enqueue("Say it").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let mut events = is_stream(orchestrator.events());
    tokio::select! {
        biased;
        notice = events.next() => panic!("{notice:?}"),
        () = std::future::ready(()) => {}
    }
    orchestrator.run_until_idle().await.unwrap();
    assert!(matches!(all(events).await[0], Notice::RunStarted { .. }));
}
