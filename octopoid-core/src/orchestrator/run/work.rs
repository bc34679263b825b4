//! The role's part of a run.

use super::guard::Guarded;
use super::host::{Host, Tally};
use super::resolution::resolution;
use super::{Active, Broken};
use crate::model::{
    ConflictResolution, Message, Outcome, RoleName, RunStage, SessionId, StepRecord, StepStatus, Task,
};
use crate::orchestrator::journal::Report;
use crate::orchestrator::point::Point;
use crate::orchestrator::seam::catch_panic;
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::shared::blocking;
use crate::orchestrator::verdict::{Facts, Verdict, verdict};
use crate::role::{Role, RoleContext, RoleError, WorkspaceKind};
use crate::runner::StopReason;
use crate::store::{RunQuery, Store};
use crate::transition::Purpose;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Runs whose steps are searched for the newest test output.
const RECENT_RUNS: u32 = 20;

impl Active {
    /// Runs the role and keeps its report, before anything is made of it (I09).
    pub(super) async fn work(&mut self) -> Result<(), Broken> {
        if !self.resumed {
            self.check()?;
        }
        let role = self.entry.run.role.as_ref().and_then(|name| self.shared.roles.get(name)).cloned();
        let (Some(role), Some(agent)) = (role, self.agent.clone()) else {
            return Err(Broken::Fault(format!(
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
        let (report, tally) = result?;
        if let Report::Stopped(StopReason::Cancelled) = report {
            self.check()?;
        }
        self.entry.run.usage = tally.usage;
        self.entry.run.session = tally.session;
        self.entry.run.outcome = match &report {
            Report::Outcome(outcome) => Some(outcome.clone()),
            Report::Stopped(_) | Report::Failed { .. } | Report::Fault { .. } => None,
        };
        self.entry.report = Some(report);
        self.enter(RunStage::AgentFinished)?;
        self.shared.reached(Point::ReportSaved, &self.entry.run.id);
        Ok(())
    }

    pub(super) async fn thread(&self) -> Result<Vec<Message>, Broken> {
        self.need(|| self.shared.store.messages(&self.task.scope, &self.task.id)).await
    }

    async fn run_role(
        &mut self,
        role: Arc<dyn Role>,
        agent: AgentSettings,
    ) -> Result<(Report, Tally), Broken> {
        let thread = self.thread().await?;
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
            cancel: self.interrupt.cancel.clone(),
            live: self.live.clone(),
            resumed: self.resumed,
            trace: self.trace(),
            budget_usd: self.shared.settings.limits.cost_usd_per_task - self.spent_usd,
            tally: Mutex::default(),
        });
        let mut context = RoleContext::new(
            self.entry.run.id.clone(),
            self.entry.run.number,
            self.task.clone(),
            self.workspace(),
            host.clone(),
        );
        context.thread = thread;
        if self.entry.purpose == Purpose::Work {
            context.asked_in = self.asked_in().await?;
        }
        context.idle_timeout = agent.idle_timeout.unwrap_or(context.idle_timeout);
        context.settings = agent.settings;
        context.cancel = self.interrupt.cancel.clone();
        if self.entry.purpose == Purpose::Review {
            context.checks = newest_test_output(&*self.shared.store, &self.task).await;
            context.notices = notices(&*self.shared.store, &self.task).await;
            context.resolution = self.resolution(role.spec().name.clone()).await?;
        }
        let ended = match catch_panic(role.run(&context)).await {
            Ok(ended) => ended,
            Err(words) => Err(RoleError::Failed(format!("it panicked: {words}"))),
        };
        if matches!(ended, Ok(Outcome::Submitted { .. })) && self.workspace_kind() == WorkspaceKind::Own {
            self.ask_for_leftovers(&host).await?;
        }
        let report = match ended {
            Ok(outcome) => Report::Outcome(outcome),
            Err(RoleError::Agent(stop)) => Report::Stopped(stop),
            Err(error @ RoleError::Failed(_)) => Report::Failed { message: error.to_string() },
            Err(error @ (RoleError::Host { .. } | RoleError::Role(_))) => {
                Report::Fault { message: error.to_string() }
            }
        };
        Ok((report, host.tally()))
    }

    /// How the work differs from what was approved before a conflict.
    async fn resolution(&self, role: RoleName) -> Result<Option<ConflictResolution>, Broken> {
        let (repository, task, workspace) =
            (self.shared.repository.clone(), self.task.clone(), self.workspace());
        Ok(blocking(move || resolution(&repository, &task, &role, &workspace)).await?)
    }

    /// The conversation of the newest attempt of this role, where it ended with a question: whoever answers expects to be
    /// understood by the one who asked. Conversations are kept where they were held, so only one of this machine counts.
    async fn asked_in(&self) -> Result<Option<SessionId>, Broken> {
        let mut query = RunQuery::new(self.task.scope.clone()).of_task(self.task.id.clone());
        query.limit = RECENT_RUNS;
        let runs = self.need(|| self.shared.store.list_runs(&query)).await?;
        let own = &self.entry.run;
        let before = runs.into_iter().find(|run| run.number < own.number && run.role == own.role);
        Ok(before
            .filter(|run| run.orchestrator == own.orchestrator)
            .filter(|run| matches!(run.outcome, Some(Outcome::NeedsInput { .. })))
            .and_then(|run| run.session))
    }

    /// What is to become of the task, by the role's report and what git shows.
    pub(super) async fn verdict(&mut self) -> Result<Verdict, Broken> {
        if let Some(reason) = self.entry.held.clone() {
            return Ok(Verdict::Suspend { reason, question: false });
        }
        match self.workspace_kind() {
            WorkspaceKind::Own => self.collect().await?,
            WorkspaceKind::Task => self.set_aside_changes().await?,
            WorkspaceKind::None => {}
        }
        let Some(report) = self.entry.report.clone() else {
            return Err(Broken::Fault("the run has no report".to_owned()));
        };
        Ok(verdict(
            &report,
            Facts {
                purpose: self.entry.purpose,
                commits: self.entry.run.commits,
                turns: self.entry.run.usage.turns,
                attempts: self.task.counters.attempts,
                policy: self.shared.store.policy(),
            },
        ))
    }
}

/// What was noticed of the work that was submitted last.
pub(super) async fn notices(store: &dyn Store, task: &Task) -> Vec<String> {
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
pub(super) async fn newest_test_output(store: &dyn Store, task: &Task) -> Option<String> {
    let mut query = RunQuery::new(task.scope.clone()).of_task(task.id.clone());
    query.limit = RECENT_RUNS;
    let runs = store.list_runs(&query).await.ok()?;
    runs.into_iter().flat_map(|run| run.steps.into_iter().rev()).find_map(|step| {
        (step.name == super::test::STEP && step.status == StepStatus::Done).then_some(step.detail)
    })
}
