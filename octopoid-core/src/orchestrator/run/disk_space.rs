//! Retries while the disk is full: what an agent has finished is not lost, and no person is asked (I09, I17).

use super::retry::{backoff, may_retry};
use super::{Interrupt, RunAbort, RunContext, Settlement};
use crate::backoff::Backoff;
use crate::orchestrator::shared::Shared;
use std::io;
use std::sync::PoisonError;
use std::time::Duration;

/// The first pause.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Returns whether an error says that a disk is full. The words are the system's, which git and other programs pass on.
fn says_full(error: &str) -> bool {
    ["No space left on device", "Disk quota exceeded"].iter().any(|words| error.contains(words))
}

/// Pauses before the next attempt to write, and warns. Returns `false` if no attempt is to follow.
async fn wait(backoff: &mut Backoff, shared: &Shared, interrupt: &Interrupt, words: String) -> bool {
    let Interrupt { cancel, drain, .. } = interrupt;
    let retries = may_retry(backoff, cancel.is_cancelled(), drain.is_cancelled());
    if retries {
        shared.warn(words);
        interrupt.pause(&*shared.clock, backoff.next_pause(), cancel).await;
    }
    retries
}

/// Retries a write while the disk is full, until something interrupts the run.
pub(super) async fn write_when_there_is_room(
    shared: &Shared,
    interrupt: &Interrupt,
    mut write: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    let mut backoff = backoff(FIRST_PAUSE);
    loop {
        let written = write();
        let Some(why) = written.as_ref().err().map(ToString::to_string).filter(|why| says_full(why)) else {
            return written;
        };
        let words = format!("waiting for room on the disk: {why}");
        if !wait(&mut backoff, shared, interrupt, words).await {
            return written;
        }
    }
}

impl RunContext {
    /// Takes the run through its stages. What comes after a finished agent is done again, once there is room for it.
    pub(super) async fn drive_with_room(&mut self) -> Result<Settlement, RunAbort> {
        let mut backoff = backoff(FIRST_PAUSE);
        let mut driven = self.drive().await;
        loop {
            let why = match driven {
                Err(RunAbort::Fault(why)) if self.entry.report.is_some() && says_full(&why) => why,
                driven => return driven,
            };
            let words = format!("{} waits for room on the disk: {why}", self.entry.run.id);
            self.progress.lock().unwrap_or_else(PoisonError::into_inner).last = Some(words.clone());
            if !wait(&mut backoff, &self.shared, &self.interrupt, words).await {
                return Err(RunAbort::Stopping);
            }
            // The report comes first: nothing is made of one that is not on disk.
            driven = match self.enter(self.entry.run.stage) {
                Ok(()) => self.drive().await,
                Err(broken) => Err(broken),
            };
        }
    }
}
