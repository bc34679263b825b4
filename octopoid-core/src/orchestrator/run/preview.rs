//! What a role would be given for a task now, without a run.

use super::role::{commit_lines, host_error, resolution};
use super::stages::{Owner, newest_test_output, would_be_ready};
use crate::git::{Git, GitError, Repository};
use crate::model::{Diff, RunId, Task, TaskId, Usage};
use crate::orchestrator::disk::layout::Layout;
use crate::orchestrator::settings::Settings;
use crate::orchestrator::shared::blocking;
use crate::role::{
    AgentCall, CommitLine, RoleContext, RoleError, RoleHost, RoleSpec, Workspace, WorkspaceKind,
};
use crate::runner::AgentReport;
use crate::store::{Store, StoreError};
use crate::transition::Purpose;
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;

/// Looks at tasks as the next run would find them. It reads the store and the repository and changes nothing: no claim,
/// no worktree, no file, nothing fetched.
#[derive(Debug)]
pub struct Preview {
    store: Arc<dyn Store>,
    repository: Repository,
    layout: Layout,
    settings: Settings,
}

/// Error returned when a task cannot be previewed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// The task cannot be read, or does not exist.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The repository cannot be read.
    #[error("the repository cannot be read: {0}")]
    Repository(#[from] GitError),
}

impl Preview {
    /// For an installation: its store, its repository, its folder (usually `.octopoid`) and its settings.
    ///
    /// # Errors
    /// [`PreviewError::Repository`].
    pub async fn new(
        store: Arc<dyn Store>,
        repository: impl Into<PathBuf>,
        folder: impl Into<PathBuf>,
        settings: Settings,
    ) -> Result<Self, PreviewError> {
        let (path, git) = (repository.into(), Git::new(settings.environment.clone()));
        let repository = blocking(move || Repository::open(&path, git)).await?;
        Ok(Self { store, repository, layout: Layout::new(folder), settings })
    }

    /// Returns what a role would be given for a task: as in its next run, with a host that shows the work but runs no agent.
    /// `settings` are the agent's own for the role.
    ///
    /// # Errors
    /// [`PreviewError`]; a task that does not exist is a [`StoreError`] that says so.
    pub async fn context(
        &self,
        task: &TaskId,
        role: &RoleSpec,
        settings: serde_json::Value,
    ) -> Result<RoleContext, PreviewError> {
        let task = self.store.task(&self.settings.scope, task).await?;
        let thread = self.store.messages(&task.scope, &task.id).await?;
        let checks = match role.claims {
            Purpose::Review => newest_test_output(&*self.store, &task).await,
            Purpose::Work | Purpose::Land => None,
        };
        let number = task.counters.runs + 1;
        let run = RunId::of(&task.id, number);
        let workspace = self.workspace(&task, &run, role).await?;
        let host = Look {
            repository: self.repository.clone(),
            layout: self.layout.clone(),
            run: run.clone(),
            workspace: workspace.clone(),
        };
        let shown = match role.claims {
            Purpose::Review => {
                let (repository, task, name) = (self.repository.clone(), task.clone(), role.name.clone());
                let workspace = workspace.clone();
                blocking(move || resolution(&repository, &task, &name, &workspace)).await?
            }
            Purpose::Work | Purpose::Land => None,
        };
        let mut context = RoleContext::new(run, number, task, workspace, Arc::new(host));
        context.resolution = shown;
        context.thread = thread;
        context.checks = checks;
        context.settings = settings;
        Ok(context)
    }

    async fn workspace(&self, task: &Task, run: &RunId, role: &RoleSpec) -> Result<Workspace, PreviewError> {
        let base_branch = task.branch.clone().unwrap_or_else(|| self.settings.base_branch.clone());
        let path = match role.workspace {
            WorkspaceKind::Own | WorkspaceKind::Task => self.layout.worktree(&task.id),
            WorkspaceKind::None => {
                let path = self.layout.run_files(run).join("workspace");
                return Ok(Workspace { path, base_branch, base: None, tip: None, head: None });
            }
        };
        let repository = self.repository.clone();
        let (remote, branch, folder) = (self.settings.remote.clone(), base_branch.clone(), path.clone());
        let submitted = task.submission.as_ref().and_then(|submission| submission.head.clone());
        let (exact, owner) = (role.claims == Purpose::Review, Owner::of(task));
        let (tip, begun, head) = blocking(move || {
            let tip = repository.base_branch(remote.as_deref(), &branch)?.tip;
            let (begun, head) = would_be_ready(&repository, &folder, &tip, submitted, exact, &owner)?;
            Ok::<_, GitError>((tip, begun, head))
        })
        .await?;
        Ok(Workspace { path, base_branch, base: Some(begun), tip: Some(tip), head: Some(head) })
    }
}

/// The host of a role that is only looked at.
#[derive(Debug)]
struct Look {
    repository: Repository,
    layout: Layout,
    run: RunId,
    workspace: Workspace,
}

#[async_trait]
impl RoleHost for Look {
    async fn run_agent(&self, _call: AgentCall) -> Result<AgentReport, RoleError> {
        Err(RoleError::Host { message: "no agent is run for a preview".to_owned(), source: None })
    }

    async fn diff(&self) -> Result<Diff, RoleError> {
        let (Some(base), Some(head)) = (self.workspace.base.clone(), self.workspace.head.clone()) else {
            return Ok(Diff::default());
        };
        let repository = self.repository.clone();
        blocking(move || repository.diff(&base, &head))
            .await
            .map_err(|error| host_error("cannot read what the work changes", error))
    }

    async fn commits(&self) -> Result<Vec<CommitLine>, RoleError> {
        let (Some(base), Some(head)) = (self.workspace.base.clone(), self.workspace.head.clone()) else {
            return Ok(Vec::new());
        };
        let repository = self.repository.clone();
        let list = blocking(move || repository.log(&base, &head)).await;
        Ok(commit_lines(list.map_err(|error| host_error("cannot read the work's commits", error))?))
    }

    /// Returns the place where the file would be; it is not written.
    async fn keep_file(&self, name: &str, _content: &str) -> Result<PathBuf, RoleError> {
        Ok(self.layout.kept_file(&self.run, name))
    }

    fn progress(&self, _text: &str, _usage: Option<Usage>) {}

    fn log(&self, _line: &str) {}
}
