//! The answers to a plugin's calls, the same for one in this process and one in a child.

use super::convert;
use octopoid_core::model::{SessionId, StopReason};
use octopoid_core::role::{AgentCall, RoleContext, RoleError, RoleHost};
use octopoid_plugin::abi::{MAX_BYTES, level};
use octopoid_plugin::message::{self, LogEvent, op};
use octopoid_plugin::{Error, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of log a run of a plugin may write; more would only hide what counts.
const MOST_LOG: usize = 4 << 20;

/// The reason that an agent gave no report that counts.
#[derive(Debug, Clone)]
pub(super) enum AgentFailure {
    /// It did not come to its own end.
    Stopped(StopReason),
    /// Its result does not fit the schema of the call.
    Report { problem: String, seen: String },
}

impl From<AgentFailure> for RoleError {
    fn from(failure: AgentFailure) -> Self {
        match failure {
            AgentFailure::Stopped(stop) => RoleError::Agent(stop),
            AgentFailure::Report { problem, seen } => RoleError::Report { problem, seen },
        }
    }
}

/// The host's side of one run: what the plugin may ask for, and what answers it.
#[derive(Debug)]
pub(super) struct HostCalls {
    host: Arc<dyn RoleHost>,
    task: message::Task,
    thread: Vec<message::Message>,
    features: Vec<String>,
    /// The reason that the last agent gave no report that counts.
    failure: Mutex<Option<AgentFailure>>,
    logged: AtomicUsize,
}

impl HostCalls {
    pub(super) fn new(context: &RoleContext, features: &[String]) -> Self {
        Self {
            host: context.host.clone(),
            task: convert::task(&context.task),
            thread: convert::thread(&context.thread),
            features: features.to_vec(),
            failure: Mutex::default(),
            logged: AtomicUsize::new(0),
        }
    }

    /// Returns the reason that the last agent of the run gave no report that counts, if it gave none.
    pub(super) fn failure(&self) -> Option<AgentFailure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, failure: AgentFailure) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    /// Writes an event of the plugin's to the task's log.
    pub(super) fn log(&self, importance: u32, event_json: &str) {
        let before = self.logged.fetch_add(event_json.len(), Ordering::Relaxed);
        if before > MOST_LOG {
            return;
        }
        if before + event_json.len() > MOST_LOG {
            self.host.log(&format!(
                "the plugin wrote more than {} MiB of log; the rest is left out",
                MOST_LOG >> 20
            ));
            return;
        }
        let event: Result<LogEvent, _> = serde_json::from_str(event_json);
        let message = event.map_or_else(|_| event_json.to_owned(), |event| event.message);
        self.note(importance, &message);
    }

    /// Writes text to the task's log.
    pub(super) fn note(&self, importance: u32, message: &str) {
        let word = match importance {
            level::ERROR => "error: ",
            level::WARN => "warning: ",
            level::DEBUG => "debug: ",
            _ => "",
        };
        for line in message.lines() {
            self.host.log(&format!("{word}{line}"));
        }
    }

    /// Carries out an operation, and returns its result as JSON.
    pub(super) async fn call(&self, op: &str, request: &str) -> Result<String, Error> {
        if !self.features.iter().any(|feature| feature == op) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("`{op}` is not among the features in use: {}", self.features.join(", ")),
            ));
        }
        match op {
            op::AGENT_RUN => answer(&self.run_agent(read(op, request)?).await?),
            op::PROGRESS => {
                let progress: message::Progress = read(op, request)?;
                self.host.progress(&progress.text, progress.usage.as_ref().map(convert::core_usage));
                answer(&())
            }
            op::GIT_DIFF => {
                let wanted: message::DiffRequest = read(op, request)?;
                let diff = self.host.diff().await.map_err(|error| self.failed(error))?;
                answer(&convert::diff(diff, &wanted))
            }
            op::GIT_LOG => {
                let commits = self.host.commits().await.map_err(|error| self.failed(error))?;
                let shown = |commit: octopoid_core::role::CommitLine| {
                    message::Commit::new(commit.id.to_string(), commit.subject)
                };
                answer(&commits.into_iter().map(shown).collect::<Vec<_>>())
            }
            op::TASK_GET => answer(&self.task),
            op::MESSAGES_LIST => answer(&self.thread),
            op::ARTIFACT_PUT => {
                let artifact: message::Artifact = read(op, request)?;
                let kept = self.host.keep_file(&artifact.name, &artifact.content).await;
                answer(&message::Kept::new(kept.map_err(|error| self.failed(error))?))
            }
            unknown => Err(Error::new(ErrorKind::Unsupported, format!("there is no operation `{unknown}`"))),
        }
    }

    async fn run_agent(&self, wanted: message::AgentCall) -> Result<message::AgentReport, Error> {
        let resume = wanted.resume.map(SessionId::new).transpose();
        let mut call = AgentCall::new(wanted.prompt).with_resume(
            resume.map_err(|error| Error::new(ErrorKind::Invalid, format!("`resume`: {error}")))?,
        );
        call.system_prompt = wanted.system_prompt;
        call.output_schema = wanted.output_schema;
        call.model = wanted.model;
        call.max_turns = wanted.max_turns;
        call.budget_usd = wanted.budget_usd.filter(|budget| budget.is_finite() && *budget >= 0.0);
        let report = self.host.run_agent(call).await.map_err(|error| self.failed(error))?;
        let mut shown = message::AgentReport::default();
        shown.text = report.text;
        shown.result = report.result;
        shown.usage = convert::usage(&report.usage);
        shown.session = report.session.map(|session| session.to_string());
        Ok(shown)
    }

    fn failed(&self, error: RoleError) -> Error {
        let message = error.to_string();
        match error {
            RoleError::Agent(StopReason::Cancelled) => Error::new(ErrorKind::Cancelled, message),
            RoleError::Agent(stop) => {
                let retryable = matches!(
                    stop,
                    StopReason::RateLimited { .. }
                        | StopReason::Overloaded { .. }
                        | StopReason::Unavailable { .. }
                );
                self.remember(AgentFailure::Stopped(stop));
                let error = Error::new(ErrorKind::Agent, message);
                if retryable { error.retryable() } else { error }
            }
            RoleError::Report { problem, seen } => {
                self.remember(AgentFailure::Report { problem, seen });
                Error::new(ErrorKind::Agent, message)
            }
            RoleError::Host { .. } => Error::new(ErrorKind::Host, message).retryable(),
            _ => Error::new(ErrorKind::Host, message),
        }
    }
}

fn read<T: DeserializeOwned>(op: &str, request: &str) -> Result<T, Error> {
    serde_json::from_str(request)
        .map_err(|error| Error::new(ErrorKind::Invalid, format!("the request of `{op}`: {error}")))
}

fn answer(value: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string(value)?;
    if text.len() > MAX_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "the answer of {} bytes is longer than {} MiB; ask for parts of it",
                text.len(),
                MAX_BYTES >> 20
            ),
        ));
    }
    Ok(text)
}
