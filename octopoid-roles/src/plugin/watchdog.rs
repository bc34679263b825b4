//! The watchdog of a run that cannot be looked into: it must be wanted, show signs of life, and stop when told to.

use super::job::Job;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// The signs of life of a run: the last one, and the calls that the host is carrying out for it.
#[derive(Debug)]
pub(super) struct Activity {
    last: Mutex<Instant>,
    /// The number of calls that the host is carrying out.
    calls: watch::Sender<usize>,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { last: Mutex::new(Instant::now()), calls: watch::Sender::new(0) })
    }

    /// Records a sign of life.
    pub(super) fn sign(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Records that the host carries out a call, until the returned guard is dropped.
    pub(super) fn call(self: &Arc<Self>) -> Busy {
        self.calls.send_modify(|calls| *calls += 1);
        Busy(self.clone())
    }

    /// Completes when the host has no call to carry out.
    pub(super) async fn no_calls(&self) {
        // The sender lives as long as this does.
        let _ = self.calls.subscribe().wait_for(|calls| *calls == 0).await;
    }

    /// Completes when there was no sign of life for `idle`.
    async fn silence(&self, idle: Duration) {
        loop {
            self.no_calls().await;
            let until = *self.last.lock().unwrap_or_else(PoisonError::into_inner) + idle;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

/// A guard for a call that is being carried out.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.sign();
        self.0.calls.send_modify(|calls| *calls -= 1);
    }
}

/// The end of waiting for a run.
#[derive(Debug)]
pub(super) enum Watched<T> {
    /// The run ended by itself.
    Ended(T),
    /// The run was to stop, and ended.
    Stopped(T),
    /// The run showed no sign of life, was told to stop, and ended.
    Silent(T),
    /// The run was told to stop, and did not end.
    GivenUp {
        /// Whether it was cancelled, rather than only silent.
        wanted: bool,
    },
}

/// Waits for a run. One that is to stop is told so by `stop` and `tell`, and abandoned after its grace.
pub(super) async fn watch<T>(
    done: impl Future<Output = T>,
    job: &Job,
    activity: &Activity,
    stop: &CancellationToken,
    tell: impl FnOnce(),
) -> Watched<T> {
    let mut done = pin!(done);
    let wanted = tokio::select! {
        biased;
        result = &mut done => {
            // A call that ended by the signal may come back before the signal is seen here.
            let wanted = job.cancel.is_cancelled();
            return if wanted { Watched::Stopped(result) } else { Watched::Ended(result) };
        }
        () = job.cancel.cancelled() => true,
        () = activity.silence(job.idle) => false,
    };
    stop.cancel();
    tell();
    let graceful = async {
        // A call that is still carried out ends by the same signal; the plugin cannot stop before it.
        let answered = tokio::select! {
            biased;
            result = &mut done => Some(result),
            () = activity.no_calls() => None,
        };
        match answered {
            Some(result) => Some(result),
            None => timeout(job.grace, &mut done).await.ok(),
        }
    };
    match (graceful.await, wanted) {
        (Some(result), true) => Watched::Stopped(result),
        (Some(result), false) => Watched::Silent(result),
        (None, wanted) => Watched::GivenUp { wanted },
    }
}

/// Describes a run that did not stop.
pub(super) fn unstoppable(job: &Job, wanted: bool) -> String {
    let silence = if wanted {
        "it was told to stop".to_owned()
    } else {
        format!("it showed no sign of life for {:?} (`idle_timeout_seconds` of its agent)", job.idle)
    };
    format!("{silence}, and did not stop within {:?}", job.grace)
}
