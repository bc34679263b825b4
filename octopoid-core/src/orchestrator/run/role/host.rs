//! The orchestrator's side of a role: its agent calls, its view of the work.

use super::heard::heard;
use super::meter::{Bounds, Meter};
use super::report::{self, Agents};
use super::tally::{self, Tally};
use crate::git::{CommitInfo, Worktree};
use crate::model::{Attributes, CommitId, Diff, StopReason, Usage};
use crate::orchestrator::disk::journal::replace;
use crate::orchestrator::disk::thread;
use crate::orchestrator::disk::transcript::{REPORT, call_folder};
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::notice::Notice;
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::disk_space::write_when_there_is_room;
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::shared::blocking;
use crate::role::{AgentCall, CommitLine, RoleError, RoleHost, Workspace};
use crate::runner::{AgentEvent, AgentReport, AgentRequest, AgentSink, Runner};
use crate::transition::Purpose;
use async_trait::async_trait;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tracing::Instrument;

/// No limit of a model's lasts longer; a later moment is a mistake, and would stop the agents for good.
const LONGEST_LIMIT: Duration = Duration::from_secs(35 * 24 * 3600);

/// A role that called an agent so often would call it for ever (I15).
const MOST_CALLS: u32 = 20;

/// The orchestrator's side of a role that is at work.
#[derive(Debug)]
pub(in crate::orchestrator::run) struct Host {
    context: Arc<RunContext>,
    agent: AgentSettings,
    workspace: Workspace,
    /// The task and its thread, for the agents' environment.
    task_json: String,
    limits: AgentLimits,
    /// Usage of the agents so far.
    tally: Mutex<Tally>,
    /// Notified when there is something to record.
    changed: Notify,
}

/// Limits of the agents of an attempt.
#[derive(Debug)]
pub(in crate::orchestrator::run) struct AgentLimits {
    /// Rest of the task's budget, in US dollars.
    pub(in crate::orchestrator::run) budget_usd: f64,
    /// Turns without a commit after which the attempt ends; `None` if no commits are expected.
    pub(in crate::orchestrator::run) burnout_turns: Option<u32>,
    /// Turns without a commit in interrupted attempts before this one.
    pub(in crate::orchestrator::run) idle_turns: u32,
}

/// Wishes of a task about the agents that work on it.
#[derive(Debug, Default)]
struct Wishes {
    model: Option<String>,
    max_turns: Option<u32>,
}

impl Host {
    pub(in crate::orchestrator::run) fn new(
        context: Arc<RunContext>,
        agent: AgentSettings,
        workspace: Workspace,
        task_json: String,
        limits: AgentLimits,
    ) -> Self {
        let (tally, changed) = (Mutex::default(), Notify::new());
        Self { context, agent, workspace, task_json, limits, tally, changed }
    }

    /// Waits until there is something to record.
    pub(in crate::orchestrator::run) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Returns what the agents have used so far.
    pub(in crate::orchestrator::run) fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn with_tally<T>(&self, change: impl FnOnce(&mut Tally) -> T) -> T {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the newest commit in the workspace, where it is a worktree.
    fn newest_commit(&self) -> Option<CommitId> {
        Worktree::open(&self.context.shared.repository, &self.workspace.path).ok()?.head().ok()
    }

    fn show(&self, event: &AgentEvent) {
        let mut progress = self.context.progress.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            AgentEvent::Text(text) => progress.last = text.lines().next().map(str::to_owned),
            AgentEvent::Tool { name, input } => progress.last = Some(format!("[{name}] {input}")),
            AgentEvent::Usage(usage) => progress.usage = *usage,
            AgentEvent::Session(_)
            | AgentEvent::Model(_)
            | AgentEvent::ToolResult { .. }
            | AgentEvent::Log(_) => {}
        }
    }

    fn runner(&self) -> Result<&Arc<dyn Runner>, RoleError> {
        let wanted = self.agent.runner.as_deref();
        wanted.and_then(|name| self.context.shared.runners.get(name)).ok_or_else(|| {
            RoleError::Agent(StopReason::Unavailable {
                problem: match wanted {
                    Some(name) => {
                        format!("agent `{}` wants the runner `{name}`, which is not there", self.agent.name)
                    }
                    None => format!("agent `{}` has no runner", self.agent.name),
                },
                remedy: "name one of the available runners in agents.yaml".to_owned(),
            })
        })
    }

    /// Returns what the task says about the agents that work on it; none for those who review it.
    fn wishes(&self) -> Wishes {
        let Attributes { model, max_turns, .. } = &self.context.task.attributes;
        match self.context.claim.purpose {
            Purpose::Work => Wishes { model: model.clone(), max_turns: *max_turns },
            Purpose::Review | Purpose::Land => Wishes::default(),
        }
    }

    fn request(&self, call: AgentCall, files: PathBuf) -> AgentRequest {
        let mut request = AgentRequest::new(
            self.context.id.clone(),
            self.context.task.id.clone(),
            self.context.number,
            self.agent.role.clone(),
            self.agent.name.clone(),
            call.prompt,
            self.context.start_folder(&self.workspace.path),
            files,
        );
        request.system_prompt = call.system_prompt;
        request.output_schema = call.output_schema;
        request.resume = call.resume;
        request.base = self.workspace.base.clone();
        request.base_tip = self.workspace.tip.clone();
        request.task_json = self.task_json.clone();
        let wishes = self.wishes();
        request.model = call.model.or(wishes.model).or_else(|| self.agent.model.clone());
        // A role or a task can ask for less than its agent may have, never for more.
        let most = self.agent.max_turns.unwrap_or(self.context.shared.store.policy().turn_limit);
        let most = wishes.max_turns.map_or(most, |turns| turns.min(most));
        request.max_turns = Some(call.max_turns.map_or(most, |turns| turns.min(most)));
        request.budget_usd = [call.budget_usd, self.agent.budget_usd]
            .into_iter()
            .flatten()
            .chain([(self.limits.budget_usd - self.tally().usage().cost_usd).max(0.0)])
            .reduce(f64::min)
            .filter(|budget| budget.is_finite());
        request.tools = self.agent.tools.clone();
        request.command = self.agent.command.clone();
        request.environment = self.context.shared.settings.environment_for(&self.agent.env);
        request
            .environment
            .extend(self.context.shared.repository.identity_for_agents(self.agent.name.as_str()));
        request.environment.extend(
            self.context.shared.repository.environment_for_agents(&self.context.trace(), self.agent.push),
        );
        let thread = self.context.shared.layout.thread(&self.context.id);
        request.environment.insert(thread::VARIABLE.to_owned(), thread.display().to_string());
        let news = self.context.shared.layout.news(&self.context.id);
        request.environment.insert(thread::NEWS.to_owned(), news.display().to_string());
        // The builder has left neither open.
        request.timeout = self.agent.timeout.unwrap_or(request.timeout);
        request.idle_timeout = self.agent.idle_timeout.unwrap_or(request.idle_timeout);
        request.cancel = self.context.interrupt.cancel.clone();
        request.launcher = self.context.shared.launcher.clone();
        request
    }

    fn clean(&self, mut report: AgentReport) -> AgentReport {
        report.text = self.context.log.clean(&report.text);
        if let Some(result) = &mut report.result {
            self.context.log.redactor().clean_json(result);
        }
        match &mut report.stop {
            StopReason::RateLimited { message, retry_at } | StopReason::Overloaded { message, retry_at } => {
                *message = self.context.log.clean(message);
                let latest = self.context.shared.now() + LONGEST_LIMIT;
                if let Some(moment) = retry_at.take_if(|moment| *moment > latest) {
                    let millis = moment.as_millis();
                    self.context.log.line(
                        self.context.shared.now(),
                        &format!("a limit that lifts only in {millis} ms since 1970 is not believed"),
                    );
                }
            }
            StopReason::Unavailable { problem: text, .. } | StopReason::Crashed { reason: text } => {
                *text = self.context.log.clean(text);
            }
            _ => {}
        }
        report
    }
}

pub(in crate::orchestrator::run) fn host_error(
    message: &str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> RoleError {
    RoleError::Host { message: format!("{message}: {source}"), source: Some(Box::new(source)) }
}

pub(in crate::orchestrator::run) fn commit_lines(list: Vec<CommitInfo>) -> Vec<CommitLine> {
    list.into_iter().map(|commit| CommitLine { id: commit.id, subject: commit.summary }).collect()
}

#[async_trait]
impl Agents for Host {
    /// Runs an agent, or gives what this very call came to before a restart.
    async fn call(&self, call: AgentCall) -> Result<AgentReport, RoleError> {
        let number = self.with_tally(Tally::begin);
        let files = call_folder(&self.context.files(), number);
        let kept = files.join(REPORT);
        let report = match std::fs::read(&kept).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            Some(report) => report,
            None if self.context.interrupt.cancel.is_cancelled()
                && !(self.context.resumed && files.exists()) =>
            {
                AgentReport::stopped(StopReason::Cancelled)
            }
            None => {
                std::fs::create_dir_all(&files)
                    .map_err(|error| host_error("cannot make the call's folder", error))?;
                let runner = self.runner()?;
                let mut request = self.request(call, files);
                request.cancel = self.context.interrupt.cancel.child_token();
                self.with_tally(|tally| tally.ask_model(request.model.as_deref()));
                let bounds = Bounds {
                    max_turns: request.max_turns,
                    budget_usd: request.budget_usd,
                    burnout_turns: self.limits.burnout_turns,
                    idle_turns: self.limits.idle_turns,
                };
                let meter = Meter::new(bounds, self.workspace.head.clone(), request.cancel.clone());
                let sink = Sink { host: self, call: number, meter: Some(&meter) };
                let span = tracing::info_span!(
                    "agent call",
                    call = number,
                    agent.name = %self.agent.name,
                    role = %self.agent.role
                );
                let start = self.context.shared.clock.monotonic();
                let ran = catch_panic(runner.run(&request, &sink)).instrument(span).await;
                let duration = self.context.shared.clock.monotonic().saturating_sub(start);
                self.context.transcript.finish(number);
                let mut report = self.clean(ran.unwrap_or_else(|words| {
                    let reason = format!("the runner `{}` panicked: {words}", runner.name());
                    AgentReport::stopped(StopReason::Crashed { reason })
                }));
                if !self.context.interrupt.cancel.is_cancelled() {
                    report.stop = meter.judge(report.stop);
                }
                if matches!(report.stop, StopReason::Crashed { .. })
                    && self.context.interrupt.is_shutdown(report.signal).await
                {
                    report.stop = StopReason::Cancelled;
                }
                self.context.shared.tell(Notice::AgentCall {
                    run: self.context.id.clone(),
                    task: self.context.task.id.clone(),
                    agent: self.agent.name.clone(),
                    role: self.agent.role.clone(),
                    call: number,
                    stop: report.stop.clone(),
                    usage: report.usage,
                    duration,
                });
                // A call that was only interrupted must be made again, so only real ends are kept.
                if report.stop != StopReason::Cancelled {
                    // The agent's own files say the same, should the machine crash now.
                    let bytes = serde_json::to_vec(&report).unwrap_or_default();
                    write_when_there_is_room(&self.context.shared, &self.context.interrupt, || {
                        replace(&kept, &bytes)
                    })
                    .await
                    .map_err(|error| host_error("cannot keep the agent's report", error))?;
                }
                report
            }
        };
        self.with_tally(|tally| tally.end(number, &report));
        self.context.log.line(self.context.shared.now(), &format!("agent {}", report.stop.describe()));
        self.context.log.flush();
        self.context.shared.reached(Point::AgentReported, &self.context.id);
        match report.stop {
            StopReason::Completed => Ok(report),
            stop => Err(RoleError::Agent(stop)),
        }
    }

    fn resumes_sessions(&self) -> bool {
        self.runner().is_ok_and(|runner| runner.resumes_sessions())
    }

    fn refused(&self, problem: String) -> String {
        let problem = self.context.log.clean(&problem);
        self.context
            .log
            .note(self.context.shared.now(), &format!("the report does not fit its schema: {problem}"));
        problem
    }

    fn accepted(&self, own_fields: Map<String, Value>) {
        self.with_tally(|tally| tally.keep(own_fields));
    }
}

#[async_trait]
impl RoleHost for Host {
    async fn run_agent(&self, call: AgentCall) -> Result<AgentReport, RoleError> {
        if self.with_tally(Tally::ask) > MOST_CALLS {
            return Err(RoleError::Unusable(format!(
                "it called its agent more than {MOST_CALLS} times in one run"
            )));
        }
        report::run_agent(self, call).await
    }

    async fn diff(&self) -> Result<Diff, RoleError> {
        let (Some(base), Some(head)) = (self.workspace.base.clone(), self.workspace.head.clone()) else {
            return Ok(Diff::default());
        };
        let repository = self.context.shared.repository.clone();
        blocking(move || repository.diff(&base, &head))
            .await
            .map_err(|error| host_error("cannot read what the work changes", error))
    }

    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError> {
        let Some(base) = self.workspace.base.clone() else { return Ok(Vec::new()) };
        let (repository, path) = (self.context.shared.repository.clone(), self.workspace.path.clone());
        let list = blocking(move || {
            let head: CommitId = Worktree::open(&repository, &path)?.head()?;
            repository.log(&base, &head)
        });
        Ok(commit_lines(list.await.map_err(|error| host_error("cannot read the work's commits", error))?))
    }

    async fn keep_file(&self, name: &str, content: &str) -> Result<PathBuf, RoleError> {
        let path = self.context.shared.layout.kept_file(&self.context.id, name);
        replace(&path, content.as_bytes()).map_err(|error| host_error("cannot keep a file", error))?;
        Ok(path)
    }

    fn progress(&self, text: &str, usage: Option<Usage>) {
        let sink = Sink { host: self, call: tally::OWN, meter: None };
        if !text.is_empty() {
            sink.event(AgentEvent::Text(text.to_owned()));
        }
        if let Some(usage) = usage {
            sink.event(AgentEvent::Usage(usage));
        }
    }

    fn log(&self, line: &str) {
        self.context.log.line(self.context.shared.now(), line);
    }
}

/// Takes an agent's events to the log and to whoever watches.
struct Sink<'a> {
    host: &'a Host,
    call: u32,
    /// Meter of the call whose events these are.
    meter: Option<&'a Meter>,
}

impl AgentSink for Sink<'_> {
    fn event(&self, event: AgentEvent) {
        let host = self.host;
        if self.call != tally::OWN {
            host.context.transcript.follow(self.call);
        }
        if let (AgentEvent::Usage(usage), Some(meter)) = (&event, self.meter) {
            meter.read(usage, || host.newest_commit());
        }
        let event = heard(event, |text| host.context.log.clean(text));
        let is_recorded = host.with_tally(|tally| tally.hear(self.call, &event));
        if is_recorded || host.context.shared.artifacts.is_some() {
            host.changed.notify_one();
        }
        let event = match event {
            AgentEvent::Usage(_) => AgentEvent::Usage(host.tally().usage()),
            other => other,
        };
        let at = host.context.shared.now();
        host.show(&event);
        match &event {
            AgentEvent::Text(text) | AgentEvent::Log(text) => host.context.log.line(at, text),
            AgentEvent::Tool { name, input } => host.context.log.line(at, &format!("[{name}] {input}")),
            AgentEvent::ToolResult { text, failed } => host.context.log.line(at, &in_log(text, *failed)),
            AgentEvent::Session(session) => host.context.log.line(at, &format!("session {session}")),
            AgentEvent::Model(model) => host.context.log.line(at, &format!("model {model}")),
            AgentEvent::Usage(_) => {}
        }
        if !matches!(event, AgentEvent::Usage(_)) {
            host.context.log.flush();
        }
        host.context.shared.tell(Notice::Agent {
            run: host.context.id.clone(),
            task: host.context.task.id.clone(),
            event,
        });
    }
}

/// Returns the result of a tool as lines of the log, set off from what the agent says.
fn in_log(text: &str, failed: bool) -> String {
    let mark = if failed { "[error]" } else { "[result]" };
    let mut lines = text.lines();
    let first = format!("{mark} {}", lines.next().unwrap_or_default());
    lines.fold(first, |all, line| format!("{all}\n    {line}"))
}
