//! Clocks that are set while an orchestrator runs (I35).

use super::pace::Pace;
use super::setting::{Setting, content, wait_for};
use octopoid_core::clock::Clock;
use octopoid_core::model::{Queue, StopReason};
use octopoid_core::orchestrator::Notice;
use octopoid_core::testing::ManualClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// More than anything takes here, and less than the clock is set back by.
const MOST: Duration = Duration::from_secs(5400);

/// Sets the clock while an agent pauses after a fault, and lets time pass after that.
async fn goes_on(set: impl Fn(&ManualClock)) {
    let pace = Arc::new(Pace::default());
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let setting = Setting::with_clock(pace.clock.clone(), move |scene| {
        match scene.role() == "implement" && count.fetch_add(1, Ordering::SeqCst) == 0 {
            true => scene.stop(StopReason::Overloaded { retry_at: None, message: "529".into() }),
            false => content(scene),
        }
    });
    let id = setting.enqueue("Whatever the clock says").await;
    let orchestrator = setting.builder().observer(pace.clone()).build().await.unwrap();
    let mut events = orchestrator.events();
    let running = tokio::spawn(orchestrator.run_until_idle());
    wait_for(&mut events, |notice| matches!(notice, Notice::Backoff { .. }).then_some(())).await;
    set(&pace.clock);
    let begun = pace.clock.monotonic();
    pace.until(|| running.is_finished() || pace.clock.monotonic() - begun > MOST).await;
    assert!(running.is_finished(), "it stalls");
    running.await.unwrap().unwrap();
    let task = setting.task(&id).await;
    assert_eq!((task.queue(), task.counters.attempts), (Queue::Done, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn i35_a_clock_that_is_set_back_stalls_nothing() {
    for by in [2 * HOUR, 26 * HOUR] {
        goes_on(|clock| clock.set(clock.now() - by)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i35_a_clock_that_is_set_forward_and_back_again_stalls_nothing() {
    goes_on(|clock| clock.set(clock.now() + 26 * HOUR)).await;
    let there_and_back = |clock: &ManualClock| {
        clock.set(clock.now() + 26 * HOUR);
        clock.advance(Duration::from_secs(1));
        clock.set(clock.now() - 26 * HOUR);
    };
    goes_on(there_and_back).await;
}
