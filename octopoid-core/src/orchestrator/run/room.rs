//! Waiting for room on a disk that is full: what an agent has finished is not lost for it, and nobody has to be asked (I09, I17).

use super::{Active, Broken, Interrupt, Resolution};
use crate::orchestrator::shared::Shared;
use std::io;
use std::sync::PoisonError;
use std::time::Duration;

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause of a run that the end of the orchestrator waits for.
const LONGEST_LAST_PAUSE: Duration = Duration::from_secs(2);

/// Returns whether an error says that a disk is full. The words are the system's, which git and other programs pass on.
fn says_full(error: &str) -> bool {
    ["No space left on device", "Disk quota exceeded"].iter().any(|words| error.contains(words))
}

/// How long it was waited for room so far.
#[derive(Debug)]
struct Wait {
    pause: Duration,
}

impl Wait {
    fn new() -> Self {
        Self { pause: Duration::from_secs(1) }
    }

    /// Waits a while, longer each time. Returns whether it is to be tried again: not once the run is interrupted, and not for
    /// long once the orchestrator is to end.
    async fn again(&mut self, shared: &Shared, interrupt: &Interrupt, words: String) -> bool {
        let (stop, drain) = (&interrupt.cancel, &interrupt.drain);
        if stop.is_cancelled() || drain.is_cancelled() && self.pause > LONGEST_LAST_PAUSE {
            return false;
        }
        shared.warn(words);
        tokio::select! {
            () = shared.clock.sleep(self.pause) => {}
            () = stop.cancelled() => {}
            () = drain.cancelled(), if !drain.is_cancelled() => {}
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

/// Writes something, and waits for room as long as the disk is full and nothing interrupts it.
pub(super) async fn write_when_there_is_room(
    shared: &Shared,
    interrupt: &Interrupt,
    mut write: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    let mut wait = Wait::new();
    loop {
        let written = write();
        let Some(why) = written.as_ref().err().map(ToString::to_string).filter(|why| says_full(why)) else {
            return written;
        };
        if !wait.again(shared, interrupt, format!("waiting for room on the disk: {why}")).await {
            return written;
        }
    }
}

impl Active {
    /// Takes the run through its stages. What comes after a finished agent is done again, once there is room for it.
    pub(super) async fn drive_with_room(&mut self) -> Result<Resolution, Broken> {
        let mut wait = Wait::new();
        let mut driven = self.drive().await;
        loop {
            let why = match driven {
                Err(Broken::Fault(why)) if self.entry.report.is_some() && says_full(&why) => why,
                driven => return driven,
            };
            let words = format!("{} waits for room on the disk: {why}", self.entry.run.id);
            self.live.lock().unwrap_or_else(PoisonError::into_inner).last = Some(words.clone());
            if !wait.again(&self.shared, &self.interrupt, words).await {
                return Err(Broken::Stopping);
            }
            // The report comes first: nothing is made of one that is not on disk.
            driven = match self.enter(self.entry.run.stage) {
                Ok(()) => self.drive().await,
                Err(broken) => Err(broken),
            };
        }
    }
}
