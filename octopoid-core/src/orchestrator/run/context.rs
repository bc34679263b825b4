//! What never changes in a run.

use super::abort::RunAbort;
use super::followers::Followers;
use super::interrupt::{Interrupt, Interruption};
use super::lease::{ClaimTurn, HeldClaim};
use super::progress::Progress;
use crate::git::agent_branch;
use crate::model::{CommitId, RoleName, RunId, Task, Timestamp};
use crate::orchestrator::disk::journal::Entry;
use crate::orchestrator::disk::log::RunLog;
use crate::orchestrator::disk::redact::Redactor;
use crate::orchestrator::disk::transcript::Transcript;
use crate::orchestrator::settings::AgentSettings;
use crate::orchestrator::shared::Shared;
use crate::role::{Role, WorkspaceKind};
use crate::transition::{Actor, Purpose};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Context of a run, which never changes: its task as it was claimed, its claim, and the means of the orchestrator.
///
/// Every stage and step reads it. What a run comes to is in the values that they return, and durable in the run's journal, which
/// only the flow writes.
#[derive(Debug)]
pub(super) struct RunContext {
    pub(super) shared: Arc<Shared>,
    pub(super) id: RunId,
    /// The run's number among the runs of its task.
    pub(super) number: u32,
    pub(super) claim: HeldClaim,
    /// The task as it was claimed.
    pub(super) task: Task,
    /// `None` for a landing.
    pub(super) role: Option<RoleName>,
    /// `None` for a landing, and for an agent that is not configured any more.
    pub(super) agent: Option<AgentSettings>,
    /// The branch that the work starts from and lands on.
    pub(super) base_branch: String,
    pub(super) started_at: Timestamp,
    /// When this process began to drive it, by the monotonic clock.
    pub(super) begun: Duration,
    /// Set if its agent may still be at work from before a restart.
    pub(super) resumed: bool,
    pub(super) log: Arc<RunLog>,
    pub(super) transcript: Transcript,
    pub(super) interrupt: Arc<Interrupt>,
    pub(super) turn: ClaimTurn,
    /// Current activity and usage, for the status and the limits.
    pub(super) progress: Arc<Mutex<Progress>>,
    pub(super) followers: Arc<Followers>,
}

impl RunContext {
    pub(super) fn new(shared: Arc<Shared>, entry: &Entry, task: Task) -> Self {
        let Entry { run, base_branch, .. } = entry;
        let agent = run.role.as_ref().and_then(|_| shared.agent(&run.agent)).cloned();
        let names = agent.as_ref().map(|agent| agent.env.clone()).unwrap_or_default();
        let redactor = Redactor::new(&shared.settings.environment, &names);
        let transcript = Transcript::new(&shared.layout, &task.id, &run.id, run.number, redactor.clone());
        let log = RunLog::open(&shared.layout, &task.id, run.number, &run.agent, redactor);
        Self {
            id: run.id.clone(),
            number: run.number,
            claim: HeldClaim::of(entry),
            task,
            role: run.role.clone(),
            agent,
            base_branch: base_branch.clone(),
            started_at: run.started_at,
            begun: shared.clock.monotonic(),
            resumed: entry.was_at_work(),
            log: Arc::new(log),
            transcript,
            interrupt: Arc::default(),
            turn: ClaimTurn::default(),
            progress: Arc::default(),
            followers: Arc::default(),
            shared,
        }
    }

    /// Returns who acts on the task in this run.
    pub(super) fn holder(&self) -> Actor {
        let token = self.claim.token.clone();
        match &self.role {
            Some(role) if self.claim.purpose == Purpose::Review => {
                Actor::Reviewer { token, role: role.clone() }
            }
            _ => Actor::Holder(token),
        }
    }

    /// Stops the run here if it was interrupted.
    pub(super) fn check(&self) -> Result<(), RunAbort> {
        match self.interrupt.why() {
            None => Ok(()),
            Some(Interruption::Lost(why)) => Err(RunAbort::Lost(why)),
            Some(Interruption::Stopping) => Err(RunAbort::Stopping),
        }
    }

    /// Writes a line into the log of the attempt.
    pub(super) fn note(&self, line: &str) {
        self.log.note(self.shared.now(), line);
    }

    /// Shows what the run is doing at the moment.
    pub(super) fn show_doing(&self, words: String) {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).last = Some(words);
    }

    /// Returns the role, if it is still configured.
    pub(super) fn configured_role(&self) -> Option<&Arc<dyn Role>> {
        self.shared.roles.get(self.role.as_ref()?)
    }

    /// Returns the kind of workspace that the run works in.
    pub(super) fn workspace_kind(&self) -> WorkspaceKind {
        self.configured_role().map_or(WorkspaceKind::Own, |role| role.spec().workspace)
    }

    /// Returns the folder that the run works in.
    pub(super) fn workspace_path(&self) -> PathBuf {
        match self.workspace_kind() {
            WorkspaceKind::Own | WorkspaceKind::Task => self.shared.layout.worktree(&self.task.id),
            WorkspaceKind::None => self.files().join("workspace"),
        }
    }

    /// Returns the folder in a checkout of the work in which agents and commands start.
    pub(super) fn start_folder(&self, checkout: &Path) -> PathBuf {
        match &self.shared.settings.folder {
            Some(folder) => checkout.join(folder),
            None => checkout.to_owned(),
        }
    }

    /// Returns the folder for the run's own files.
    pub(super) fn files(&self) -> PathBuf {
        self.shared.layout.run_files(&self.id)
    }

    /// Returns the file that the run's git commands are traced to.
    pub(super) fn trace(&self) -> PathBuf {
        self.files().join("git-trace")
    }

    /// Returns the folder for files that were left in the worktree.
    pub(super) fn left_folder(&self) -> PathBuf {
        self.shared.layout.set_aside(&self.id).join("leftovers")
    }

    /// Returns the branch that holds the work.
    pub(super) fn work_branch(&self) -> String {
        let earlier = self.task.submission.as_ref().and_then(|submission| submission.branch.clone());
        earlier.unwrap_or_else(|| agent_branch(self.task.id.as_str(), self.started_at))
    }

    /// Returns the newest commit of the work that was submitted last.
    pub(super) fn submitted(&self) -> Option<CommitId> {
        self.task.submission.as_ref().and_then(|submission| submission.head.clone())
    }
}
