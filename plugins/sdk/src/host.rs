//! The host of a run: what a role can ask it for.

use crate::abi::level;
use crate::error::Error;
use crate::message::{
    AgentCall, AgentReport, Artifact, Commit, Diff, DiffRequest, Kept, LogEvent, Message, Progress, Task, op,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::{Debug, Display};
use std::path::PathBuf;
use std::sync::Arc;

/// The way of calls to the host: the table of a host that loaded the plugin, or a script in a test.
pub(crate) trait Calls: Send + Sync + Debug {
    fn log(&self, level: u32, event_json: &str);
    fn cancelled(&self) -> bool;
    fn call(&self, op: &str, request_json: &str) -> Result<String, Error>;
}

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is wrong, and the work goes on.
    Warn,
    /// Something that a user wants to know.
    Info,
    /// Something that the plugin's author wants to know.
    Debug,
}

/// A handle to the host, for one run. It is cheap to clone and can be used from any thread; once the run is over, every
/// call is refused as stale.
#[derive(Debug, Clone)]
pub struct Host {
    calls: Arc<dyn Calls>,
}

impl Host {
    pub(crate) fn new(calls: Arc<dyn Calls>) -> Self {
        Self { calls }
    }

    /// Writes a line to the task's log.
    pub fn log(&self, message: impl Display) {
        self.log_at(LogLevel::Info, message);
    }

    /// Writes a line to the task's log, at a level.
    pub fn log_at(&self, importance: LogLevel, message: impl Display) {
        let number = match importance {
            LogLevel::Error => level::ERROR,
            LogLevel::Warn => level::WARN,
            LogLevel::Info => level::INFO,
            LogLevel::Debug => level::DEBUG,
        };
        let event = LogEvent::new(message.to_string());
        self.calls.log(number, &serde_json::to_string(&event).unwrap_or_default());
    }

    /// Returns whether the run is to stop. Long work checks it now and then.
    pub fn is_cancelled(&self) -> bool {
        self.calls.cancelled()
    }

    /// Runs an agent in the workspace with the agent's settings, to its end.
    ///
    /// A role that is run again after the host was restarted gets the same reports for the same calls, in their order, so
    /// ask for agents in an order that does not depend on chance.
    ///
    /// # Errors
    /// [`ErrorKind::Agent`](crate::ErrorKind::Agent) when the agent did not come to its own end: hand it on.
    pub fn run_agent(&self, call: &AgentCall) -> Result<AgentReport, Error> {
        self.call(op::AGENT_RUN, call)
    }

    /// Reports the role's progress, which is also a sign of life.
    ///
    /// # Errors
    /// When the run is over or to stop.
    pub fn progress(&self, text: impl Into<String>) -> Result<(), Error> {
        self.call::<Value>(op::PROGRESS, &Progress::new(text)).map(|_| ())
    }

    /// Returns what the work changes against its base, with patches.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when it is more than a text may hold: ask for the
    /// [list](Self::changed_files) and for [each file](Self::diff_of).
    pub fn diff(&self) -> Result<Diff, Error> {
        self.call(op::GIT_DIFF, &DiffRequest::default())
    }

    /// Returns the files that the work changes, without patches.
    ///
    /// # Errors
    /// When the host cannot read them.
    pub fn changed_files(&self) -> Result<Diff, Error> {
        self.call(op::GIT_DIFF, &DiffRequest::list())
    }

    /// Returns what the work changes in one file.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge), and when the host cannot read it.
    pub fn diff_of(&self, path: impl Into<String>) -> Result<Diff, Error> {
        self.call(op::GIT_DIFF, &DiffRequest::of(path))
    }

    /// Returns the work's own commits, oldest first.
    ///
    /// # Errors
    /// When the host cannot read them.
    pub fn commits(&self) -> Result<Vec<Commit>, Error> {
        self.call(op::GIT_LOG, &json!({}))
    }

    /// Returns the task.
    ///
    /// # Errors
    /// When the run is over.
    pub fn task(&self) -> Result<Task, Error> {
        self.call(op::TASK_GET, &json!({}))
    }

    /// Returns the task's thread, oldest message first.
    ///
    /// # Errors
    /// When the run is over.
    pub fn messages(&self) -> Result<Vec<Message>, Error> {
        self.call(op::MESSAGES_LIST, &json!({}))
    }

    /// Keeps a text beside the run, for an agent to read, and returns its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, name: impl Into<String>, content: impl Into<String>) -> Result<PathBuf, Error> {
        self.call::<Kept>(op::ARTIFACT_PUT, &Artifact::new(name, content)).map(|kept| kept.path)
    }

    /// Calls any operation, also one that this crate does not know.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the host does not know it either.
    pub fn call<T: DeserializeOwned>(&self, op: &str, request: &impl Serialize) -> Result<T, Error> {
        let reply = self.calls.call(op, &serde_json::to_string(request)?)?;
        Ok(serde_json::from_str(&reply)?)
    }
}
