//! What the clean-up has to look at, and when. Pure.

use crate::model::{TaskId, Timestamp};
use crate::orchestrator::cleanup::Whose;
use std::collections::BTreeSet;
use std::time::Duration;

/// How soon it is tried again where the store, or the base branch's remote, said nothing.
const AGAIN: Duration = Duration::from_secs(600);

/// What is to be cleaned up.
#[derive(Debug, Default)]
pub(crate) struct CleanupDue {
    /// Everything that is here.
    pub(super) all: bool,
    /// What is here of tasks that have ended.
    pub(super) tasks: BTreeSet<TaskId>,
    /// Not before.
    pub(super) not_before: Timestamp,
    /// When what is too old is taken away next.
    pub(super) expiry: Timestamp,
}

impl CleanupDue {
    /// Everything, at once.
    pub(crate) fn everything(&mut self) {
        (self.all, self.not_before) = (true, Timestamp::default());
    }

    /// What is here of a task that ended.
    pub(crate) fn ended(&mut self, task: TaskId) {
        self.tasks.insert(task);
        self.not_before = Timestamp::default();
    }

    /// Keeps the length of pauses though the clock was set back.
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

    /// What is due now. What a run here still works on has its turn when that has ended.
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
