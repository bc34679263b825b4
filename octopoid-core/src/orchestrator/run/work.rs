//! The role's part of a run.

use super::host::{Host, Tally};
use super::resolution::resolution;
use super::{Active, Broken};
use crate::git::{Guard, Worktree};
use crate::model::{
    CommitId, ConflictResolution, Message, Outcome, RoleName, RunStage, SessionId, StepStatus, Task,
};
use crate::orchestrator::journal::Report;
use crate::orchestrator::point::Point;
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
        self.begin_guard().await?;
        let result = self.run_role(role, agent).await;
        self.end_guard().await?;
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
            log: self.log.clone(),
            cancel: self.interrupt.cancel.clone(),
            live: self.live.clone(),
            resumed: self.resumed,
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
            context.resolution = self.resolution(role.spec().name.clone()).await?;
        }
        let report = match role.run(&context).await {
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

    /// Remembers what agents must not change. The first of several at work does so for all: what one of them changes
    /// must not become what is restored after another.
    async fn begin_guard(&self) -> Result<(), Broken> {
        let mut guard = self.shared.guard.lock().await;
        if guard.1.is_none() {
            let repository = self.shared.repository.clone();
            guard.1 = Some(Arc::new(blocking(move || Guard::take(&repository)).await?));
        }
        guard.0 += 1;
        Ok(())
    }

    /// Puts back what an agent must not have changed in the repository, and keeps its version for a person (I18).
    async fn end_guard(&mut self) -> Result<(), Broken> {
        let mut turn = self.shared.guard.lock().await;
        turn.0 -= 1;
        let guard = if turn.0 == 0 { turn.1.take() } else { turn.1.clone() };
        let Some(guard) = guard else { return Ok(()) };
        let (repository, aside) =
            (self.shared.repository.clone(), self.shared.layout.set_aside(&self.entry.run.id));
        let changed = blocking(move || guard.restore(&repository, &aside)).await?;
        drop(turn);
        if !changed.is_empty() {
            let list: Vec<_> = changed.iter().map(|one| one.path.display().to_string()).collect();
            let message = format!(
                "the agent of {} changed the repository's own files ({}); they were put back, and its version is kept in {}",
                self.entry.run.id,
                list.join(", "),
                self.shared.layout.set_aside(&self.entry.run.id).display()
            );
            self.log.note(self.shared.now(), &message);
            self.shared.warn(message);
        }
        Ok(())
    }

    /// What is to become of the task, by the role's report and what git shows.
    pub(super) async fn verdict(&mut self) -> Result<Verdict, Broken> {
        let Some(report) = self.entry.report.clone() else {
            return Err(Broken::Fault("the run has no report".to_owned()));
        };
        match self.workspace_kind() {
            WorkspaceKind::Own => self.collect().await?,
            WorkspaceKind::Task => self.set_aside_changes().await?,
            WorkspaceKind::None => {}
        }
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

    /// Counts the work's commits. What the agent changed and did not commit is committed for it when it says that it
    /// submitted, so that what is tested and reviewed is what lands.
    async fn collect(&mut self) -> Result<(), Broken> {
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let Some(base) = self.entry.base.clone() else { return Ok(()) };
        let submitted =
            matches!(&self.entry.report, Some(Report::Outcome(crate::model::Outcome::Submitted { .. })));
        let (title, agent) = (self.task.title.clone(), self.entry.run.agent.to_string());
        let (head, commits, rest) = blocking(move || {
            let worktree = Worktree::open(&repository, &path)?;
            worktree.recover()?;
            let rest = if submitted { worktree.commit_all(&title, &agent)? } else { None };
            let head: CommitId = worktree.head()?;
            let commits = repository.count_commits(&base, &head)?;
            Ok::<_, crate::git::GitError>((head, commits, rest))
        })
        .await?;
        if let Some(commit) = rest {
            let at = self.shared.now();
            self.log
                .note(at, &format!("committed what the agent had left uncommitted, as {}", commit.short()));
        }
        self.entry.run.head = Some(head);
        self.entry.run.commits = commits;
        Ok(())
    }

    /// A role that only reads leaves the worktree as it was; what it changed is kept apart.
    async fn set_aside_changes(&mut self) -> Result<(), Broken> {
        let (repository, path) = (self.shared.repository.clone(), self.workspace_path());
        let Some(start) = self.entry.start.clone() else { return Ok(()) };
        let kept = blocking(move || {
            let worktree = Worktree::open(&repository, &path)?;
            worktree.recover()?;
            let mut kept = None;
            if worktree.is_dirty()? || worktree.head()? != start {
                kept = worktree.save_leftovers()?;
                worktree.reset_hard(&start)?;
            }
            Ok::<_, crate::git::GitError>(kept)
        })
        .await?;
        if let Some(name) = kept {
            self.log.note(
                self.shared.now(),
                &format!("the role changed files it should only read; kept as {name}"),
            );
        }
        Ok(())
    }
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
