//! The runner itself.

use super::flags::{Conversation, flags};
use super::story::Story;
use super::{credentials, session, verdict};
use crate::command::ResultFile;
use crate::ending;
use crate::process::{
    Bounds, End, Launch, Line, PROMPT, Program, Source, StartFolder, StopPlan, begin, supervise, used_before,
};
use crate::protocol;
use async_trait::async_trait;
use nix::sys::signal::Signal;
use nix::unistd::Uid;
use octopoid_core::runner::{
    AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck, StopReason, Unavailable,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the program tries again by itself before the scheduler takes over; by default it goes on for minutes.
const RETRIES: &str = "2";

/// What an agent is told whose program was cut off in the middle of this very call.
const CUT_OFF: &str = "

# Go on

You have begun with this in this very conversation, and were cut off: the machine or the orchestrator went down. Look at what is
there, and go on from where you stopped.
";

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

    /// With another time that an agent may stay, without a sign of life, after it has given its result. Thirty seconds otherwise.
    #[must_use]
    pub fn with_linger(mut self, linger: Duration) -> Self {
        self.stop.linger = linger;
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
        let conversation = match session::to_resume(folder, request.resume.as_ref()) {
            Some(session) => {
                if session::was_cut_off(folder) {
                    files.push((PROMPT, format!("{}{CUT_OFF}", request.prompt).into_bytes()));
                }
                Conversation::Resume(session.to_string())
            }
            None => {
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
            Err(stop) => return Some(AgentReport::stopped(stop)),
        };
        let read = |story: &mut Story, line: &str| drop(story.read(line));
        let before = used_before(&folder, read, Story::usage).await;
        let (mut story, reported) = (Story::default(), AtomicBool::new(false));
        let mut hear = |line: Line<'_>| {
            let events = match line.source {
                Source::Stdout => story.read(line.text),
                Source::Stderr => vec![AgentEvent::Log(line.text.to_owned())],
            };
            reported.store(story.result.is_some(), Ordering::Relaxed);
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
        let bounds = Bounds::of(request, self.stop.clone());
        let has_result = || reported.load(Ordering::Relaxed);
        let (end, stderr_end) = match supervise(&folder, running, &bounds, &mut hear, &has_result).await {
            Ok(ended) => ended,
            Err(error) => return Some(ending::unreadable(&error, before + story.usage())),
        };
        let resumed = session::to_resume(&folder, request.resume.as_ref());
        if resumed.is_some() && verdict::is_unknown_session(&story, &stderr_end) && folder.discard().is_ok() {
            return None;
        }
        if story.cost_is_unsure() && resumed.is_some() {
            sink.event(AgentEvent::Log(
                "this version of claude counts the cost of earlier calls in".to_owned(),
            ));
        }
        let reported = ResultFile::read(&folder.result());
        let stop = match &end {
            // It has reported all the same, in the file that other programs report in.
            End::Stopped(why) if why.is_hang() && reported.has_outcome() => StopReason::Completed,
            end => verdict::stop_reason(end, &story, &stderr_end, request.max_output),
        };
        let mut report = AgentReport::stopped(stop);
        report.usage = before + story.usage();
        report.signal = end.signal();
        report.session = story.session.clone().or_else(|| session::of(&folder)).or(resumed);
        let result = story.result.unwrap_or_default();
        report.text = if result.text.is_empty() { story.text } else { result.text };
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
