//! Stopping a run from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Why a run is interrupted.
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

    /// From now on the run learns from the store's answer whether it still has its claim.
    pub(crate) fn begin_settling(&self) {
        self.settling.store(true, Ordering::Release);
    }

    pub(crate) fn is_settling(&self) -> bool {
        self.settling.load(Ordering::Acquire)
    }

    pub(crate) fn why(&self) -> Option<Interruption> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
