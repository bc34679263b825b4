//! Time that passes while no agent works.

use octopoid_core::clock::Clock;
use octopoid_core::model::RunId;
use octopoid_core::orchestrator::{Observer, Point};
use octopoid_core::testing::ManualClock;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Lets a clock go to the next moment that a task waits for, once every run has come as far as it can.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    pub(crate) clock: Arc<ManualClock>,
    /// The runs under way.
    runs: Mutex<BTreeSet<RunId>>,
    /// Those whose agent only needs time.
    working: Mutex<BTreeSet<RunId>>,
}

impl Observer for Pace {
    fn reached(&self, point: Point, run: &RunId) {
        let mut runs = self.runs.lock().unwrap();
        match point {
            Point::Forgotten => runs.remove(run),
            _ => runs.insert(run.clone()),
        };
    }
}

impl Pace {
    /// Lets an agent work for a while. Ends early where `stopped` completes; says whether it did not.
    pub(crate) async fn work(&self, run: &RunId, span: Duration, stopped: impl Future<Output = ()>) -> bool {
        self.working.lock().unwrap().insert(run.clone());
        let worked = tokio::select! {
            () = self.clock.sleep(span) => true,
            () = stopped => false,
        };
        self.working.lock().unwrap().remove(run);
        worked
    }

    /// Forgets the runs of an orchestrator that was cut off.
    pub(crate) fn cut_off(&self) {
        self.runs.lock().unwrap().clear();
    }

    /// Lets time pass until a task has ended.
    pub(crate) async fn until_ended<T>(&self, running: JoinHandle<T>) -> T {
        while !running.is_finished() {
            self.pass().await;
        }
        running.await.unwrap()
    }

    /// Lets time pass until something is so.
    pub(crate) async fn until(&self, so: impl Fn() -> bool) {
        while !so() {
            self.pass().await;
        }
    }

    async fn pass(&self) {
        let idle = {
            let working = self.working.lock().unwrap();
            self.runs.lock().unwrap().is_subset(&working)
        };
        // The others need a moment of this machine's time, which their clock does not show.
        if idle {
            self.clock.advance_to_next();
            tokio::time::sleep(Duration::from_millis(1)).await;
        } else {
            // A run that waits for something itself needs time too.
            tokio::time::sleep(Duration::from_millis(10)).await;
            self.clock.advance(Duration::from_secs(1));
        }
    }
}
