//! Test host: the orchestrator's side of a role, for tests of the role alone.

use super::sample;
use crate::model::{CommitId, Diff, RunId, SessionId, StopReason, Task, Usage};
use crate::orchestrator::run::role::report::{Agents, run_agent};
use crate::role::{AgentCall, CommitLine, RoleContext, RoleError, RoleHost, Workspace};
use crate::runner::AgentReport;
use async_trait::async_trait;
use serde_json::{Map, Value};
use std::fmt::{self, Debug};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

type Script = dyn Fn(&AgentCall) -> Result<AgentReport, RoleError> + Send + Sync;

/// Behavior of the host's agent.
enum Agent {
    Plays(Box<Script>),
    WorksUntilCancelled,
}

/// [`RoleHost`] whose agent is scripted by the test, and which records everything a role requests.
///
/// As in a real run, a structured result that does not match the schema of its call is sent back to the agent, and an agent that
/// does not complete normally is an error.
///
/// ```
/// use octopoid_core::model::Outcome;
/// use octopoid_core::role::Role;
/// use octopoid_core::testing::{PlainRole, TestHost};
/// use serde_json::json;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let host = TestHost::reporting(json!({ "outcome": "submitted", "summary": "did it" }));
/// let context = host.context("Add a greeting", "Greet in every language.");
/// let outcome = PlainRole::implement().run(&context).await.unwrap();
/// assert_eq!(outcome, Outcome::Submitted { summary: "did it".into() });
/// assert!(host.calls()[0].prompt.contains("Greet in every language."));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TestHost {
    agent: Agent,
    diff: Diff,
    commits: Vec<CommitLine>,
    folder: tempfile::TempDir,
    cancel: CancellationToken,
    calls: Mutex<Vec<AgentCall>>,
    files: Mutex<Vec<(String, String)>>,
    progress: Mutex<Vec<String>>,
    log: watch::Sender<Vec<String>>,
    own_fields: Mutex<Option<Map<String, Value>>>,
}

impl Debug for TestHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestHost").field("calls", &self.calls().len()).finish_non_exhaustive()
    }
}

impl TestHost {
    /// Creates a host whose agent is played by a closure.
    pub fn new(agent: impl Fn(&AgentCall) -> AgentReport + Send + Sync + 'static) -> Self {
        Self::with_agent(Agent::Plays(Box::new(move |call| Ok(agent(call)))))
    }

    /// Creates a host whose agent returns this result for every call.
    pub fn reporting(result: Value) -> Arc<Self> {
        Arc::new(Self::new(move |_| {
            let mut report = AgentReport::stopped(StopReason::Completed);
            report.result = Some(result.clone());
            report.session = SessionId::new("test-session").ok();
            report
        }))
    }

    /// Creates a host whose agent ends every call for this reason; with [`StopReason::Completed`] it has no structured result.
    pub fn stopping(stop: StopReason) -> Arc<Self> {
        Arc::new(Self::new(move |_| AgentReport::stopped(stop.clone())))
    }

    /// Creates a host that cannot run an agent and returns this error instead.
    pub fn failing(error: impl Fn() -> RoleError + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self::with_agent(Agent::Plays(Box::new(move |_| Err(error())))))
    }

    /// Creates a host whose agent writes `the agent works` to the log and runs until the run is cancelled.
    pub fn working() -> Arc<Self> {
        Arc::new(Self::with_agent(Agent::WorksUntilCancelled))
    }

    fn with_agent(agent: Agent) -> Self {
        Self {
            agent,
            diff: Diff::default(),
            commits: Vec::new(),
            folder: tempfile::tempdir().expect("a temporary folder"),
            cancel: CancellationToken::new(),
            calls: Mutex::default(),
            files: Mutex::default(),
            progress: Mutex::default(),
            log: watch::Sender::default(),
            own_fields: Mutex::default(),
        }
    }

    /// Sets the diff of the work against its base.
    #[must_use]
    pub fn with_diff(mut self, diff: Diff) -> Self {
        self.diff = diff;
        self
    }

    /// Sets the commits of the work, oldest first.
    #[must_use]
    pub fn with_commits(mut self, commits: Vec<CommitLine>) -> Self {
        self.commits = commits;
        self
    }

    /// Returns the context of the first run of a new task, in an empty folder. Its fields may be changed before the role gets it.
    pub fn context(self: &Arc<Self>, title: &str, description: &str) -> RoleContext {
        self.context_of(sample::task(title, description))
    }

    /// Returns the context of the first run of this task, in an empty folder.
    pub fn context_of(self: &Arc<Self>, task: Task) -> RoleContext {
        let commit = |digit: &str| CommitId::new(digit.repeat(40)).ok();
        let workspace = Workspace {
            path: self.folder.path().to_owned(),
            base_branch: "main".to_owned(),
            base: commit("b"),
            tip: commit("b"),
            head: commit("b"),
        };
        let run = RunId::of(&task.id, 1);
        let mut context = RoleContext::new(run, 1, task, workspace, self.clone());
        context.cancel = self.cancel.clone();
        context
    }

    /// Returns the folder that the role works in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Cancels the run.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Returns all agent calls so far, including corrections.
    pub fn calls(&self) -> Vec<AgentCall> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the files stored for agents, as name and content.
    pub fn files(&self) -> Vec<(String, String)> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the role's progress reports so far.
    pub fn progress(&self) -> Vec<String> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the lines of the log so far.
    pub fn log(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    /// Waits until a line of the log contains this text.
    pub async fn logged(&self, words: &str) {
        let has = |lines: &Vec<String>| lines.iter().any(|line| line.contains(words));
        // The sender lives as long as `self`.
        let _ = self.log.subscribe().wait_for(has).await;
    }

    /// Returns the fields beyond the standard ones of the newest report that matches its schema.
    pub fn own_fields(&self) -> Option<Map<String, Value>> {
        self.own_fields.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Agents for TestHost {
    async fn call(&self, call: AgentCall) -> Result<AgentReport, RoleError> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        let report = match &self.agent {
            Agent::Plays(script) => script(&call)?,
            Agent::WorksUntilCancelled => {
                RoleHost::log(self, "the agent works");
                self.cancel.cancelled().await;
                AgentReport::stopped(StopReason::Cancelled)
            }
        };
        match report.stop {
            StopReason::Completed => Ok(report),
            stop => Err(RoleError::Agent(stop)),
        }
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    fn refused(&self, problem: String) -> String {
        RoleHost::log(self, &format!("the report does not fit its schema: {problem}"));
        problem
    }

    fn accepted(&self, own_fields: Map<String, Value>) {
        *self.own_fields.lock().unwrap_or_else(PoisonError::into_inner) = Some(own_fields);
    }
}

#[async_trait]
impl RoleHost for TestHost {
    async fn run_agent(&self, call: AgentCall) -> Result<AgentReport, RoleError> {
        run_agent(self, call).await
    }

    async fn diff(&self) -> Result<Diff, RoleError> {
        Ok(self.diff.clone())
    }

    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError> {
        Ok(self.commits.clone())
    }

    async fn keep_file(&self, name: &str, content: &str) -> Result<PathBuf, RoleError> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), content.to_owned()));
        Ok(PathBuf::from("/kept").join(name))
    }

    fn progress(&self, text: &str, _usage: Option<Usage>) {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }

    fn log(&self, line: &str) {
        self.log.send_modify(|lines| lines.push(line.to_owned()));
    }
}
