//! A test harness: runs a role in a plain `cargo test`, with scripted agents and without Octopoid.
//!
//! ```
//! # use octopoid_plugin::{AgentCall, Error, Host, Outcome, Role, RoleSpec, RunRequest};
//! # struct Poet;
//! # impl Role for Poet {
//! #     type Settings = ();
//! #     fn spec() -> RoleSpec { RoleSpec::worker("poet", "Writes a poem") }
//! #     fn new((): ()) -> Result<Self, Error> { Ok(Self) }
//! #     fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
//! #         let report = host.run_agent(&AgentCall::new(format!("A poem about {}", request.task.title)))?;
//! #         Ok(Outcome::Submitted { summary: report.text })
//! #     }
//! # }
//! use octopoid_plugin::AgentReport;
//! use octopoid_plugin::testing::Harness;
//!
//! let finished = Harness::<Poet>::new("The sea", "Four lines")
//!     .agent(|call| {
//!         assert!(call.prompt.contains("The sea"));
//!         let mut report = AgentReport::default();
//!         report.text = "Blue".to_owned();
//!         Ok(report)
//!     })
//!     .run();
//! assert_eq!(finished.outcome.unwrap(), Outcome::Submitted { summary: "Blue".to_owned() });
//! ```

use crate::abi::MAX_BYTES;
use crate::error::{Error, ErrorKind};
use crate::export::create_role;
use crate::host::{Calls, Host};
use crate::message::{
    AgentCall, AgentReport, Artifact, Commit, Diff, DiffRequest, Kept, LogEvent, Message, Outcome, Progress,
    RunRequest, Task, Workspace, op,
};
use crate::role::Role;
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Agent = dyn FnMut(&AgentCall) -> Result<AgentReport, Error> + Send;

/// A run of a role, with everything around it scripted.
pub struct Harness<R> {
    request: RunRequest,
    settings: Value,
    script: Script,
    role: PhantomData<R>,
}

impl<R> fmt::Debug for Harness<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness").field("request", &self.request).finish_non_exhaustive()
    }
}

/// The result of a run, and what was seen on the way.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished {
    /// The outcome, or the error.
    pub outcome: Result<Outcome, Error>,
    /// The lines of the log.
    pub log: Vec<String>,
    /// The progress reports.
    pub progress: Vec<String>,
    /// The calls of agents.
    pub agent_calls: Vec<AgentCall>,
    /// The texts that were kept.
    pub artifacts: Vec<Artifact>,
}

impl<R: Role> Harness<R> {
    /// Creates a run: the first attempt at a task, in a workspace that does not exist.
    pub fn new(title: &str, description: &str) -> Self {
        let mut task = Task::new("task-1", title, description);
        let name = R::spec().name;
        task.role.clone_from(&name);
        let request = RunRequest::new("task-1.1", name, task, Workspace::new("/nonexistent"));
        Self { request, settings: Value::Null, script: Script::default(), role: PhantomData }
    }

    /// Sets the agent's settings for the role.
    #[must_use]
    pub fn settings(mut self, settings: Value) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the folder of the workspace.
    #[must_use]
    pub fn workspace(mut self, path: impl AsRef<Path>) -> Self {
        self.request.workspace.path = path.as_ref().to_owned();
        self
    }

    /// Changes the request.
    #[must_use]
    pub fn request(mut self, change: impl FnOnce(&mut RunRequest)) -> Self {
        change(&mut self.request);
        self
    }

    /// Adds a message to the task's thread.
    #[must_use]
    pub fn message(mut self, message: Message) -> Self {
        self.request.thread.push(message);
        self
    }

    /// Sets what the work changes.
    #[must_use]
    pub fn diff(mut self, diff: Diff) -> Self {
        self.script.diff = diff;
        self
    }

    /// Sets the work's commits.
    #[must_use]
    pub fn commits(mut self, commits: Vec<Commit>) -> Self {
        self.script.commits = commits;
        self
    }

    /// Sets the agent's answers. Without them, every call of an agent fails.
    #[must_use]
    pub fn agent(
        mut self,
        agent: impl FnMut(&AgentCall) -> Result<AgentReport, Error> + Send + 'static,
    ) -> Self {
        self.script.agent = Some(Mutex::new(Box::new(agent)));
        self
    }

    /// Cancels the run before it starts.
    #[must_use]
    pub fn cancelled(self) -> Self {
        self.script.cancelled.store(true, Ordering::SeqCst);
        self
    }

    /// Creates the role and runs it. A panic of the role is a panic of the test.
    pub fn run(mut self) -> Finished {
        self.request.features = op::ALL.map(str::to_owned).to_vec();
        self.script.task = Some(self.request.task.clone());
        self.script.thread = self.request.thread.clone();
        let script = Arc::new(self.script);
        let host = Host::new(script.clone());
        // As it travels for real: as JSON.
        let outcome = create_role::<R>(&self.settings.to_string()).and_then(|role| {
            let request = serde_json::from_str(&serde_json::to_string(&self.request)?)?;
            role.run(&request, &host)
        });
        let seen = lock(&script.seen);
        Finished {
            outcome,
            log: seen.log.clone(),
            progress: seen.progress.clone(),
            agent_calls: seen.agent_calls.clone(),
            artifacts: seen.artifacts.clone(),
        }
    }
}

#[derive(Default)]
struct Script {
    task: Option<Task>,
    thread: Vec<Message>,
    diff: Diff,
    commits: Vec<Commit>,
    agent: Option<Mutex<Box<Agent>>>,
    cancelled: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    log: Vec<String>,
    progress: Vec<String>,
    agent_calls: Vec<AgentCall>,
    artifacts: Vec<Artifact>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("seen", &self.seen).finish_non_exhaustive()
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Script {
    fn run_agent(&self, call: AgentCall) -> Result<AgentReport, Error> {
        let answer = match &self.agent {
            Some(agent) => lock(agent)(&call),
            None => Err(Error::new(ErrorKind::Agent, "the test gave the role no agent")),
        };
        lock(&self.seen).agent_calls.push(call);
        answer
    }

    fn changes(&self, request: &DiffRequest) -> Diff {
        let wanted = |path: &String| request.paths.is_empty() || request.paths.contains(path);
        let mut diff = self.diff.clone();
        diff.files.retain(|file| wanted(&file.path));
        if !request.patches {
            diff.files.iter_mut().for_each(|file| file.patch.clear());
        }
        diff
    }
}

impl Calls for Script {
    fn log(&self, _level: u32, event_json: &str) {
        let event: Result<LogEvent, _> = serde_json::from_str(event_json);
        lock(&self.seen).log.push(event.map_or_else(|_| event_json.to_owned(), |event| event.message));
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    fn call(&self, op: &str, request_json: &str) -> Result<String, Error> {
        if self.cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the run is to stop"));
        }
        let reply = match op {
            op::AGENT_RUN => serde_json::to_value(self.run_agent(serde_json::from_str(request_json)?)?),
            op::PROGRESS => {
                let progress: Progress = serde_json::from_str(request_json)?;
                lock(&self.seen).progress.push(progress.text);
                Ok(Value::Null)
            }
            op::GIT_DIFF => serde_json::to_value(self.changes(&serde_json::from_str(request_json)?)),
            op::GIT_LOG => serde_json::to_value(&self.commits),
            op::TASK_GET => serde_json::to_value(&self.task),
            op::MESSAGES_LIST => serde_json::to_value(&self.thread),
            op::ARTIFACT_PUT => {
                let artifact: Artifact = serde_json::from_str(request_json)?;
                let path = PathBuf::from("/nonexistent").join(&artifact.name);
                lock(&self.seen).artifacts.push(artifact);
                serde_json::to_value(Kept::new(path))
            }
            unknown => {
                return Err(Error::new(ErrorKind::Unsupported, format!("there is no operation `{unknown}`")));
            }
        };
        let reply = reply?.to_string();
        // A role that works on small diffs alone would find out from its users.
        if reply.len() > MAX_BYTES {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("the answer of {} bytes is too long", reply.len()),
            ));
        }
        Ok(reply)
    }
}
