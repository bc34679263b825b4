//! A runner that does what the test says.

use crate::model::{SessionId, Usage};
use crate::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, StopReason, Unavailable,
};
use async_trait::async_trait;
use serde_json::json;
use std::fmt::{self, Debug};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

type Script = dyn Fn(&Scene<'_>) -> AgentReport + Send + Sync;

/// Plays an agent: a closure that is given the request and works in the worktree, with real files and real commits.
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
    /// A runner of the name `scripted` that plays `script` for each call.
    pub fn new(script: impl Fn(&Scene<'_>) -> AgentReport + Send + Sync + 'static) -> Self {
        Self { name: "scripted".to_owned(), script: Arc::new(script), calls: Arc::default() }
    }

    /// Under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Every request so far.
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
        // Scripts run git and write files.
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

/// One call, from the agent's side.
#[derive(Debug)]
pub struct Scene<'a> {
    request: &'a AgentRequest,
}

impl Scene<'_> {
    /// The request.
    pub fn request(&self) -> &AgentRequest {
        self.request
    }

    /// The role that is played.
    pub fn role(&self) -> &str {
        self.request.role.as_str()
    }

    /// The task.
    pub fn task(&self) -> &str {
        self.request.task.as_str()
    }

    /// Writes a file in the worktree.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.request.directory.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder in the worktree");
        }
        std::fs::write(path, text).expect("a file in the worktree");
    }

    /// Reads a file of the worktree; empty when it is not there.
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        std::fs::read_to_string(self.request.directory.join(path)).unwrap_or_default()
    }

    /// Runs git in the worktree and gives what it printed.
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

    /// Commits everything in the worktree.
    ///
    /// # Panics
    /// When there is nothing to commit.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// Ends with a result of one's own.
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

    /// Ends: the work is committed.
    pub fn submit(&self, summary: &str) -> AgentReport {
        self.result(json!({ "outcome": "submitted", "summary": summary }))
    }

    /// Ends: the work is good.
    pub fn approve(&self, comments: &str) -> AgentReport {
        self.result(json!({ "outcome": "approved", "feedback": comments }))
    }

    /// Ends: the work is to be improved.
    pub fn reject(&self, feedback: &str) -> AgentReport {
        self.result(json!({ "outcome": "rejected", "feedback": feedback }))
    }

    /// Ends some other way.
    pub fn stop(&self, stop: StopReason) -> AgentReport {
        AgentReport::stopped(stop)
    }
}
