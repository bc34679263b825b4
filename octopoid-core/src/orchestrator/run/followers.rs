//! Followers of a run's log: readers on other machines who wait for more of it.

use crate::clock::Clock;
use crate::orchestrator::shared::Shared;
use crate::orchestrator::upload::{Upload, send_live};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Time for which a follower counts after the store last mentioned it.
const STAY: Duration = Duration::from_secs(60);
/// Time between two uploads while there are followers.
const PAUSE: Duration = Duration::from_secs(1);

/// Followers of a run's log and transcript.
#[derive(Debug, Default)]
pub(crate) struct Followers {
    /// When the last of them is taken to be gone, by the monotonic clock.
    until: Mutex<Duration>,
    came: Notify,
}

impl Followers {
    /// Notes that there is a follower.
    pub(crate) fn note(&self, clock: &dyn Clock) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = clock.monotonic() + STAY;
        self.came.notify_one();
    }

    fn until(&self) -> Duration {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uploads new output each second while there are followers. Never completes; dropped when the role ends.
    pub(super) async fn serve(&self, shared: &Shared, upload: &tokio::sync::Mutex<Upload>) -> Infallible {
        loop {
            if shared.clock.monotonic() < self.until() {
                send_live(shared, &mut *upload.lock().await).await;
                shared.clock.sleep(PAUSE).await;
            } else {
                self.came.notified().await;
            }
        }
    }
}
