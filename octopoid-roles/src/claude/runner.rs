//! The runner itself.

use super::flags::{Conversation, flags};
use super::story::Story;
use super::{credentials, session, verdict};
use crate::command::ResultFile;
use crate::ending;
use crate::process::{Bounds, Launch, Line, Program, Source, StartFolder, StopPlan, begin, supervise};
use crate::protocol;
use async_trait::async_trait;
use nix::sys::signal::Signal;
use nix::unistd::Uid;
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, StopReason, Unavailable,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often the program tries again by itself before the scheduler takes over; by default it goes on for minutes.
const RETRIES: &str = "2";

/// Runs Claude Code in print mode.
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
    /// A runner for the `claude` in the agent's `PATH`.
    pub fn new() -> Self {
        // Interrupted, it still says what it has cost; terminated, it does not.
        let stop = StopPlan::new(&[Signal::SIGINT, Signal::SIGTERM]);
        Self { program: "claude".to_owned(), stop }
    }

    /// With another program: a name in `PATH`, or a path.
    #[must_use]
    pub fn with_program(mut self, program: impl Into<String>) -> Self {
        self.program = program.into();
        self
    }

    /// With another time to heed each polite signal before the agent is killed. Five seconds otherwise.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.stop.grace = grace;
        self
    }

    fn find(&self, environment: &BTreeMap<String, String>) -> Result<Program, Unavailable> {
        Program::find(&self.program, None, environment).map_err(|error| Unavailable {
            remedy: format!(
                "{}; Claude Code is installed by `npm install -g @anthropic-ai/claude-code`",
                error.remedy
            ),
            ..error
        })
    }

    fn launch(&self, folder: &StartFolder, request: &AgentRequest) -> Result<Launch, Unavailable> {
        let program = self.find(&request.environment)?;
        let mut files = protocol::files(request);
        let conversation = match &request.resume {
            Some(session) if !folder.follows_a_discarded_one() => Conversation::Resume(session.to_string()),
            _ => {
                let name = session::make(folder);
                files.push((session::FILE, name.clone().into_bytes()));
                Conversation::New(name)
            }
        };
        let arguments = flags(request, &conversation);
        let mut environment = protocol::environment(folder, request);
        environment.entry("CLAUDE_CODE_MAX_RETRIES".to_owned()).or_insert_with(|| RETRIES.to_owned());
        if Uid::effective().is_root() {
            // As root it works without asking only where somebody vouches for the surroundings: whoever starts an
            // orchestrator as root does.
            environment.entry("IS_SANDBOX".to_owned()).or_insert_with(|| "1".to_owned());
        }
        Ok(Launch { program, arguments, environment, directory: request.directory.clone(), files })
    }

    /// One start, to its end. None when the conversation to go on in is not there.
    async fn start(&self, request: &AgentRequest, sink: &dyn AgentSink) -> Option<AgentReport> {
        let launch = |folder: &StartFolder| self.launch(folder, request);
        let started = begin(&request.files, &self.stop, request.cancel.is_cancelled(), launch).await;
        let (folder, running) = match started {
            Ok(started) => started,
            Err(unavailable) => return Some(ending::unavailable(unavailable)),
        };
        let mut story = Story::default();
        let mut hear = |line: Line<'_>| {
            let events = match line.source {
                Source::Stdout => story.read(line.text),
                Source::Stderr => vec![AgentEvent::Log(line.text.to_owned())],
            };
            let counts = |event: &AgentEvent| matches!(event, AgentEvent::Usage(_) | AgentEvent::Session(_));
            events
                .into_iter()
                .filter(|event| !line.replayed || counts(event))
                .for_each(|event| sink.event(event));
        };
        let bounds = Bounds::of(request, self.stop.clone());
        let (end, stderr_end) = match supervise(&folder, running, &bounds, &mut hear).await {
            Ok(ended) => ended,
            Err(error) => return Some(ending::unreadable(&error, story.usage())),
        };
        if request.resume.is_some()
            && !folder.follows_a_discarded_one()
            && verdict::is_unknown_session(&story, &stderr_end)
            && folder.discard().is_ok()
        {
            return None;
        }
        if story.cost_is_unsure() && request.resume.is_some() {
            sink.event(AgentEvent::Log(
                "this version of claude counts the cost of earlier calls in".to_owned(),
            ));
        }
        let mut report =
            AgentReport::stopped(verdict::stop_reason(&end, &story, &stderr_end, request.max_output));
        report.usage = story.usage();
        report.session = story.session.clone().or_else(|| session::of(&folder));
        let result = story.result.unwrap_or_default();
        report.text = if result.text.is_empty() { story.text } else { result.text };
        report.result = result.structured;
        if report.result.is_none() && report.stop == StopReason::Completed {
            // It may also have written the file that other programs report in, which is as structured.
            match ResultFile::read(&folder.result()) {
                ResultFile::Missing => {}
                ResultFile::Object(value) => report.result = Some(value),
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

    async fn check(&self, request: &RunnerCheck) -> Result<(), Unavailable> {
        self.find(&request.environment)?;
        credentials::check(&request.environment)
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
