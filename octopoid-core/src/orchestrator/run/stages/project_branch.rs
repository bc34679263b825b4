//! The branch that the tasks of a project share. The first task that needs it creates it.

use crate::git::{GitError, Push, Repository};
use crate::model::{CommitId, Project, ProjectId, State, Task, TaskId};
use crate::orchestrator::run::abort::RunAbort;
use crate::orchestrator::run::context::RunContext;
use crate::orchestrator::run::retry::{find, require};
use crate::orchestrator::shared::blocking;
use crate::store::{StoreExt, TaskQuery};

/// Makes the branch of the task's project where it is not there yet. One that is gone although work has landed on it is
/// not made again: a person has to say where that work is to be.
pub(in crate::orchestrator::run) async fn require_project_branch(
    context: &RunContext,
) -> Result<(), RunAbort> {
    let Some(id) = &context.task.attributes.project else { return Ok(()) };
    let (repository, branch) = (context.shared.repository.clone(), context.base_branch.clone());
    let there = blocking(move || match repository.tip(&branch) {
        Err(error) if error.is_branch_missing() => Ok(false),
        said => said.map(|_| true),
    });
    if there.await? {
        return Ok(());
    }
    let project = match project(context, id).await? {
        Some(project) if project.branch.as_ref() == Some(&context.base_branch) => project,
        // A branch that is no project's is the task's own affair.
        _ => return Ok(()),
    };
    let tasks = tasks_of(context, &project).await?;
    let (repository, remote) = (context.shared.repository.clone(), context.shared.settings.remote.clone());
    let (branch, landed) = (context.base_branch.clone(), newest_landed(&tasks, &context.base_branch));
    if let Some((task, commit)) = landed
        && !known_remotely(&repository, remote.as_deref(), &branch)?
    {
        return Err(RunAbort::NoBranch(format!(
            "the branch `{branch}` of the project {} is gone, although work has landed on it; bring it back with `git branch \
             {branch} {commit}`, which is where {task} left it, and retry {}",
            project.id, context.task.id
        )));
    }
    let turn = context.shared.worktrees.lock().await;
    let made = blocking(move || make(&repository, remote.as_deref(), &branch, &project)).await?;
    drop(turn);
    let words = format!("made the project's branch `{}` at {}", context.base_branch, made.short());
    context.note(&words);
    Ok(())
}

/// The project, however long the store is away; none where it was removed.
async fn project(context: &RunContext, id: &ProjectId) -> Result<Option<Project>, RunAbort> {
    find(context, || context.shared.store.project(&context.task.scope, id)).await
}

async fn tasks_of(context: &RunContext, project: &Project) -> Result<Vec<Task>, RunAbort> {
    let mut query = TaskQuery::new(context.task.scope.clone());
    query.project = Some(project.id.clone());
    require(context, || context.shared.store.all_tasks(&query)).await
}

/// The newest commit by which a task of the project has landed on the branch, and that task.
fn newest_landed(tasks: &[Task], branch: &str) -> Option<(TaskId, CommitId)> {
    let landed = tasks.iter().filter(|task| task.branch.as_deref() == Some(branch)).filter_map(|task| {
        match &task.state {
            State::Done { landed: Some(commit), at } => Some((*at, &task.id, commit)),
            _ => None,
        }
    });
    landed.max_by_key(|(at, ..)| *at).map(|(_, task, commit)| (task.clone(), commit.clone()))
}

/// Returns whether the remote had the branch when it was last fetched: then it is not gone, only not here yet.
fn known_remotely(repository: &Repository, remote: Option<&str>, branch: &str) -> Result<bool, GitError> {
    match remote {
        Some(remote) => Ok(repository.remote_tip(remote, branch)?.is_some()),
        None => Ok(false),
    }
}

/// Makes the branch: where its remote has it, or from the project's base branch. With a remote it is made there first, so
/// that two machines that need it at once begin from the same commit.
fn make(
    repository: &Repository,
    remote: Option<&str>,
    branch: &str,
    project: &Project,
) -> Result<CommitId, GitError> {
    // Another run may have been faster.
    match repository.tip(branch) {
        Err(error) if error.is_branch_missing() => {}
        said => return said,
    }
    let start = match remote {
        None => repository.tip(&project.base_branch)?,
        Some(remote) => match repository.remote_tip(remote, branch)? {
            Some(there) => there,
            None => make_remotely(repository, remote, branch, project)?,
        },
    };
    repository.set_branch(branch, &start)?;
    Ok(start)
}

fn make_remotely(
    repository: &Repository,
    remote: &str,
    branch: &str,
    project: &Project,
) -> Result<CommitId, GitError> {
    repository.fetch(remote, &project.base_branch)?;
    let start = repository.base_branch(Some(remote), &project.base_branch)?.tip;
    match repository.push(remote, &start, branch)? {
        Push::Done => {}
        // Another machine was faster: its branch is the project's.
        Push::Rejected { .. } => {
            repository.fetch(remote, branch)?;
            if let Some(theirs) = repository.remote_tip(remote, branch)? {
                return Ok(theirs);
            }
        }
        Push::Refused { why } => {
            let message = format!("{remote} refuses the project's branch `{branch}`: {why}");
            return Err(GitError::Program { command: "push".to_owned(), message });
        }
    }
    Ok(start)
}
