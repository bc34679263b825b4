//! Stopping a run from outside.

use crate::clock::Clock;
use nix::sys::signal::Signal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The signals by which a system ends what still runs when it is shut down.
const ENDING: [Signal; 4] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL];

/// Time by which this process may learn later than a child that it is to end.
const NEWS: Duration = Duration::from_secs(2);

/// Reason for an interruption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// Its claim is gone.
    Lost(String),
    /// The orchestrator stops without waiting.
    Stopping,
}

/// A run's stop button, with the reason for pressing it.
#[derive(Debug, Default)]
pub(crate) struct Interrupt {
    pub(crate) cancel: CancellationToken,
    /// The orchestrator stops, whatever else happened.
    pub(crate) stop: CancellationToken,
    /// The orchestrator ends once its runs have: a run does not wait for what may never come back.
    pub(crate) drain: CancellationToken,
    why: Mutex<Option<Interruption>>,
    settling: AtomicBool,
}

impl Interrupt {
    /// Interrupts the run. The first reason counts, but a lost claim outweighs stopping: nothing may be written then.
    pub(crate) fn press(&self, interruption: Interruption) {
        let stops = interruption == Interruption::Stopping;
        let mut why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*why, &interruption) {
            (None, _) | (Some(Interruption::Stopping), Interruption::Lost(_)) => *why = Some(interruption),
            _ => {}
        }
        drop(why);
        if stops {
            self.stop.cancel();
        }
        self.cancel.cancel();
    }

    /// Sleeps, unless `stop` is cancelled or the orchestrator begins to drain.
    pub(super) async fn pause(&self, clock: &dyn Clock, length: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = clock.sleep(length) => {}
            () = stop.cancelled() => {}
            () = self.drain.cancelled(), if !self.drain.is_cancelled() => {}
        }
    }

    /// Notes that the run learns from the store's answer, from now on, whether it still has its claim.
    pub(crate) fn begin_settling(&self) {
        self.settling.store(true, Ordering::Release);
    }

    pub(crate) fn is_settling(&self) -> bool {
        self.settling.load(Ordering::Acquire)
    }

    /// Returns whether a process that was ended by this signal went down with the machine, and not for itself: shutting a machine
    /// down ends all processes at once, this one among them. Then the run stops as the orchestrator does, and no attempt is
    /// charged (I17).
    pub(crate) async fn is_shutdown(&self, signal: Option<i32>) -> bool {
        let ends_all = |signal: i32| ENDING.iter().any(|one| *one as i32 == signal);
        if !signal.is_some_and(ends_all) {
            return false;
        }
        let told = tokio::time::timeout(NEWS, self.drain.cancelled()).await.is_ok();
        if told {
            self.press(Interruption::Stopping);
        }
        told
    }

    pub(crate) fn why(&self) -> Option<Interruption> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
