//! Clean-up that is due, and when. Pure data.

use crate::model::{TaskId, Timestamp};
use crate::orchestrator::cleanup::Whose;
use std::collections::BTreeSet;
use std::time::Duration;

/// Pause before a retry if the store, or the base branch's remote, could not be reached.
const AGAIN: Duration = Duration::from_secs(600);

/// Clean-up that is due.
#[derive(Debug, Default)]
pub(crate) struct CleanupDue {
    /// Whether everything on this machine is due.
    pub(super) all: bool,
    /// Ended tasks whose items on this machine are due.
    pub(super) tasks: BTreeSet<TaskId>,
    /// Earliest time of the next clean-up.
    pub(super) not_before: Timestamp,
    /// Time at which old logs and history are next removed.
    pub(super) expiry: Timestamp,
}

impl CleanupDue {
    /// Makes everything due at once.
    pub(crate) fn everything(&mut self) {
        (self.all, self.not_before) = (true, Timestamp::default());
    }

    /// Makes the items of an ended task due at once.
    pub(crate) fn ended(&mut self, task: TaskId) {
        self.tasks.insert(task);
        self.not_before = Timestamp::default();
    }

    /// Keeps the length of pauses after the clock was set back.
    pub(crate) fn set_back(&mut self, by: Duration) {
        (self.not_before, self.expiry) = (self.not_before - by, self.expiry - by);
    }

    pub(super) fn later(&mut self, whose: Whose, now: Timestamp) {
        match whose {
            Whose::All => self.all = true,
            Whose::Tasks(tasks) => self.tasks.extend(tasks),
        }
        self.not_before = self.not_before.max(now + AGAIN);
    }

    /// Takes what is due now. Tasks with a run that is still active are deferred until the run has ended.
    pub(super) fn take(&mut self, now: Timestamp, busy: &BTreeSet<TaskId>) -> Option<Whose> {
        if now < self.not_before {
            return None;
        }
        if std::mem::take(&mut self.all) {
            self.tasks.clone_from(busy);
            return Some(Whose::All);
        }
        let (later, ended) =
            std::mem::take(&mut self.tasks).into_iter().partition(|task| busy.contains(task));
        self.tasks = later;
        let ended: BTreeSet<_> = ended;
        (!ended.is_empty()).then_some(Whose::Tasks(ended))
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.tasks.is_empty()
    }
}
