//! The orchestrator's side of a run, with everything seen.

use async_trait::async_trait;
use octopoid_core::model::{Change, Diff, FileDiff, StopReason, Usage};
use octopoid_core::role::{AgentCall, CommitLine, RoleError, RoleHost};
use octopoid_core::runner::AgentReport;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What the agent does.
#[derive(Debug, Clone)]
pub(super) enum Agent {
    /// It reports.
    Reports(Box<AgentReport>),
    /// It works until it is stopped.
    WorksUntilStopped,
}

#[derive(Debug)]
pub(super) struct Host {
    agent: Agent,
    pub(super) cancel: CancellationToken,
    pub(super) calls: Mutex<Vec<AgentCall>>,
    pub(super) lines: watch::Sender<Vec<String>>,
    pub(super) progress: Mutex<Vec<String>>,
    /// What the work changes.
    pub(super) diff: Diff,
    /// The work's own commits.
    pub(super) commits: Vec<CommitLine>,
    /// Whether every line of the log is a panic of the host.
    pub(super) panics: bool,
}

impl Host {
    pub(super) fn new(agent: Agent) -> Self {
        Self {
            agent,
            cancel: CancellationToken::new(),
            calls: Mutex::default(),
            lines: watch::Sender::default(),
            progress: Mutex::default(),
            diff: Diff::new(vec![
                modified("small.txt", "+a\n".to_owned()),
                modified("huge.txt", "+x".repeat(9 << 20)),
            ]),
            commits: Vec::new(),
            panics: false,
        }
    }

    /// With an agent that reports a result, or none.
    pub(super) fn with(result: Option<serde_json::Value>) -> Arc<Self> {
        let mut report = AgentReport::stopped(StopReason::Completed);
        report.text = "a word \"result\": {} in between".to_owned();
        report.result = result;
        Arc::new(Self::new(Agent::Reports(Box::new(report))))
    }

    /// With an agent that ends so.
    pub(super) fn ending(stop: StopReason) -> Arc<Self> {
        Arc::new(Self::new(Agent::Reports(Box::new(AgentReport::stopped(stop)))))
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    /// Waits until a line of the log says so.
    pub(super) async fn says(&self, words: &str) {
        let said = |lines: &Vec<String>| lines.iter().any(|line| line.contains(words));
        self.lines.subscribe().wait_for(said).await.unwrap();
    }
}

fn modified(path: &str, patch: String) -> FileDiff {
    FileDiff::new(path, Change::Modified).with_patch(1, 0, patch)
}

#[async_trait]
impl RoleHost for Host {
    async fn run_agent(&self, call: AgentCall) -> Result<AgentReport, RoleError> {
        self.calls.lock().unwrap().push(call);
        match &self.agent {
            Agent::Reports(report) => match report.stop.clone() {
                StopReason::Completed => Ok(*report.clone()),
                stop => Err(RoleError::Agent(stop)),
            },
            Agent::WorksUntilStopped => {
                RoleHost::log(self, "the agent works");
                self.cancel.cancelled().await;
                Err(RoleError::Agent(StopReason::Cancelled))
            }
        }
    }

    async fn diff(&self) -> Result<Diff, RoleError> {
        Ok(self.diff.clone())
    }

    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError> {
        Ok(self.commits.clone())
    }

    async fn keep_file(&self, name: &str, _content: &str) -> Result<PathBuf, RoleError> {
        Ok(PathBuf::from(format!("/kept/{name}")))
    }

    fn progress(&self, text: &str, _usage: Option<Usage>) {
        self.progress.lock().unwrap().push(text.to_owned());
    }

    fn log(&self, line: &str) {
        assert!(!self.panics, "the host has a bad day");
        self.lines.send_modify(|lines| lines.push(line.to_owned()));
    }
}
