//! The part of a runner that is the same for every protocol: starting the host process, and reading its lines.

use super::line::End;
use super::permission::Permissions;
use super::spec::{HostSpec, Protocol};
use super::transcript::Transcript;
use crate::command::{ResultFile, unreadable};
use crate::protocol;
use crate::session::{self, CUT_OFF};
use octopoid_core::model::StopReason;
use octopoid_core::process::{Command, Signal, StopPlan};
use octopoid_core::runner::detached::{
    DetachedProcess, Ended, Exit, Launch, OutputLine, OutputStream, StartFolder, StopCause,
    usage_of_earlier_starts,
};
use octopoid_core::runner::{AgentEvent, AgentReport, AgentRequest, AgentSink, Unavailable};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The name of the file with the input of the host process.
const SPEC: &str = "host.json";

/// An agent's program, as it is started.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    /// Variables that it gets unless it has them.
    pub(crate) environment: BTreeMap<String, String>,
}

/// How agents of a protocol are started.
#[derive(Debug, Clone)]
pub(crate) struct Hosted {
    protocol: Protocol,
    host: Command,
    stop: StopPlan,
}

impl Hosted {
    pub(crate) fn new(protocol: Protocol, host: Command) -> Self {
        Self { protocol, host, stop: StopPlan::new([Signal::Terminate]) }
    }

    pub(crate) fn set_grace(&mut self, grace: Duration) {
        self.stop.grace = grace;
    }

    fn launch(
        &self,
        folder: &StartFolder,
        request: &AgentRequest,
        agent: Agent,
    ) -> Result<Launch, Unavailable> {
        let resume = session::to_resume(folder, request.resume.as_ref());
        let mut prompt = request.prompt.clone();
        if resume.is_some() && session::was_cut_off(folder) {
            prompt.push_str(CUT_OFF);
        }
        let spec = HostSpec {
            protocol: self.protocol,
            program: agent.program,
            arguments: agent.arguments,
            directory: request.directory.clone(),
            prompt,
            system_prompt: request.system_prompt.clone(),
            resume,
            model: request.model.clone(),
            max_turns: request.max_turns,
            budget_usd: request.budget_usd,
            permissions: Permissions::new(&request.tools),
            max_output: request.max_output,
            session_file: folder.path().join(session::FILE),
        };
        let spec = serde_json::to_vec(&spec).map_err(|error| {
            Unavailable::new(format!("cannot describe the call: {error}"), "report this error")
        })?;
        let mut launch = protocol::launch(self.host.program.clone(), folder, request).with_file(SPEC, spec);
        launch.command = launch.command.args(self.host.arguments.iter()).arg(folder.path().join(SPEC));
        let of_agent =
            agent.environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        for (name, value) in self.host.environment.clone().into_iter().chain(of_agent) {
            launch.command.environment.entry(name).or_insert(value);
        }
        Ok(launch)
    }
}

/// Runs an agent to its end. `agent` finds its program.
pub(crate) async fn run(
    hosted: &Hosted,
    request: &AgentRequest,
    sink: &dyn AgentSink,
    agent: impl FnOnce() -> Result<Agent, Unavailable>,
) -> AgentReport {
    let launch = |folder: &StartFolder| hosted.launch(folder, request, agent()?);
    let process = match DetachedProcess::start(request, hosted.stop.clone(), launch).await {
        Ok(process) => process,
        Err(stop) => return AgentReport::stopped(stop),
    };
    let folder = process.folder().clone();
    let read = |transcript: &mut Transcript, line: &str| drop(transcript.read(line));
    let before = usage_of_earlier_starts(&folder, read, |transcript| transcript.usage).await;
    let (mut transcript, has_ended) = (Transcript::default(), AtomicBool::new(false));
    let mut hear = |line: OutputLine<'_>| {
        let event = match line.stream {
            OutputStream::Stdout => transcript.read(line.text),
            OutputStream::Stderr => Some(AgentEvent::Log(line.text.to_owned())),
        };
        has_ended.store(transcript.end.is_some(), Ordering::Relaxed);
        match event {
            Some(AgentEvent::Usage(usage)) => sink.event(AgentEvent::Usage(before + usage)),
            Some(event @ AgentEvent::Session(_)) => sink.event(event),
            Some(event) if !line.replayed => sink.event(event),
            _ => {}
        }
    };
    let ended = match process.supervise(&mut hear, &|| has_ended.load(Ordering::Relaxed)).await {
        Ok(ended) => ended,
        Err(error) => return unreadable(&error, before + transcript.usage),
    };
    let result = ResultFile::read(&protocol::result(&folder));
    let mut report = AgentReport::stopped(stop_reason(&ended, &transcript, result.has_outcome()));
    report.usage = before + transcript.usage;
    report.signal = ended.exit.signal();
    let resumed = session::to_resume(&folder, request.resume.as_ref());
    report.session = transcript.session.or_else(|| session::of(&folder)).or(resumed);
    report.text = transcript.text;
    if report.stop == StopReason::Completed {
        let question = transcript.end.and_then(|end| end.question);
        report.result = structured(question, result, request);
    }
    report
}

/// Returns why the agent ended. What it says of its end counts, unless it was stopped for another reason.
fn stop_reason(ended: &Ended, transcript: &Transcript, has_outcome: bool) -> StopReason {
    let hangs = ended.exit.is_hang();
    match (&ended.exit, &transcript.end) {
        (Exit::Stopped(_), _) if hangs && has_outcome => StopReason::Completed,
        (Exit::Stopped(_), Some(end)) if hangs => said(end, has_outcome),
        (Exit::Stopped(StopCause::Silent), None) => {
            transcript.trouble.clone().unwrap_or_else(|| ended.stop_reason())
        }
        (Exit::Stopped(_) | Exit::NeverStarted, _) => ended.stop_reason(),
        (_, Some(end)) => said(end, has_outcome),
        (Exit::Code(0), None) => {
            StopReason::Crashed { reason: "its host process ended without a word".to_owned() }
        }
        (_, None) => ended.stop_reason(),
    }
}

fn said(end: &End, has_outcome: bool) -> StopReason {
    if end.finished && has_outcome { StopReason::Completed } else { end.stop.clone() }
}

/// Returns the structured result: the question to a person, or the file that agents report in.
fn structured(question: Option<String>, file: ResultFile, request: &AgentRequest) -> Option<Value> {
    match (question, file) {
        (Some(question), _) => Some(json!({ "outcome": "needs_input", "question": question })),
        (None, ResultFile::Missing) => None,
        (None, ResultFile::Object(value)) => Some(protocol::without_envelope(value, request)),
        (None, ResultFile::Unusable(seen)) => Some(seen.into()),
    }
}
