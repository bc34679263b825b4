//! Clocks that are set while an orchestrator runs (I35).

use super::setting::{Setting, content, wait_for};
use octopoid_core::clock::Clock;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::Notice;
use octopoid_core::runner::StopReason;
use octopoid_core::testing::ManualClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// Sets the clock while an agent pauses after a fault, and lets time pass after that.
async fn goes_on(set: impl Fn(&ManualClock), most: Duration) {
    let clock = Arc::new(ManualClock::new());
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let setting = Setting::with_clock(clock.clone(), move |scene| {
        match scene.role() == "implement" && count.fetch_add(1, Ordering::SeqCst) == 0 {
            true => scene.stop(StopReason::Overloaded { retry_at: None, message: "529".into() }),
            false => content(scene),
        }
    });
    let id = setting.enqueue("Whatever the clock says").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    wait_for(&mut events, |notice| matches!(notice, Notice::Backoff { .. }).then_some(())).await;
    set(&clock);
    let begun = clock.monotonic();
    let landed = wait_for(&mut events, |notice| {
        matches!(notice, Notice::RunSettled { queue: Some(Queue::Done), .. }).then_some(())
    });
    tokio::pin!(landed);
    loop {
        tokio::select! {
            biased;
            () = &mut landed => break,
            () = tokio::task::yield_now() => {
                // A little at a time, and no further than it may take.
                if clock.monotonic() - begun < most {
                    clock.advance(Duration::from_secs(1));
                }
            }
        }
    }
    handle.drain();
    running.await.unwrap().unwrap();
    assert_eq!(setting.task(&id).await.counters.attempts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn i35_a_clock_that_is_set_back_stalls_nothing() {
    for by in [2 * HOUR, 26 * HOUR] {
        goes_on(|clock| clock.set(clock.now() - by), 3 * Duration::from_secs(60)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i35_a_clock_that_is_set_forward_and_back_again_stalls_nothing() {
    goes_on(|clock| clock.set(clock.now() + 26 * HOUR), Duration::from_secs(60)).await;
    let there_and_back = |clock: &ManualClock| {
        clock.set(clock.now() + 26 * HOUR);
        clock.advance(Duration::from_secs(1));
        clock.set(clock.now() - 26 * HOUR);
    };
    goes_on(there_and_back, 3 * Duration::from_secs(60)).await;
}
