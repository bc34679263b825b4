//! `octopoid project approve`: a person's word for what a project has come to.

use super::missing;
use crate::assembly::Roles;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::{Project, ProjectPatch, ProjectStatus, Queue, Task};
use octopoid_core::orchestrator::{ProjectError, ProjectLanding, land_project};
use octopoid_core::store::{Store, StoreExt, TaskQuery};

/// So many tasks that are not done are named.
const NAMED: usize = 10;

/// What an approval comes to.
pub(super) enum Approved {
    /// There is nothing to land: the project is done.
    Completed(Box<Project>),
    /// This task lands it, and the project is done with that.
    Lands(Box<Task>),
}

pub(super) async fn approve(
    store: &dyn Store,
    project: &Project,
    installation: &Installation,
    context: &Context,
) -> Result<Approved> {
    let id = &project.id;
    if project.status == ProjectStatus::Completed {
        return Ok(Approved::Completed(Box::new(project.clone())));
    }
    let mut query = TaskQuery::new(project.scope.clone());
    (query.project, query.limit) = (Some(id.clone()), 1);
    if store.list_tasks(&query).await?.total == 0 {
        return Err(CliError::refused(format!("the project {id} has no tasks"))
            .hint(format!("`octopoid project update {id} --status completed` completes it nevertheless")));
    }
    let roles = Roles::load(installation, &context.environment).await;
    let settings = crate::assembly::settings(installation, &roles, &context.environment)?;
    let git = Git::new(context.environment.variables.clone());
    let repository =
        Repository::open(installation.repository(), git).map_err(|error| unlandable(error.into()))?;
    match land_project(store, &repository, &settings, project).await.map_err(unlandable)? {
        ProjectLanding::Open(open) => Err(still_open(project, &open)),
        ProjectLanding::By(landing) => by_landing(store, project, *landing, context).await,
        _ => {
            let patch = ProjectPatch { status: Some(ProjectStatus::Completed), ..ProjectPatch::default() };
            {
                let done = store.update_project(&project.scope, id, patch).await.map_err(missing)?;
                Ok(Approved::Completed(Box::new(done)))
            }
        }
    }
}

async fn by_landing(
    store: &dyn Store,
    project: &Project,
    landing: Task,
    context: &Context,
) -> Result<Approved> {
    let id = &landing.id;
    match landing.queue() {
        Queue::Provisional => {
            let person = context.actor("project approve")?;
            let task = store.approve(&landing.scope, id, person, "").await?;
            Ok(Approved::Lands(Box::new(task)))
        }
        Queue::Done => Ok(Approved::Completed(Box::new(project.clone()))),
        queue => {
            let message = format!("{id}, which lands the project {}, is in `{queue}`", project.id);
            Err(CliError::refused(message).hint(match queue {
                Queue::Failed | Queue::NeedsContinuation => {
                    format!("`octopoid show {id}` says why; `octopoid retry {id}` lets it go on")
                }
                _ => format!("an agent mends it; `octopoid show {id}` says what"),
            }))
        }
    }
}

fn still_open(project: &Project, open: &[Task]) -> CliError {
    let id = &project.id;
    let mut names: Vec<_> =
        open.iter().take(NAMED).map(|task| format!("{} ({})", task.id, task.queue())).collect();
    if open.len() > NAMED {
        names.push(format!("{} more", open.len() - NAMED));
    }
    let count = open.len();
    let (tasks, are) = if count == 1 { ("task", "is") } else { ("tasks", "are") };
    CliError::refused(format!("{count} {tasks} of {id} {are} not done: {}", names.join(", "))).hint(format!(
        "`octopoid project show {id}` says where they stand; `octopoid force ID done --reason \"…\"` settles one that is not wanted any \
         more"
    ))
}

fn unlandable(error: ProjectError) -> CliError {
    match error {
        ProjectError::Store(error) => error.into(),
        ProjectError::Git(error) => CliError::configuration(error.to_string())
            .hint("`octopoid doctor` checks the repository and its remote"),
        other => CliError::configuration(other.to_string()).hint("`octopoid validate` checks the flows"),
    }
}
