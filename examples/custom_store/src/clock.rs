//! The time that the tables see.

use async_trait::async_trait;
use octopoid_core::clock::Clock;
use octopoid_core::model::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The real time, except while a write is carried out: then it is the moment that stands in its line, so that the
/// write comes to the same when it is read again.
#[derive(Debug)]
pub(crate) struct WriteClock {
    real: Arc<dyn Clock>,
    writing: Mutex<Option<Timestamp>>,
}

impl WriteClock {
    pub(crate) fn new(real: Arc<dyn Clock>) -> Self {
        Self { real, writing: Mutex::default() }
    }

    /// Holds the time still, or lets it go.
    pub(crate) fn hold(&self, at: Option<Timestamp>) {
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

#[async_trait]
impl Clock for WriteClock {
    fn now(&self) -> Timestamp {
        let writing = *self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        writing.unwrap_or_else(|| self.real.now())
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }

    async fn sleep_until(&self, end: Duration) {
        self.real.sleep_until(end).await;
    }
}
