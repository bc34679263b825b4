//! The orchestrator's side of a role, as a test wants it.

use async_trait::async_trait;
use octopoid_core::model::{Diff, StopReason, Usage};
use octopoid_core::role::{AgentCall, CommitLine, RoleError, RoleHost};
use octopoid_core::runner::AgentReport;
use std::path::PathBuf;
use std::sync::Mutex;

/// Where kept files are said to be.
pub(crate) const KEPT: &str = "/kept/";

/// Gives the same report to every call, and keeps what it was asked.
#[derive(Debug)]
pub(crate) struct TestHost {
    pub(crate) report: AgentReport,
    pub(crate) diff: Diff,
    /// The work's commits before the agent was called.
    pub(crate) before: Vec<CommitLine>,
    /// The work's commits after it.
    pub(crate) after: Vec<CommitLine>,
    pub(crate) calls: Mutex<Vec<AgentCall>>,
    pub(crate) files: Mutex<Vec<(String, String)>>,
}

impl TestHost {
    pub(crate) fn new(report: AgentReport) -> Self {
        Self {
            report,
            diff: Diff::default(),
            before: Vec::new(),
            after: Vec::new(),
            calls: Mutex::default(),
            files: Mutex::default(),
        }
    }
}

#[async_trait]
impl RoleHost for TestHost {
    async fn run_agent(&self, call: AgentCall) -> Result<AgentReport, RoleError> {
        self.calls.lock().unwrap().push(call);
        match self.report.stop.clone() {
            StopReason::Completed => Ok(self.report.clone()),
            stop => Err(RoleError::Agent(stop)),
        }
    }

    async fn diff(&self) -> Result<Diff, RoleError> {
        Ok(self.diff.clone())
    }

    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError> {
        let called = !self.calls.lock().unwrap().is_empty();
        Ok(if called { self.after.clone() } else { self.before.clone() })
    }

    /// Names become safe file names, as the orchestrator makes them.
    async fn keep_file(&self, name: &str, content: &str) -> Result<PathBuf, RoleError> {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let path = format!("{KEPT}{}", name.chars().map(safe).collect::<String>());
        let mut files = self.files.lock().unwrap();
        assert!(files.iter().all(|(other, _)| *other != path), "{path} is kept twice");
        files.push((path.clone(), content.to_owned()));
        Ok(PathBuf::from(path))
    }

    fn progress(&self, _text: &str, _usage: Option<Usage>) {}

    fn log(&self, _line: &str) {}
}
