//! Waiting for room on a disk that is full: what an agent has finished is not lost for it, and no person is asked (I09, I17).

use super::retry::Patience;
use super::{Active, Broken, Interrupt, Resolution};
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

/// Waits a while for room, and says so. Returns whether it is to be tried again.
async fn wait(patience: &mut Patience, shared: &Shared, interrupt: &Interrupt, words: String) -> bool {
    let (stop, drain) = (&interrupt.cancel, &interrupt.drain);
    let lasts = patience.lasts(stop, drain);
    if lasts {
        shared.warn(words);
        patience.pause(&*shared.clock, stop, drain).await;
    }
    lasts
}

/// Writes something, and waits for room as long as the disk is full and nothing interrupts it.
pub(super) async fn write_when_there_is_room(
    shared: &Shared,
    interrupt: &Interrupt,
    mut write: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    let mut patience = Patience::with_first_pause(FIRST_PAUSE);
    loop {
        let written = write();
        let Some(why) = written.as_ref().err().map(ToString::to_string).filter(|why| says_full(why)) else {
            return written;
        };
        let words = format!("waiting for room on the disk: {why}");
        if !wait(&mut patience, shared, interrupt, words).await {
            return written;
        }
    }
}

impl Active {
    /// Takes the run through its stages. What comes after a finished agent is done again, once there is room for it.
    pub(super) async fn drive_with_room(&mut self) -> Result<Resolution, Broken> {
        let mut patience = Patience::with_first_pause(FIRST_PAUSE);
        let mut driven = self.drive().await;
        loop {
            let why = match driven {
                Err(Broken::Fault(why)) if self.entry.report.is_some() && says_full(&why) => why,
                driven => return driven,
            };
            let words = format!("{} waits for room on the disk: {why}", self.entry.run.id);
            self.live.lock().unwrap_or_else(PoisonError::into_inner).last = Some(words.clone());
            if !wait(&mut patience, &self.shared, &self.interrupt, words).await {
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
