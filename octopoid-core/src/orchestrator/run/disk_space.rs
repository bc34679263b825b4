//! Retries while the disk is full: what an agent has finished is not lost, and no person is asked (I09, I17).

use super::interrupt::Interrupt;
use super::retry::{backoff, may_retry};
use crate::backoff::Backoff;
use crate::orchestrator::shared::Shared;
use std::io;
use std::time::Duration;

/// The first pause.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Returns whether an error says that a disk is full. The words are the system's, which git and other programs pass on.
pub(super) fn says_full(error: &str) -> bool {
    ["No space left on device", "Disk quota exceeded"].iter().any(|words| error.contains(words))
}

/// Returns the pauses between attempts to write.
pub(super) const fn disk_backoff() -> Backoff {
    backoff(FIRST_PAUSE)
}

/// Pauses before the next attempt to write, and warns. Returns `false` if no attempt is to follow.
pub(super) async fn wait_for_room(
    backoff: &mut Backoff,
    shared: &Shared,
    interrupt: &Interrupt,
    words: String,
) -> bool {
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
    let mut backoff = disk_backoff();
    loop {
        let written = write();
        let Some(why) = written.as_ref().err().map(ToString::to_string).filter(|why| says_full(why)) else {
            return written;
        };
        let words = format!("waiting for room on the disk: {why}");
        if !wait_for_room(&mut backoff, shared, interrupt, words).await {
            return written;
        }
    }
}
