//! The runner for programs that speak the command protocol.

use super::progress::Progress;
use super::report::{report, unreadable};
use super::result::ResultFile;
use crate::account;
use crate::protocol;
use async_trait::async_trait;
use octopoid_core::model::Usage;
use octopoid_core::process::{Signal, StopPlan};
use octopoid_core::runner::detached::find_program;
use octopoid_core::runner::detached::{
    DetachedProcess, OutputLine, OutputStream, StartFolder, usage_of_earlier_starts,
};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A runner for any program that speaks the command protocol.
#[derive(Debug, Clone)]
pub struct CommandRunner {
    directory: PathBuf,
    stop: StopPlan,
}

impl CommandRunner {
    /// Creates a runner for commands whose relative paths count from `directory`, usually the folder of `agents.yaml` or the
    /// repository's.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), stop: StopPlan::new([Signal::Terminate]) }
    }

    /// Sets how long the agent may take to end after `SIGTERM` before it is killed. Five seconds by default.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.stop.grace = grace;
        self
    }

    /// Sets how long an agent may stay, without printing anything, after it has given its result. Thirty seconds by default.
    #[must_use]
    pub fn with_linger(mut self, linger: Duration) -> Self {
        self.stop.linger = linger;
        self
    }

    fn program(
        &self,
        command: &[String],
        environment: &BTreeMap<String, String>,
    ) -> Result<PathBuf, Unavailable> {
        let name = command.first().map(String::as_str).unwrap_or_default();
        find_program(name, Some(&self.directory), environment)
    }
}

#[async_trait]
impl Runner for CommandRunner {
    fn name(&self) -> &str {
        "command"
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable> {
        self.program(&request.command, &request.environment).map(|_| ())
    }

    fn account(&self, request: &RunnerCheck) -> Option<String> {
        account::of_command(request)
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        let launch = |folder: &StartFolder| {
            let program = self.program(&request.command, &request.environment)?;
            let mut launch = protocol::launch(program, folder, request);
            launch.command = launch.command.args(request.command.iter().skip(1));
            Ok(launch)
        };
        let process = match DetachedProcess::start(request, self.stop.clone(), launch).await {
            Ok(process) => process,
            Err(stop) => return AgentReport::stopped(stop),
        };
        let folder = process.folder().clone();
        let read = |usage: &mut Usage, line: &str| {
            if let Some(progress) = Progress::parse(line) {
                progress.counts.put_into(usage);
            }
        };
        let before = usage_of_earlier_starts(&folder, read, |usage| *usage).await;
        let mut usage = Usage::default();
        let mut session = None;
        let mut hear = |line: OutputLine<'_>| {
            let progress =
                if line.stream == OutputStream::Stdout { Progress::parse(line.text) } else { None };
            let said = match progress {
                Some(progress) => {
                    if !progress.counts.is_empty() {
                        progress.counts.put_into(&mut usage);
                        sink.event(AgentEvent::Usage(before + usage));
                    }
                    if progress.session.is_some() && progress.session != session {
                        session = progress.session;
                        session
                            .clone()
                            .map(AgentEvent::Session)
                            .into_iter()
                            .for_each(|event| sink.event(event));
                    }
                    progress.text.map(AgentEvent::Text)
                }
                None => Some(AgentEvent::Log(line.text.to_owned())),
            };
            if let Some(said) = said.filter(|_| !line.replayed) {
                sink.event(said);
            }
        };
        let result = protocol::result(&folder);
        let has_result = || ResultFile::read(&result).has_outcome();
        match process.supervise(&mut hear, &has_result).await {
            Ok(ended) => {
                let mut report = report(&ended, ResultFile::read(&result), usage, request);
                report.usage += before;
                // Some programs only say it in their result.
                if report.usage != before + usage {
                    sink.event(AgentEvent::Usage(report.usage));
                }
                let told = session.clone();
                report.session = report.session.or(session);
                if let Some(session) = report.session.clone().filter(|_| report.session != told) {
                    sink.event(AgentEvent::Session(session));
                }
                report
            }
            Err(error) => unreadable(&error, before + usage),
        }
    }
}
