//! Conformance suite for every [`Runner`].
//!
//! A [`Stage`] makes the runner's agent act as each case needs; the suite calls the runner and checks its report.

use super::{Failures, Report, Verdict, ensure};
use crate::model::StopReason;
use crate::runner::{AgentEvent, AgentReport, AgentRequest, AgentSink, Runner, RunnerCheck};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Name of the file in the call's working directory to which every start of an agent appends a line.
pub const STARTS: &str = "starts";

/// Time limit that is long enough for a program to print its first output, and short enough for a test.
const SHORT: Duration = Duration::from_secs(2);

/// Behavior of an agent, after it has appended a line to [`STARTS`] in its working directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// Takes two or more turns and reports `{"outcome": "submitted", "summary": …}`.
    Reports,
    /// Completes without a structured result.
    ReportsNothing,
    /// Crashes.
    Crashes,
    /// Prints something and runs until it is stopped.
    WorksOn,
}

/// Runner under test, with an agent that acts as requested.
pub trait Stage: Send + Sync {
    /// Returns the runner.
    fn runner(&self) -> Arc<dyn Runner>;

    /// Prepares a call whose agent behaves like `act`, in its own folders that exist as long as the stage.
    fn call(&self, act: Act) -> AgentRequest;

    /// Prepares a call whose agent is not installed, with its runner; `None` if that cannot happen.
    fn uninstalled(&self) -> Option<(Arc<dyn Runner>, AgentRequest)>;
}

type Case = for<'a> fn(&'a dyn Stage) -> Pin<Box<dyn Future<Output = Verdict> + 'a>>;

macro_rules! cases {
    ($($case:ident),+ $(,)?) => { &[$((stringify!($case), |stage| Box::pin($case(stage)))),+] };
}

const CASES: &[(&str, Case)] = cases![
    it_has_a_name,
    a_call_that_can_be_made_passes_the_check,
    i17_an_agent_that_is_not_installed_is_unavailable,
    i14_a_result_is_handed_over,
    i14_no_result_is_none,
    a_crash_has_its_reason,
    what_was_used_is_told_and_reported,
    a_conversation_is_told_and_can_be_resumed,
    an_agent_that_is_cancelled_stops,
    a_call_that_is_cancelled_before_it_begins_starts_no_agent,
    the_longest_time_is_kept,
    the_longest_silence_is_kept,
    i09_a_finished_call_is_read_and_not_made_again,
    i36_a_folder_that_is_gone_is_an_end,
];

/// Returns the names of all cases.
pub fn cases() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|(name, _)| *name)
}

/// Runs a runner through all cases.
///
/// # Errors
/// [`Report`] with every failed case.
pub async fn check(stage: &dyn Stage) -> Result<(), Report> {
    let mut failures = Failures::default();
    for (name, case) in CASES {
        failures.run(name, case(stage)).await;
    }
    failures.report()
}

/// Sink that records events.
#[derive(Debug, Default)]
struct Ear {
    events: Mutex<Vec<AgentEvent>>,
    heard: Notify,
}

impl AgentSink for Ear {
    fn event(&self, event: AgentEvent) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        self.heard.notify_waiters();
    }
}

impl Ear {
    fn events(&self) -> Vec<AgentEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the agent has printed something.
    async fn hears_words(&self) {
        loop {
            let heard = self.heard.notified();
            tokio::pin!(heard);
            heard.as_mut().enable();
            if self.events().iter().any(|event| matches!(event, AgentEvent::Text(_) | AgentEvent::Log(_))) {
                return;
            }
            heard.await;
        }
    }
}

async fn run(stage: &dyn Stage, request: &AgentRequest) -> (AgentReport, Vec<AgentEvent>) {
    let ear = Ear::default();
    let report = stage.runner().run(request, &ear).await;
    (report, ear.events())
}

fn ends_as(report: &AgentReport, wanted: &StopReason) -> Verdict {
    ensure(report.stop == *wanted, || format!("it ended as {:?}, not as {wanted:?}", report.stop))
}

fn starts(request: &AgentRequest) -> usize {
    std::fs::read_to_string(request.directory.join(STARTS)).unwrap_or_default().lines().count()
}

fn check_of(request: &AgentRequest) -> RunnerCheck {
    RunnerCheck { command: request.command.clone(), environment: request.environment.clone() }
}

async fn it_has_a_name(stage: &dyn Stage) -> Verdict {
    let name = stage.runner().name().to_owned();
    let is_one = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control());
    ensure(is_one, || format!("{name:?} cannot be written in agents.yaml"))
}

async fn a_call_that_can_be_made_passes_the_check(stage: &dyn Stage) -> Verdict {
    let request = check_of(&stage.call(Act::Reports));
    stage.runner().check(&request).await.map_err(|error| format!("it says that {error}"))
}

async fn i17_an_agent_that_is_not_installed_is_unavailable(stage: &dyn Stage) -> Verdict {
    let Some((runner, request)) = stage.uninstalled() else { return Ok(()) };
    let Err(why) = runner.check(&check_of(&request)).await else {
        return Err("the check finds nothing missing".to_owned());
    };
    ensure(!why.problem.trim().is_empty() && !why.remedy.trim().is_empty(), || {
        format!("the check does not say what is missing and what to do: {why:?}")
    })?;
    let stop = runner.run(&request, &Ear::default()).await.stop;
    ensure(matches!(stop, StopReason::Unavailable { .. }), || format!("the call ended as {stop:?}"))
}

async fn i14_a_result_is_handed_over(stage: &dyn Stage) -> Verdict {
    let request = stage.call(Act::Reports);
    let (report, _) = run(stage, &request).await;
    ends_as(&report, &StopReason::Completed)?;
    let outcome = report.result.as_ref().and_then(|result| result.get("outcome"));
    ensure(outcome.is_some_and(|word| word == "submitted"), || format!("the result is {:?}", report.result))?;
    ensure(starts(&request) == 1, || format!("the agent was started {} times", starts(&request)))
}

async fn i14_no_result_is_none(stage: &dyn Stage) -> Verdict {
    let (report, _) = run(stage, &stage.call(Act::ReportsNothing)).await;
    ends_as(&report, &StopReason::Completed)?;
    ensure(report.result.is_none(), || format!("it made up the result {:?}", report.result))
}

async fn a_crash_has_its_reason(stage: &dyn Stage) -> Verdict {
    let (report, _) = run(stage, &stage.call(Act::Crashes)).await;
    match &report.stop {
        StopReason::Crashed { reason } if !reason.trim().is_empty() => Ok(()),
        stop => Err(format!("it ended as {stop:?}")),
    }
}

async fn what_was_used_is_told_and_reported(stage: &dyn Stage) -> Verdict {
    let (report, events) = run(stage, &stage.call(Act::Reports)).await;
    ensure(report.usage.turns >= 2, || format!("it reports {} turns", report.usage.turns))?;
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| if let AgentEvent::Usage(usage) = event { Some(*usage) } else { None })
        .collect();
    let grows = told.windows(2).all(|pair| pair[0].turns <= pair[1].turns);
    ensure(grows, || format!("what was used shrinks: {told:?}"))?;
    let last = told.last().copied().unwrap_or_default();
    ensure(last.turns == report.usage.turns, || {
        format!("it told of {} turns and reports {}", last.turns, report.usage.turns)
    })
}

async fn a_conversation_is_told_and_can_be_resumed(stage: &dyn Stage) -> Verdict {
    if !stage.runner().resumes_sessions() {
        return Ok(());
    }
    let mut request = stage.call(Act::Reports);
    let (report, events) = run(stage, &request).await;
    let Some(session) = report.session else { return Err("the report names no conversation".to_owned()) };
    ensure(events.contains(&AgentEvent::Session(session.clone())), || {
        format!("the conversation {session} was never told: {events:?}")
    })?;
    // The next call of the same agent.
    request.files = request.files.join("next");
    std::fs::create_dir_all(&request.files).map_err(|error| error.to_string())?;
    request.resume = Some(session.clone());
    let (report, _) = run(stage, &request).await;
    ensure(report.session.as_ref() == Some(&session), || {
        format!("asked to go on in {session}, it went on in {:?}", report.session)
    })
}

async fn an_agent_that_is_cancelled_stops(stage: &dyn Stage) -> Verdict {
    let (request, ear) = (stage.call(Act::WorksOn), Ear::default());
    let runner = stage.runner();
    let cancel = async {
        ear.hears_words().await;
        request.cancel.cancel();
    };
    let (report, ()) = tokio::join!(runner.run(&request, &ear), cancel);
    ends_as(&report, &StopReason::Cancelled)
}

async fn a_call_that_is_cancelled_before_it_begins_starts_no_agent(stage: &dyn Stage) -> Verdict {
    let request = stage.call(Act::Reports);
    request.cancel.cancel();
    let (report, _) = run(stage, &request).await;
    ends_as(&report, &StopReason::Cancelled)?;
    ensure(starts(&request) == 0, || "it started the agent".to_owned())
}

async fn the_longest_time_is_kept(stage: &dyn Stage) -> Verdict {
    let mut request = stage.call(Act::WorksOn);
    request.timeout = SHORT;
    let (report, _) = run(stage, &request).await;
    ends_as(&report, &StopReason::TimedOut)
}

async fn the_longest_silence_is_kept(stage: &dyn Stage) -> Verdict {
    let mut request = stage.call(Act::WorksOn);
    request.idle_timeout = SHORT;
    let (report, _) = run(stage, &request).await;
    ends_as(&report, &StopReason::Silent)
}

async fn i09_a_finished_call_is_read_and_not_made_again(stage: &dyn Stage) -> Verdict {
    let request = stage.call(Act::Reports);
    let (first, _) = run(stage, &request).await;
    let (second, _) = run(stage, &request).await;
    ensure(starts(&request) == 1, || format!("the agent was started {} times", starts(&request)))?;
    ensure(first == second, || format!("it reported {first:?}, and then {second:?}"))
}

async fn i36_a_folder_that_is_gone_is_an_end(stage: &dyn Stage) -> Verdict {
    let mut request = stage.call(Act::Reports);
    request.directory = request.directory.join("gone");
    let (report, _) = run(stage, &request).await;
    ensure(matches!(report.stop, StopReason::Crashed { .. } | StopReason::Unavailable { .. }), || {
        format!("it ended as {:?}", report.stop)
    })
}
