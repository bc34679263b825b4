//! The runner for Claude Code.

use super::flags::{Conversation, flags};
use super::session::make;
use super::transcript::Transcript;
use super::{credentials, stop_reason};
use crate::command::{ResultFile, unreadable};
use crate::protocol;
use crate::session::{self, CUT_OFF};
use async_trait::async_trait;
use nix::unistd::Uid;
use octopoid_core::model::StopReason;
use octopoid_core::process::{Signal, StopPlan};
use octopoid_core::runner::detached::find_program;
use octopoid_core::runner::detached::{
    DetachedProcess, Launch, OutputLine, OutputStream, StartFolder, usage_of_earlier_starts,
};
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, Unavailable,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the program itself retries a failed request of the API; by default it does so for minutes.
const RETRIES: &str = "2";

/// A runner for Claude Code, in its print mode.
#[derive(Debug, Clone)]
pub struct ClaudeRunner {
    program: String,
    stop: StopPlan,
}

impl Default for ClaudeRunner {
    fn default() -> Self {
        Self::new()
    }
}

impl ClaudeRunner {
    /// Creates a runner for the `claude` in the agent's `PATH`.
    pub fn new() -> Self {
        // Interrupted, it still says what it has cost; terminated, it does not.
        let stop = StopPlan::new([Signal::Interrupt, Signal::Terminate]);
        Self { program: "claude".to_owned(), stop }
    }

    /// Sets the program: a name in `PATH`, or a path.
    #[must_use]
    pub fn with_program(mut self, program: impl Into<String>) -> Self {
        self.program = program.into();
        self
    }

    /// Sets how long the agent may take to end after each signal before it is killed. Five seconds by default.
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

    fn find(&self, environment: &BTreeMap<String, String>) -> Result<PathBuf, Unavailable> {
        find_program(&self.program, None, environment).map_err(|mut error| {
            error.remedy += "; Claude Code is installed by `npm install -g @anthropic-ai/claude-code`";
            error
        })
    }

    fn launch(&self, folder: &StartFolder, request: &AgentRequest) -> Result<Launch, Unavailable> {
        let mut launch = protocol::launch(self.find(&request.environment)?, folder, request);
        let conversation = match session::to_resume(folder, request.resume.as_ref()) {
            Some(session) => {
                if session::was_cut_off(folder) {
                    launch = launch.with_prompt(format!("{}{CUT_OFF}", request.prompt));
                }
                Conversation::Resume(session.to_string())
            }
            None => {
                let name = make(folder);
                launch = launch.with_file(session::FILE, name.as_str());
                Conversation::New(name)
            }
        };
        launch.command = launch.command.args(flags(request, &conversation));
        let environment = &mut launch.command.environment;
        environment.entry("CLAUDE_CODE_MAX_RETRIES".into()).or_insert_with(|| RETRIES.into());
        if Uid::effective().is_root() {
            // As root it works without asking only where somebody vouches for the surroundings: whoever starts an
            // orchestrator as root does.
            environment.entry("IS_SANDBOX".into()).or_insert_with(|| "1".into());
        }
        Ok(launch)
    }

    /// Runs one start to its end; returns `None` when the conversation to go on in is not there.
    async fn start(&self, request: &AgentRequest, sink: &dyn AgentSink) -> Option<AgentReport> {
        let launch = |folder: &StartFolder| self.launch(folder, request);
        let process = match DetachedProcess::start(request, self.stop.clone(), launch).await {
            Ok(process) => process,
            Err(stop) => return Some(AgentReport::stopped(stop)),
        };
        let folder = process.folder().clone();
        let read = |transcript: &mut Transcript, line: &str| drop(transcript.read(line));
        let before = usage_of_earlier_starts(&folder, read, Transcript::usage).await;
        let (mut transcript, reported) = (Transcript::default(), AtomicBool::new(false));
        let mut hear = |line: OutputLine<'_>| {
            let events = match line.stream {
                OutputStream::Stdout => transcript.read(line.text),
                OutputStream::Stderr => vec![AgentEvent::Log(line.text.to_owned())],
            };
            reported.store(transcript.result.is_some(), Ordering::Relaxed);
            let counts = |event: &AgentEvent| matches!(event, AgentEvent::Usage(_) | AgentEvent::Session(_));
            events
                .into_iter()
                .filter(|event| !line.replayed || counts(event))
                .map(|event| match event {
                    AgentEvent::Usage(usage) => AgentEvent::Usage(before + usage),
                    event => event,
                })
                .for_each(|event| sink.event(event));
        };
        let has_result = || reported.load(Ordering::Relaxed);
        let ended = match process.supervise(&mut hear, &has_result).await {
            Ok(ended) => ended,
            Err(error) => return Some(unreadable(&error, before + transcript.usage())),
        };
        let resumed = session::to_resume(&folder, request.resume.as_ref());
        if resumed.is_some()
            && stop_reason::is_unknown_session(&transcript, &ended)
            && folder.discard().is_ok()
        {
            return None;
        }
        if transcript.cost_is_unsure() && resumed.is_some() {
            sink.event(AgentEvent::Log(
                "this version of claude counts the cost of earlier calls in".to_owned(),
            ));
        }
        let reported = ResultFile::read(&protocol::result(&folder));
        let stop = match ended.exit.is_hang() && reported.has_outcome() {
            // It has reported all the same, in the file that other programs report in.
            true => StopReason::Completed,
            false => stop_reason::stop_reason(&ended, &transcript),
        };
        let mut report = AgentReport::stopped(stop);
        report.usage = before + transcript.usage();
        report.signal = ended.exit.signal();
        report.session = transcript.session.clone().or_else(|| session::of(&folder)).or(resumed);
        let result = transcript.result.unwrap_or_default();
        report.text = if result.text.is_empty() { transcript.text } else { result.text };
        report.result = result.structured;
        if report.result.is_none() && report.stop == StopReason::Completed {
            // It may also have written the file that other programs report in, which is as structured.
            match reported {
                ResultFile::Missing => {}
                ResultFile::Object(value) => {
                    report.result = Some(protocol::without_envelope(value, request));
                }
                ResultFile::Unusable(seen) => report.result = Some(seen.into()),
            }
        }
        Some(report)
    }
}

#[async_trait]
impl Runner for ClaudeRunner {
    fn name(&self) -> &str {
        "claude"
    }

    fn resumes_sessions(&self) -> bool {
        true
    }

    fn hears_messages(&self) -> bool {
        true
    }

    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable> {
        self.find(&request.environment)?;
        credentials::check(&request.environment)
    }

    fn account(&self, request: &RunnerCheck) -> Option<String> {
        credentials::account(&request.environment)
    }

    async fn run(&self, request: &AgentRequest, sink: &dyn AgentSink) -> AgentReport {
        if let Some(report) = self.start(request, sink).await {
            return report;
        }
        let session = request.resume.as_ref().map(ToString::to_string).unwrap_or_default();
        sink.event(AgentEvent::Log(format!("the conversation {session} is gone; beginning a new one")));
        let again = self.start(request, sink).await;
        again.unwrap_or_else(|| {
            AgentReport::stopped(StopReason::Crashed {
                reason: "it looks for a conversation that is gone".to_owned(),
            })
        })
    }
}
