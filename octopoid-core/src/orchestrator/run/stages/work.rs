//! The role's part of a run.

use crate::model::{
    AgentName, ConflictResolution, Outcome, PlacedComment, ReviewComment, RoleName, StepRecord, StepStatus,
    Task,
};
use crate::ops;
use crate::orchestrator::disk::journal::{Entry, Report};
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::notes::Note;
use crate::orchestrator::run::reads::{RECENT_RUNS, recent_runs, review_comments, thread};
use crate::orchestrator::run::role::{AgentLimits, Host, Start, Tally, resolution, start};
use crate::orchestrator::run::steps::TEST_STEP;
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::shared::blocking;
use crate::role::{Role, RoleContext, RoleError, Workspace, WorkspaceKind};
use crate::store::{RunQuery, Store};
use crate::transition::Purpose;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most bytes of a role's own fields in the record of a run.
const LONGEST_REPORT: usize = 32 << 10;

/// Role with what it is given, ready to run.
#[derive(Debug)]
pub(in crate::orchestrator::run) struct RoleRun {
    role: Arc<dyn Role>,
    given: RoleContext,
    pub(in crate::orchestrator::run) host: Arc<Host>,
}

impl RoleRun {
    /// Gathers what the role is given. `left_usd` is what is left of the task's budget.
    pub(in crate::orchestrator::run) async fn begin(
        context: &Arc<RunContext>,
        entry: &Entry,
        left_usd: f64,
    ) -> Result<Self, RunAbort> {
        let (role, agent) = require_role(context)?;
        let thread = thread(context).await?;
        let Start { previous, session, idle_turns } = start_of(context, entry, &agent).await?;
        context.shared.write_thread(&context.id, &thread);
        let workspace = workspace(context, entry);
        let task_json = json!({ "task": context.task, "thread": thread }).to_string();
        let limits = AgentLimits { budget_usd: left_usd, burnout_turns: burnout_turns(context), idle_turns };
        let host = Arc::new(Host::new(context.clone(), agent.clone(), workspace.clone(), task_json, limits));
        let mut given = RoleContext::new(
            context.id.clone(),
            context.number,
            context.task.clone(),
            workspace,
            host.clone(),
        );
        given.thread = thread;
        given.comments = open_comments(context, &given.workspace).await?;
        (given.previous, given.session) = (previous, session);
        given.idle_timeout = agent.idle_timeout.unwrap_or(given.idle_timeout);
        given.settings = agent.settings;
        given.cancel = context.interrupt.cancel.clone();
        given.launcher = context.shared.launcher.clone();
        if context.claim.purpose == Purpose::Review {
            given.checks = newest_test_output(&*context.shared.store, &context.task).await;
            given.notices = notices(&*context.shared.store, &context.task).await;
            given.resolution =
                conflict_resolution(context, role.spec().name.clone(), &given.workspace).await?;
        }
        Ok(Self { role, given, host })
    }

    /// Runs the role to its end. A panic of it is a failure with a reason (I36).
    pub(in crate::orchestrator::run) async fn run(&self) -> Result<Outcome, RoleError> {
        let ended = catch_panic(self.role.run(&self.given)).await;
        ended.unwrap_or_else(|words| Err(RoleError::Failed(format!("it panicked: {words}"))))
    }
}

/// Returns the role and the agent of a run.
///
/// # Errors
/// A fault if either is not configured any more.
pub(in crate::orchestrator::run) fn require_role(
    context: &RunContext,
) -> Result<(Arc<dyn Role>, AgentSettings), RunAbort> {
    match (context.configured_role(), &context.agent) {
        (Some(role), Some(agent)) => Ok((role.clone(), agent.clone())),
        _ => Err(RunAbort::Fault(format!(
            "agent `{}` or its role is no longer configured",
            context.claim.holder.agent
        ))),
    }
}

/// Returns what a role came to, as the journal keeps it.
pub(in crate::orchestrator::run) fn report(ended: Result<Outcome, RoleError>) -> Report {
    match ended {
        Ok(outcome) => Report::Outcome(outcome),
        Err(RoleError::Agent(stop)) => Report::Stopped(stop),
        Err(error @ RoleError::Report { .. }) => {
            Report::Outcome(Outcome::NoReport { seen: error.to_string() })
        }
        Err(error @ RoleError::Failed(_)) => Report::Failed { message: error.to_string() },
        Err(error @ (RoleError::Host { .. } | RoleError::Unusable(_))) => {
            Report::Fault { message: error.to_string() }
        }
    }
}

/// Returns what there is to note of what the agent reported beyond the standard fields.
pub(in crate::orchestrator::run) fn own_report(context: &RunContext, tally: &Tally) -> Option<Note> {
    let text = Value::Object(tally.own_fields()?.clone()).to_string();
    Some(if text.len() <= LONGEST_REPORT {
        Note::new(StepRecord::REPORT, StepStatus::Done, text)
    } else {
        let words = format!(
            "the role's own fields are {} bytes, more than the {LONGEST_REPORT} that are kept; they are in {}",
            text.len(),
            context.files().display()
        );
        Note::new(StepRecord::REPORT, StepStatus::Skipped, words)
    })
}

/// Returns the workspace as the role finds it.
fn workspace(context: &RunContext, entry: &Entry) -> Workspace {
    Workspace {
        path: context.workspace_path(),
        base_branch: context.base_branch.clone(),
        base: entry.base.clone(),
        tip: entry.tip.clone(),
        head: entry.start.clone(),
    }
}

/// Returns the review comments that the run has to know: those that were sent and are not resolved, with their replies.
async fn open_comments(context: &RunContext, workspace: &Workspace) -> Result<Vec<PlacedComment>, RunAbort> {
    let mut comments = review_comments(context).await?;
    comments.retain(ReviewComment::is_open);
    let Some(work) = workspace.base.clone().zip(workspace.head.clone()) else {
        return Ok(ops::review::threads(comments, |_| None));
    };
    let repository = context.shared.repository.clone();
    Ok(blocking(move || repository.place_review_comments(comments, (&work.0, &work.1))).await?)
}

/// Returns how many turns without a commit end the attempt; `None` where its role makes no commits.
fn burnout_turns(context: &RunContext) -> Option<u32> {
    let commits = context.claim.purpose == Purpose::Work && context.workspace_kind() == WorkspaceKind::Own;
    commits.then(|| context.shared.store.policy().burnout_turns)
}

/// Returns how the work differs from what was approved before a conflict.
async fn conflict_resolution(
    context: &RunContext,
    role: RoleName,
    workspace: &Workspace,
) -> Result<Option<ConflictResolution>, RunAbort> {
    let (repository, task, workspace) =
        (context.shared.repository.clone(), context.task.clone(), workspace.clone());
    Ok(blocking(move || resolution(&repository, &task, &role, &workspace)).await?)
}

/// Returns what the attempt takes over from those before it.
async fn start_of(context: &RunContext, entry: &Entry, agent: &AgentSettings) -> Result<Start, RunAbort> {
    let runs = recent_runs(context).await?;
    let same_program = |name: &AgentName| {
        let other = context.shared.agent(name);
        other.is_some_and(|other| other.runner == agent.runner && other.command == agent.command)
    };
    Ok(start(&runs, &entry.run, context.claim.purpose, same_program))
}

/// Returns what was noticed of the work that was submitted last.
async fn notices(store: &dyn Store, task: &Task) -> Vec<String> {
    let Some(head) = task.submission.as_ref().and_then(|submission| submission.head.as_ref()) else {
        return Vec::new();
    };
    let mut query = RunQuery::new(task.scope.clone()).of_task(task.id.clone());
    query.limit = RECENT_RUNS;
    // A review can do without, a landing need not wait for it.
    let Ok(runs) = store.list_runs(&query).await else { return Vec::new() };
    let made = runs.into_iter().find(|run| run.head.as_ref() == Some(head) && run.outcome.is_some());
    let steps = made.map(|run| run.steps).unwrap_or_default();
    steps.into_iter().filter(StepRecord::is_notice).map(|step| step.detail).collect()
}

/// Returns how the configured tests went on what was submitted.
pub(in crate::orchestrator::run) async fn newest_test_output(
    store: &dyn Store,
    task: &Task,
) -> Option<String> {
    let mut query = RunQuery::new(task.scope.clone()).of_task(task.id.clone());
    query.limit = RECENT_RUNS;
    let runs = store.list_runs(&query).await.ok()?;
    runs.into_iter()
        .flat_map(|run| run.steps.into_iter().rev())
        .find_map(|step| (step.name == TEST_STEP && step.status == StepStatus::Done).then_some(step.detail))
}
