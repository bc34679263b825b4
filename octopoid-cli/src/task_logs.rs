//! The logs of a task on this machine.

mod tail;

pub(crate) use tail::Tail;

use octopoid_core::model::TaskId;
use octopoid_core::orchestrator::Layout;
use std::path::PathBuf;

/// The logs of a task.
#[derive(Debug)]
pub(crate) struct TaskLogs<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) task: &'a TaskId,
    /// The number of runs, landings included.
    pub(crate) runs: u32,
}

impl TaskLogs<'_> {
    /// Returns the path of what the orchestrator did with the task, if that is there.
    pub(crate) fn summary(&self) -> Option<PathBuf> {
        Some(self.layout.task_log(self.task)).filter(|path| path.exists())
    }

    /// Returns the path of an attempt's log.
    pub(crate) fn path(&self, number: u32) -> PathBuf {
        self.layout.attempt_log(self.task, number)
    }

    /// Returns the attempts that have a log.
    pub(crate) fn attempts(&self) -> Vec<u32> {
        (1..=self.runs).filter(|number| self.path(*number).exists()).collect()
    }
}
