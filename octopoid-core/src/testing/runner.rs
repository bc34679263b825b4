//! Scripted runner: its agent is a closure of the test.

use crate::model::{SessionId, StopReason, Usage};
use crate::runner::{AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable};
use async_trait::async_trait;
use serde_json::json;
use std::fmt::{self, Debug};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

type Script = dyn Fn(&Scene<'_>) -> AgentReport + Send + Sync;

/// Runner whose agent is a closure: it receives the request and works in the worktree, with real files and real commits.
///
/// ```
/// use octopoid_core::testing::ScriptedRunner;
///
/// let runner = ScriptedRunner::new(|scene| match scene.role() {
///     "review" => scene.approve("fine"),
///     _ => {
///         scene.write("hello.txt", "hello\n");
///         scene.commit("Say hello");
///         scene.submit("said hello")
///     }
/// });
/// assert!(runner.calls().is_empty());
/// ```
#[derive(Clone)]
pub struct ScriptedRunner {
    name: String,
    script: Arc<Script>,
    calls: Arc<Mutex<Vec<AgentRequest>>>,
}

impl Debug for ScriptedRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedRunner").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ScriptedRunner {
    /// Creates a runner named `scripted` that calls `script` for each call.
    pub fn new(script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static) -> Self {
        Self { name: "scripted".to_owned(), script: Arc::new(script), calls: Arc::default() }
    }

    /// Sets the runner's name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Returns all requests so far.
    pub fn calls(&self) -> Vec<AgentRequest> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Runner for ScriptedRunner {
    fn name(&self) -> &str {
        &self.name
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, _request: &RunnerCheck) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let (script, request) = (self.script.clone(), request.clone());
        // On a blocking thread: scripts run git and write files.
        let span = tracing::Span::current();
        let played =
            tokio::task::spawn_blocking(move || span.in_scope(|| script(&Scene { request: &request }))).await;
        let report = played.unwrap_or_else(|error| {
            AgentReport::stopped(StopReason::Crashed { reason: format!("the script panicked: {error}") })
        });
        sink.event(AgentEvent::Usage(report.usage));
        report
    }
}

/// Call of an agent, from the agent's side.
#[derive(Debug)]
pub struct Scene<'a> {
    request: &'a AgentRequest,
}

impl Scene<'_> {
    /// Returns the request.
    pub fn request(&self) -> &AgentRequest {
        self.request
    }

    /// Returns the name of the role.
    pub fn role(&self) -> &str {
        self.request.role.as_str()
    }

    /// Returns the id of the task.
    pub fn task(&self) -> &str {
        self.request.task.as_str()
    }

    /// Writes a file in the worktree.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.request.directory.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder in the worktree");
        }
        std::fs::write(path, text).expect("a file in the worktree");
    }

    /// Returns the content of a file in the worktree; empty if it does not exist.
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        std::fs::read_to_string(self.request.directory.join(path)).unwrap_or_default()
    }

    /// Runs git in the worktree and returns its standard output.
    ///
    /// # Panics
    /// When git fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Scripted", "-c", "user.email=scripted@example.invalid"])
            .args(arguments)
            .envs(&self.request.environment)
            .current_dir(&self.request.directory)
            .output()
            .expect("git is installed");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Commits all changes in the worktree.
    ///
    /// # Panics
    /// When there is nothing to commit.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// Returns a report that the agent completed with this structured result.
    pub fn result(&self, result: serde_json::Value) -> AgentReport {
        let mut report = AgentReport::stopped(StopReason::Completed);
        report.result = Some(result);
        report.usage = Usage { turns: 1, input_tokens: 100, output_tokens: 10, cost_usd: 0.01 };
        report.session = self
            .request
            .resume
            .clone()
            .or_else(|| SessionId::new(format!("scripted-{}", self.request.run)).ok());
        report
    }

    /// Returns a report with the outcome `submitted`.
    pub fn submit(&self, summary: &str) -> AgentReport {
        self.result(json!({ "outcome": "submitted", "summary": summary }))
    }

    /// Returns a report with the outcome `approved`.
    pub fn approve(&self, comments: &str) -> AgentReport {
        self.result(json!({ "outcome": "approved", "feedback": comments }))
    }

    /// Returns a report with the outcome `rejected`.
    pub fn reject(&self, feedback: &str) -> AgentReport {
        self.result(json!({ "outcome": "rejected", "feedback": feedback }))
    }

    /// Returns a report that the agent ended for another reason.
    pub fn stop(&self, stop: StopReason) -> AgentReport {
        AgentReport::stopped(stop)
    }
}
