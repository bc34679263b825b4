//! What a role can ask the host for.

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

/// How calls reach the host: the table of a host that loaded the plugin, or a script in a test.
pub(crate) trait Calls: Send + Sync + Debug {
    fn log(&self, level: u32, event_json: &str);
    fn cancelled(&self) -> bool;
    fn call(&self, op: &str, request_json: &str) -> Result<String, Error>;
}

/// How important a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What a person wants to know.
    Info,
    /// What an author wants to know.
    Debug,
}

/// The way back to the host, for one run. Cheap to clone, and may be used from any thread; once the run is over, every
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

    /// Writes a line to the task's log, with its importance.
    pub fn log_at(&self, importance: LogLevel, message: impl Display) {
        let number = match importance {
            LogLevel::Error => level::ERROR,
            LogLevel::Warn => level::WARN,
            LogLevel::Info => level::INFO,
            LogLevel::Debug => level::DEBUG,
        };
        let event = LogEvent { message: message.to_string() };
        self.calls.log(number, &serde_json::to_string(&event).unwrap_or_default());
    }

    /// Whether the run is to stop. Long work asks now and then.
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

    /// Says how far the role is, for those who watch. Also a sign of life.
    ///
    /// # Errors
    /// The run is over or to stop.
    pub fn progress(&self, text: impl Into<String>) -> Result<(), Error> {
        self.call::<Value>(op::PROGRESS, &Progress::new(text)).map(|_| ())
    }

    /// What the work changes against its base, with patches.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when it is more than a text may hold: ask for the
    /// [list](Self::changed_files) and for [each file](Self::diff_of).
    pub fn diff(&self) -> Result<Diff, Error> {
        self.call(op::GIT_DIFF, &DiffRequest::default())
    }

    /// The files that the work changes, without patches.
    ///
    /// # Errors
    /// The host could not read it.
    pub fn changed_files(&self) -> Result<Diff, Error> {
        self.call(op::GIT_DIFF, &DiffRequest::list())
    }

    /// What the work changes in one file.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge), or the host could not read it.
    pub fn diff_of(&self, path: impl Into<String>) -> Result<Diff, Error> {
        self.call(op::GIT_DIFF, &DiffRequest::of(path))
    }

    /// The work's own commits, oldest first.
    ///
    /// # Errors
    /// The host could not read them.
    pub fn commits(&self) -> Result<Vec<Commit>, Error> {
        self.call(op::GIT_LOG, &json!({}))
    }

    /// The task.
    ///
    /// # Errors
    /// The run is over.
    pub fn task(&self) -> Result<Task, Error> {
        self.call(op::TASK_GET, &json!({}))
    }

    /// The task's thread, oldest first.
    ///
    /// # Errors
    /// The run is over.
    pub fn messages(&self) -> Result<Vec<Message>, Error> {
        self.call(op::MESSAGES_LIST, &json!({}))
    }

    /// Keeps a text beside the run, for an agent to read, and gives its path.
    ///
    /// # Errors
    /// It could not be written.
    pub fn keep(&self, name: impl Into<String>, content: impl Into<String>) -> Result<PathBuf, Error> {
        self.call::<Kept>(op::ARTIFACT_PUT, &Artifact::new(name, content)).map(|kept| kept.path)
    }

    /// Asks for any operation, also one that this crate does not know.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when the host does not know it either.
    pub fn call<T: DeserializeOwned>(&self, op: &str, request: &impl Serialize) -> Result<T, Error> {
        let reply = self.calls.call(op, &serde_json::to_string(request)?)?;
        Ok(serde_json::from_str(&reply)?)
    }
}
