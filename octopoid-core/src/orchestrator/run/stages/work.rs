//! The role's part of a run.

use crate::model::{
    AgentName, ConflictResolution, Message, Outcome, RoleName, RunStage, StepRecord, StepStatus, Task,
};
use crate::orchestrator::disk::journal::Report;
use crate::orchestrator::failpoint::Point;
use crate::orchestrator::panics::catch_panic;
use crate::orchestrator::run::guard::Guarded;
use crate::orchestrator::run::host::Host;
use crate::orchestrator::run::previous::{Start, start};
use crate::orchestrator::run::recorder;
use crate::orchestrator::run::resolution::resolution;
use crate::orchestrator::run::tally::Tally;
use crate::orchestrator::run::verdict::{Facts, Verdict, verdict};
use crate::orchestrator::run::{RunAbort, RunContext};
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::shared::blocking;
use crate::role::{Role, RoleContext, RoleError, WorkspaceKind};
use crate::runner::StopReason;
use crate::store::{RunQuery, Store};
use crate::transition::Purpose;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Runs whose steps are searched for the newest test output.
const RECENT_RUNS: u32 = 20;

/// The most bytes of a role's own fields in the record of a run.
const LONGEST_REPORT: usize = 32 << 10;

impl RunContext {
    /// Runs the role and keeps its report, before anything is made of it (I09).
    pub(in crate::orchestrator::run) async fn work(&mut self) -> Result<(), RunAbort> {
        if !self.resumed {
            self.check()?;
        }
        let role = self.entry.run.role.as_ref().and_then(|name| self.shared.roles.get(name)).cloned();
        let (Some(role), Some(agent)) = (role, self.agent.clone()) else {
            return Err(RunAbort::Fault(format!(
                "agent `{}` or its role is no longer configured",
                self.entry.run.agent
            )));
        };
        self.enter(RunStage::AgentRunning)?;
        self.announce().await;
        self.shared.reached(Point::RoleStarting, &self.entry.run.id);
        let before = self.begin_guard(Guarded::Agent).await?;
        let result = self.run_role(role, agent).await;
        self.end_guard(before).await?;
        let report = result?;
        (self.entry.run.outcome, self.entry.run.stopped) = match &report {
            Report::Outcome(outcome) => (Some(outcome.clone()), None),
            Report::Stopped(stop) => (None, Some(stop.clone())),
            Report::Failed { .. } | Report::Fault { .. } => (None, None),
        };
        if let Report::Stopped(StopReason::Cancelled) = report {
            self.check()?;
        }
        self.entry.report = Some(report);
        self.enter(RunStage::AgentFinished)?;
        self.shared.reached(Point::ReportSaved, &self.entry.run.id);
        Ok(())
    }

    pub(in crate::orchestrator::run) async fn thread(&self) -> Result<Vec<Message>, RunAbort> {
        self.require(|| self.shared.store.messages(&self.task.scope, &self.task.id)).await
    }

    async fn run_role(&mut self, role: Arc<dyn Role>, agent: AgentSettings) -> Result<Report, RunAbort> {
        let thread = self.thread().await?;
        let Start { previous, session, idle_turns } = self.start_of(&agent).await?;
        self.shared.write_thread(&self.entry.run.id, &thread);
        let host = Arc::new(Host {
            shared: self.shared.clone(),
            run: self.entry.run.id.clone(),
            number: self.entry.run.number,
            task_json: json!({ "task": self.task, "thread": thread }).to_string(),
            task: self.task.clone(),
            agent: agent.clone(),
            workspace: self.workspace(),
            directory: self.start_folder(&self.workspace_path()),
            log: self.log.clone(),
            interrupt: self.interrupt.clone(),
            progress: self.progress.clone(),
            resumed: self.resumed,
            trace: self.trace(),
            budget_usd: self.shared.settings.limits.cost_usd_per_task - self.spent_usd,
            burnout_turns: self.burnout_turns(),
            idle_turns,
            tally: Mutex::default(),
            changed: Notify::new(),
        });
        let mut context = RoleContext::new(
            self.entry.run.id.clone(),
            self.entry.run.number,
            self.task.clone(),
            self.workspace(),
            host.clone(),
        );
        context.thread = thread;
        (context.previous, context.session) = (previous, session);
        context.idle_timeout = agent.idle_timeout.unwrap_or(context.idle_timeout);
        context.settings = agent.settings;
        context.cancel = self.interrupt.cancel.clone();
        context.launcher = self.shared.launcher.clone();
        if self.entry.purpose == Purpose::Review {
            context.checks = newest_test_output(&*self.shared.store, &self.task).await;
            context.notices = notices(&*self.shared.store, &self.task).await;
            context.resolution = self.resolution(role.spec().name.clone()).await?;
        }
        let ended = tokio::select! {
            ended = catch_panic(role.run(&context)) => ended,
            never = recorder::keep(self.shared.clone(), self.entry.clone(), host.clone()) => match never {},
        };
        let ended = ended.unwrap_or_else(|words| Err(RoleError::Failed(format!("it panicked: {words}"))));
        // First, because the process may be killed at any line that follows (I34).
        self.take_over(&host.tally());
        if matches!(ended, Ok(Outcome::Submitted { .. })) && self.workspace_kind() == WorkspaceKind::Own {
            self.ask_for_leftovers(&host).await?;
            self.take_over(&host.tally());
        }
        self.note_report(&host.tally());
        Ok(match ended {
            Ok(outcome) => Report::Outcome(outcome),
            Err(RoleError::Agent(stop)) => Report::Stopped(stop),
            Err(error @ RoleError::Report { .. }) => {
                Report::Outcome(Outcome::NoReport { seen: error.to_string() })
            }
            Err(error @ RoleError::Failed(_)) => Report::Failed { message: error.to_string() },
            Err(error @ (RoleError::Host { .. } | RoleError::Unusable(_))) => {
                Report::Fault { message: error.to_string() }
            }
        })
    }

    /// Puts on record what the run's agents have used.
    fn take_over(&mut self, tally: &Tally) {
        tally.put_into(&mut self.entry.run);
        if let Err(error) = self.shared.journal.save(&self.entry) {
            // The report, which comes next, must be written, and says what is wrong.
            tracing::debug!(run.id = %self.entry.run.id, %error, "a run's usage is not in the journal yet");
        }
    }

    /// Puts what the agent reported beyond the standard fields on the run's record.
    fn note_report(&mut self, tally: &Tally) {
        let Some(fields) = tally.own_fields() else { return };
        let text = Value::Object(fields.clone()).to_string();
        if text.len() <= LONGEST_REPORT {
            self.note_step(StepRecord::REPORT, StepStatus::Done, &text);
        } else {
            let words = format!(
                "the role's own fields are {} bytes, more than the {LONGEST_REPORT} that are kept; they are in {}",
                text.len(),
                self.shared.layout.run_files(&self.entry.run.id).display()
            );
            self.note_step(StepRecord::REPORT, StepStatus::Skipped, &words);
        }
    }

    /// How many turns without a commit end the attempt; none where its role makes no commits.
    fn burnout_turns(&self) -> Option<u32> {
        let commits = self.entry.purpose == Purpose::Work && self.workspace_kind() == WorkspaceKind::Own;
        commits.then(|| self.shared.store.policy().burnout_turns)
    }

    /// How the work differs from what was approved before a conflict.
    async fn resolution(&self, role: RoleName) -> Result<Option<ConflictResolution>, RunAbort> {
        let (repository, task, workspace) =
            (self.shared.repository.clone(), self.task.clone(), self.workspace());
        Ok(blocking(move || resolution(&repository, &task, &role, &workspace)).await?)
    }

    /// What the attempt takes over from those before it.
    async fn start_of(&self, agent: &AgentSettings) -> Result<Start, RunAbort> {
        let mut query = RunQuery::new(self.task.scope.clone()).of_task(self.task.id.clone());
        query.limit = RECENT_RUNS;
        let runs = self.require(|| self.shared.store.list_runs(&query)).await?;
        let same_program = |name: &AgentName| {
            let other = self.shared.agent(name);
            other.is_some_and(|other| other.runner == agent.runner && other.command == agent.command)
        };
        Ok(start(&runs, &self.entry.run, self.entry.purpose, same_program))
    }

    /// What is to become of the task, by the role's report and what git shows.
    pub(in crate::orchestrator::run) async fn verdict(&mut self) -> Result<Verdict, RunAbort> {
        if let Some(reason) = self.entry.held.clone() {
            return Ok(Verdict::Suspend { reason, question: false });
        }
        match self.workspace_kind() {
            WorkspaceKind::Own => self.collect().await?,
            WorkspaceKind::Task => self.set_aside_changes().await?,
            WorkspaceKind::None => {}
        }
        let Some(report) = self.entry.report.clone() else {
            return Err(RunAbort::Fault("the run has no report".to_owned()));
        };
        let found = match (&report, self.workspace_kind()) {
            (Report::Outcome(Outcome::Submitted { .. }), WorkspaceKind::Own)
                if self.entry.run.commits == 0 =>
            {
                self.found_elsewhere().await?
            }
            _ => Vec::new(),
        };
        Ok(verdict(
            &report,
            Facts {
                purpose: self.entry.purpose,
                commits: self.entry.run.commits,
                turns: self.entry.run.usage.turns,
                attempts: self.task.counters.attempts,
                found: &found,
                policy: self.shared.store.policy(),
            },
        ))
    }
}

/// What was noticed of the work that was submitted last.
pub(in crate::orchestrator::run) async fn notices(store: &dyn Store, task: &Task) -> Vec<String> {
    let Some(head) = task.submission.as_ref().and_then(|submission| submission.head.as_ref()) else {
        return Vec::new();
    };
    let mut query = RunQuery::new(task.scope.clone()).of_task(task.id.clone());
    query.limit = RECENT_RUNS;
    // A review can do without, a landing need not wait for it.
    let Ok(runs) = store.list_runs(&query).await else { return Vec::new() };
    let made = runs.into_iter().find(|run| run.head.as_ref() == Some(head) && run.outcome.is_some());
    let steps = made.map(|run| run.steps).unwrap_or_default();
    let noticed = steps.into_iter().filter(StepRecord::is_notice);
    noticed.map(|step| step.detail).collect()
}

/// How the configured tests went on what was submitted.
pub(in crate::orchestrator::run) async fn newest_test_output(
    store: &dyn Store,
    task: &Task,
) -> Option<String> {
    let mut query = RunQuery::new(task.scope.clone()).of_task(task.id.clone());
    query.limit = RECENT_RUNS;
    let runs = store.list_runs(&query).await.ok()?;
    runs.into_iter().flat_map(|run| run.steps.into_iter().rev()).find_map(|step| {
        (step.name == crate::orchestrator::run::steps::test::STEP && step.status == StepStatus::Done)
            .then_some(step.detail)
    })
}
