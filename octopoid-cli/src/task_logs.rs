//! The logs of a task on this machine.

mod tail;

pub(crate) use tail::Tail;

use crate::error::{CliError, Kind, Result};
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
    /// The number of an agent's newest run.
    pub(crate) newest: Option<u32>,
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

    /// Returns an attempt that has a log.
    ///
    /// # Errors
    /// The attempt has none; the hint names those that have one.
    pub(crate) fn attempt(&self, number: u32) -> Result<(u32, PathBuf)> {
        let path = self.path(number);
        if path.exists() {
            return Ok((number, path));
        }
        let there: Vec<_> = self.attempts().iter().map(ToString::to_string).collect();
        let hint = match there.as_slice() {
            [] => "the task has no attempts yet".to_owned(),
            there => format!("there are attempts {}", there.join(", ")),
        };
        Err(CliError::new(Kind::NotFound, format!("{} has no log of an attempt {number}", self.task))
            .hint(hint))
    }

    /// Returns the attempts that have a log.
    pub(crate) fn attempts(&self) -> Vec<u32> {
        (1..=self.runs).filter(|number| self.path(*number).exists()).collect()
    }

    /// Returns the newest attempt of an agent that has a log.
    pub(crate) fn newest(&self) -> Option<(u32, PathBuf)> {
        self.newest.map(|number| (number, self.path(number))).filter(|(_, path)| path.exists())
    }
}
