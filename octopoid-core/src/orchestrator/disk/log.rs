//! Log files for people: one for each task, each attempt, and each agent and day.

use super::layout::Layout;
use super::redact::Redactor;
use crate::model::{AgentName, TaskId, Timestamp};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Log of one run. Lines go to the attempt's own file; actions of the orchestrator also go to the logs of the task and the agent.
pub(crate) struct RunLog {
    layout: Layout,
    task: TaskId,
    agent: AgentName,
    attempt: Mutex<Option<BufWriter<File>>>,
    redactor: Redactor,
}

impl std::fmt::Debug for RunLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunLog").field("task", &self.task).field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl RunLog {
    /// Opens the attempt's file for appending: after a restart the same run continues in it.
    pub(crate) fn open(
        layout: &Layout,
        task: &TaskId,
        number: u32,
        agent: &AgentName,
        redactor: Redactor,
    ) -> Self {
        let attempt = append_to(&layout.attempt_log(task, number)).map(BufWriter::new);
        Self {
            layout: layout.clone(),
            task: task.clone(),
            agent: agent.clone(),
            attempt: Mutex::new(attempt),
            redactor,
        }
    }

    fn attempt(&self) -> MutexGuard<'_, Option<BufWriter<File>>> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs something that the agent said or did.
    pub(crate) fn line(&self, at: Timestamp, text: &str) {
        let text = self.redactor.clean(text);
        if let Some(file) = self.attempt().as_mut() {
            for line in text.lines() {
                // A log that cannot be written must not stop the work; the store has the authoritative record.
                let _ = writeln!(file, "{at} {line}");
            }
        }
    }

    /// Logs something that the orchestrator did, or that a person should know.
    pub(crate) fn note(&self, at: Timestamp, text: &str) {
        self.line(at, text);
        self.flush();
        let text = self.redactor.clean(text);
        for path in [self.layout.task_log(&self.task), self.layout.agent_log(&self.agent, at)] {
            if let Some(mut file) = append_to(&path) {
                let _ = writeln!(file, "{at} {} {} {}", self.task, self.agent, text.replace('\n', " ⏎ "));
            }
        }
    }

    /// Flushes buffered lines, so that readers see them.
    pub(crate) fn flush(&self) {
        if let Some(file) = self.attempt().as_mut() {
            let _ = file.flush();
        }
    }

    pub(crate) fn clean(&self, text: &str) -> String {
        self.redactor.clean(text)
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}

fn append_to(path: &Path) -> Option<File> {
    let open = || OpenOptions::new().create(true).append(true).open(path);
    let opened = open().or_else(|error| {
        if error.kind() != std::io::ErrorKind::NotFound {
            return Err(error);
        }
        std::fs::create_dir_all(path.parent().ok_or(error)?)?;
        open()
    });
    match opened {
        Ok(file) => Some(file),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a log file cannot be written");
            None
        }
    }
}
