//! One run of a role: what it finds, and what came of it.

use super::host::TestHost;
use crate::support::task;
use octopoid_core::model::{
    CommitId, ConflictResolution, Diff, Message, Outcome, PlacedComment, RunId, SessionId, StopReason,
    Submission, Task,
};
use octopoid_core::role::{AgentCall, CommitLine, PreviousAttempt, Role, RoleContext, RoleError, Workspace};
use octopoid_core::runner::AgentReport;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a role finds.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) task: Task,
    pub(crate) thread: Vec<Message>,
    pub(crate) previous: Option<PreviousAttempt>,
    pub(crate) session: Option<SessionId>,
    pub(crate) workspace: Workspace,
    pub(crate) checks: Option<String>,
    pub(crate) notices: Vec<String>,
    pub(crate) comments: Vec<PlacedComment>,
    pub(crate) resolution: Option<ConflictResolution>,
    pub(crate) settings: Value,
    pub(crate) host: TestHost,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) outcome: Result<Outcome, RoleError>,
    /// What the agent was asked, once; none where it never came to that.
    pub(crate) call: Option<AgentCall>,
    /// The files kept for the agent, by path.
    pub(crate) kept: Vec<(String, String)>,
}

impl Scene {
    /// The first round of a task whose agent gives this result.
    pub(crate) fn new(result: Option<Value>) -> Self {
        let mut report = AgentReport::stopped(StopReason::Completed);
        report.result = result;
        Self {
            task: task("Greet in every language."),
            thread: Vec::new(),
            previous: None,
            session: None,
            workspace: Workspace::new("/repo/.octopoid/worktrees/task-7", "main").with_commits(
                id('b'),
                id('d'),
                id('b'),
            ),
            checks: None,
            notices: Vec::new(),
            comments: Vec::new(),
            resolution: None,
            settings: Value::Null,
            host: TestHost::new(report),
        }
    }

    /// An implementer's.
    pub(crate) fn work() -> Self {
        Self::new(Some(json!({ "outcome": "submitted", "summary": "done" })))
    }

    /// A reviewer's.
    pub(crate) fn review() -> Self {
        Self::new(Some(json!({ "outcome": "approved", "feedback": "" })))
    }

    /// The round after this was said: the task was submitted, in the session `talk-1`, and sent back.
    pub(crate) fn after(mut self, thread: Vec<Message>) -> Self {
        self.task.submission = Some(Box::new(Submission::new(1, 3)));
        self.session = Some(SessionId::new("talk-1").unwrap());
        self.task.counters.rejections = 1;
        self.thread = thread;
        self
    }

    /// The work stands at these commits.
    pub(crate) fn at(mut self, commits: Vec<CommitLine>) -> Self {
        self.workspace.head = commits.last().map(|commit| commit.id.clone()).or(self.workspace.base.clone());
        self.host.after.clone_from(&commits);
        self.host.before = commits;
        self
    }

    pub(crate) fn changing(mut self, diff: Diff) -> Self {
        self.host.diff = diff;
        self
    }

    /// What a role is given here.
    pub(crate) fn context(self) -> (RoleContext, Arc<TestHost>) {
        let host = Arc::new(self.host);
        let run = RunId::of(&self.task.id, 1);
        let mut context = RoleContext::new(run, 1, self.task, self.workspace, host.clone());
        context.thread = self.thread;
        (context.previous, context.session) = (self.previous, self.session);
        context.checks = self.checks;
        context.notices = self.notices;
        context.comments = self.comments;
        context.resolution = self.resolution;
        context.settings = self.settings;
        (context, host)
    }

    pub(crate) async fn run(self, role: &dyn Role) -> Ran {
        let (context, host) = self.context();
        let outcome = role.run(&context).await;
        let mut calls = host.calls.lock().unwrap().clone();
        assert!(calls.len() < 2, "the agent was called {} times", calls.len());
        let kept = host.files.lock().unwrap().clone();
        Ran { outcome, call: calls.pop(), kept }
    }

    /// What the agent is asked.
    pub(crate) async fn prompt(self, role: &dyn Role) -> String {
        self.run(role).await.prompt().to_owned()
    }
}

impl Ran {
    pub(crate) fn call(&self) -> &AgentCall {
        self.call.as_ref().unwrap_or_else(|| panic!("no agent was called: {:?}", self.outcome))
    }

    pub(crate) fn prompt(&self) -> &str {
        &self.call().prompt
    }
}

pub(crate) fn commit(digit: char, subject: &str) -> CommitLine {
    CommitLine::new(id(digit), subject)
}

pub(crate) fn id(digit: char) -> CommitId {
    CommitId::new(digit.to_string().repeat(40)).unwrap()
}
