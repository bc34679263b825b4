//! Time of the next tick.

use crate::model::Timestamp;

/// Time at which the next tick is due, if nothing happens before.
#[derive(Debug, Default)]
pub(super) struct NextWake {
    pub(super) wake_at: Option<Timestamp>,
}

impl NextWake {
    /// Makes the next tick due at `moment` at the latest.
    pub(super) fn by(&mut self, moment: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(moment, |at| at.min(moment)));
    }
}
