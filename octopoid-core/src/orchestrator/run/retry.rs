//! Waiting for what may come back: a store that does not answer, room on a disk that is full.

use super::{Active, Broken};
use crate::clock::Clock;
use crate::store::StoreError;
use std::sync::PoisonError;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long a pause may be for a run that the orchestrator's end waits for.
const LONGEST_LAST_PAUSE: Duration = Duration::from_secs(2);

/// How long a run has waited so far: each pause is twice the one before.
#[derive(Debug)]
pub(super) struct Patience {
    pause: Duration,
}

impl Patience {
    /// Waiting for the store.
    pub(super) fn new() -> Self {
        Self::with_first_pause(Duration::from_millis(200))
    }

    /// Waiting with another first pause.
    pub(super) fn with_first_pause(pause: Duration) -> Self {
        Self { pause }
    }

    /// Returns whether another try is worth waiting for: not after `stop`, and not for long after `drain`.
    pub(super) fn lasts(&self, stop: &CancellationToken, drain: &CancellationToken) -> bool {
        let in_vain = drain.is_cancelled() && self.pause > LONGEST_LAST_PAUSE;
        !(stop.is_cancelled() || in_vain)
    }

    /// Waits until the next try. Ends early when it is told to stop, or to drain.
    pub(super) async fn pause(
        &mut self,
        clock: &dyn Clock,
        stop: &CancellationToken,
        drain: &CancellationToken,
    ) {
        tokio::select! {
            () = clock.sleep(self.pause) => {}
            () = stop.cancelled() => {}
            () = drain.cancelled(), if !drain.is_cancelled() => {}
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

impl Active {
    /// Waits a while, because nothing was decided: the store is away, does not know us or is broken. A finished result
    /// waits for it (I09), and nothing is begun or ended on a guess. Says no when the orchestrator is told to stop, or to end
    /// and the store stays away, and where the store has come to its end: the journal has the run, and the next start goes on with it.
    pub(super) async fn waits(&self, patience: &mut Patience, error: &StoreError) -> bool {
        let (run, stop, drain) = (&self.entry.run.id, &self.interrupt.stop, &self.interrupt.drain);
        if !patience.lasts(stop, drain) || error.is_gone() {
            self.shared.warn(format!("{run} waits for the next start, because of the queue: {error}"));
            return false;
        }
        tracing::warn!(run.id = %run, %error, "a run waits for the store");
        self.live.lock().unwrap_or_else(PoisonError::into_inner).last =
            Some(format!("waits for the queue: {error}"));
        patience.pause(&*self.shared.clock, stop, drain).await;
        true
    }

    /// What the store says in the end, however long it is away; an undecided error only when the orchestrator stops first.
    pub(super) async fn patiently<T, F>(&self, ask: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut patience = Patience::new();
        loop {
            match ask().await {
                Err(error) if error.is_undecided() && self.waits(&mut patience, &error).await => {}
                said => return said,
            }
        }
    }

    /// The same, where nothing but an answer helps.
    pub(super) async fn need<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Broken>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        self.patiently(ask).await.map_err(|error| self.unsaid(&error))
    }

    /// What it means that the store did not give what is needed to go on.
    pub(super) fn unsaid(&self, error: &StoreError) -> Broken {
        if error.is_undecided() { Broken::Stopping } else { Broken::Fault(error.to_string()) }
    }
}
