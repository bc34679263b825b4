//! Landing of projects: once the tasks of a project are done, the work on its branch is submitted as one more task, which goes
//! through the flow `project` like any other work: reviewed, rebased, tested, merged.

use crate::flow;
use crate::git::{GitError, Push, Repository};
use crate::model::{
    Attributes, CommitId, NewTask, Project, ProjectStatus, Queue, Review, RoleName, Submission, Task,
};
use crate::orchestrator::error::RunError;
use crate::orchestrator::scheduler::Scheduler;
use crate::orchestrator::settings::Settings;
use crate::orchestrator::shared::blocking;
use crate::store::{ErrorKind, ProjectQuery, Store, StoreError, StoreExt, TaskQuery};
use crate::transition::{Actor, Command};

/// Error returned when a project's landing could not be proposed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// Store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Flow for projects does not exist.
    #[error("{0}")]
    Flow(String),
}

/// State of a project's landing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ProjectLanding {
    /// Tasks of the project that are not done.
    Open(Vec<Task>),
    /// Nothing to land: the project has no branch of its own, or the branch has no commits that its base branch lacks.
    Nothing,
    /// Task that lands the project, or has tried to.
    By(Box<Task>),
}

/// Proposes the landing of a project whose tasks are all done.
///
/// Idempotent: the content of the project's branch is proposed once, however often and by however many machines this is called.
///
/// # Errors
/// Returns a [`ProjectError`] if the store or git fails, or the flow for projects does not exist.
pub async fn land_project(
    store: &dyn Store,
    repository: &Repository,
    settings: &Settings,
    project: &Project,
) -> Result<ProjectLanding, ProjectError> {
    let mut query = TaskQuery::new(project.scope.clone());
    query.project = Some(project.id.clone());
    // This is called with each task that is done, so done tasks are not read as long as others are open.
    let mut open = query.clone();
    open.queues = Queue::ALL.into_iter().filter(|queue| *queue != Queue::Done).collect();
    let (landings, parts) = apart(store.all_tasks(&open).await?);
    if !parts.is_empty() {
        return Ok(ProjectLanding::Open(parts));
    }
    let under_way = |task: &Task| !matches!(task.queue(), Queue::Backlog | Queue::Failed);
    if let Some(landing) = landings.into_iter().find(under_way) {
        return Ok(ProjectLanding::By(Box::new(landing)));
    }
    let Some(branch) = project.branch.clone() else { return Ok(ProjectLanding::Nothing) };
    let (place, remote, base_branch) =
        (repository.clone(), settings.remote.clone(), project.base_branch.clone());
    let name = project.id.clone();
    let shared = settings.shared_remote().map(str::to_owned);
    let work = blocking(move || work_of(&place, remote.as_deref(), &branch, &base_branch));
    let Some(work) = work.await? else { return Ok(ProjectLanding::Nothing) };
    let agent_branch = format!("agent/project-{name}-{}", work.head.short());
    let key = format!("project/{name}/{}", work.head);
    let (landings, parts) = apart(store.all_tasks(&query).await?);
    let known = landings.into_iter().find(|task| task.key.as_ref() == Some(&key));
    let task = match known {
        Some(task) => task,
        None => store.create_task(new_landing(project, &parts, key, &settings.base_branch)).await?,
    };
    // The task waits in the backlog until the work is submitted, so that no agent claims it before.
    if task.queue() != Queue::Backlog {
        return Ok(ProjectLanding::By(Box::new(task)));
    }
    let flow = settings.flow_of(&task).map_err(ProjectError::Flow)?;
    let mut submission = Submission::new(work.commits, 0);
    submission.branch = Some(agent_branch.clone());
    (submission.head, submission.base) = (Some(work.head.clone()), Some(work.base));
    submission.summary = Some(summary(project, &parts));
    submission.review = Review::of(flow.provisional.gates);
    let (place, head) = (repository.clone(), work.head);
    blocking(move || keep(&place, shared.as_deref(), &agent_branch, &head)).await?;
    let actor = Actor::System(settings.orchestrator.clone());
    let handed_in = store.apply(&task.scope, &task.id, Command::HandIn { actor, submission }).await;
    Ok(ProjectLanding::By(Box::new(match handed_in {
        Ok(task) => task,
        // Another machine was faster.
        Err(error) if *error.kind() == ErrorKind::Conflict => store.task(&task.scope, &task.id).await?,
        Err(error) => return Err(error.into()),
    })))
}

/// Splits a project's tasks into those that land it and those that do its work.
fn apart(tasks: Vec<Task>) -> (Vec<Task>, Vec<Task>) {
    tasks.into_iter().partition(|task| task.attributes.lands_project)
}

/// Work on a project's branch.
struct Work {
    head: CommitId,
    base: CommitId,
    commits: u32,
}

fn work_of(
    repository: &Repository,
    remote: Option<&str>,
    branch: &str,
    base_branch: &str,
) -> Result<Option<Work>, GitError> {
    if let Some(remote) = remote {
        repository.fetch(remote, branch)?;
        repository.fetch(remote, base_branch)?;
    }
    let head = match repository.base_branch(remote, branch) {
        // No work was ever landed on it.
        Err(error) if error.is_branch_missing() => return Ok(None),
        said => said?.tip,
    };
    let tip = repository.base_branch(remote, base_branch)?.tip;
    let Some(base) = repository.merge_base(&head, &tip)? else { return Ok(None) };
    let commits = repository.count_commits(&base, &head)?;
    Ok((commits > 0).then_some(Work { head, base, commits }))
}

fn keep(
    repository: &Repository,
    shared: Option<&str>,
    branch: &str,
    head: &CommitId,
) -> Result<(), GitError> {
    repository.set_branch(branch, head)?;
    if let Some(remote) = shared
        && let Push::Rejected { why } | Push::Refused { why } = repository.push_work(remote, head, branch)?
    {
        tracing::warn!("only this machine has {branch}: {why}");
    }
    Ok(())
}

fn new_landing(project: &Project, parts: &[Task], key: String, configured: &str) -> NewTask {
    let branch = project.branch.as_deref().unwrap_or_default();
    let mut text = format!("Take the project {} from `{branch}` to `{}`.\n", project.id, project.base_branch);
    if let Some(description) = &project.description {
        text.push_str(&format!("\n{}\n", description.trim()));
    }
    text.push_str("\nIts tasks:\n\n");
    for task in parts {
        text.push_str(&format!("- {}: {}\n", task.id, task.title));
    }
    let attributes = Attributes {
        flow: Some(flow::PROJECT.to_owned()),
        project: Some(project.id.clone()),
        lands_project: true,
        ..Attributes::default()
    };
    // The role of the last subtask fixes what is found wrong with the whole.
    let role = parts.last().map_or_else(RoleName::implement, |task| task.role.clone());
    let title: String =
        format!("Land the project {}: {}", project.id, project.title).chars().take(300).collect();
    let mut new = NewTask::new(title, text)
        .with_scope(project.scope.clone())
        .with_key(key)
        .with_role(role)
        .with_attributes(attributes)
        .in_backlog();
    new.created_by = "octopoid".to_owned();
    // The configured branch is left unnamed, so that the task shares one queue with all others that land there.
    new.branch = Some(project.base_branch.clone()).filter(|branch| branch != configured);
    new
}

fn summary(project: &Project, parts: &[Task]) -> String {
    let done: Vec<_> = parts
        .iter()
        .map(|task| {
            let said = task.submission.as_ref().and_then(|submission| submission.summary.as_deref());
            let said = said.map(|said| format!(": {}", said.trim().lines().next().unwrap_or_default()));
            format!("- {} ({}){}", task.title, task.id, said.unwrap_or_default())
        })
        .collect();
    format!("{}\n\n{}", project.title, done.join("\n"))
}

impl Scheduler {
    /// Proposes the landing of every project whose last task is done.
    pub(crate) async fn land_projects(&mut self) -> Result<(), RunError> {
        if !std::mem::take(&mut self.state.projects_due) {
            return Ok(());
        }
        let shared = self.shared.clone();
        let mut query = ProjectQuery::new(shared.settings.scope.clone());
        query.status = Some(ProjectStatus::Active);
        for project in shared.store.list_projects(&query).await?.items {
            match land_project(&*shared.store, &shared.repository, &shared.settings, &project).await {
                Ok(_) => {}
                Err(ProjectError::Store(error)) if error.is_undecided() => {
                    self.state.projects_due = true;
                    return Err(error.into());
                }
                Err(error) => {
                    shared.warn(format!(
                        "the landing of the project {} could not be proposed: {error}",
                        project.id
                    ));
                }
            }
        }
        Ok(())
    }
}
