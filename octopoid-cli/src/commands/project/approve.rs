//! `octopoid project approve`: a person's approval of what a project has come to.

use super::missing;
use crate::assembly::{self, Roles};
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::{Project, ProjectStatus};
use octopoid_core::ops::OpError;
use octopoid_core::ops::project::{ApprovedProject, approve as approve_landing, check_approvable};
use octopoid_core::orchestrator::{ProjectError, ProjectLanding, land_project};
use octopoid_core::store::Store;

pub(crate) async fn approve(
    store: &dyn Store,
    project: &Project,
    installation: &Installation,
    context: &Context,
) -> Result<ApprovedProject> {
    if project.status == ProjectStatus::Completed {
        return Ok(ApprovedProject::Completed(Box::new(project.clone())));
    }
    check_approvable(store, project).await?;
    let roles = Roles::load(installation, &context.environment).await;
    let settings = assembly::settings(installation, &roles, &context.environment)?;
    let git = Git::new(context.environment.variables.clone());
    let repository =
        Repository::open(installation.repository(), git).map_err(|error| unlandable(error.into()))?;
    let landing = match land_project(store, &repository, &settings, project).await.map_err(unlandable)? {
        ProjectLanding::Open(open) => {
            let open = open.into_iter().map(|task| (task.id.clone(), task.queue()));
            let error = OpError::OpenProject { project: project.id.clone(), open: open.collect() };
            return Err(error.into());
        }
        ProjectLanding::By(landing) => Some(*landing),
        _ => None,
    };
    let person = context.actor("project approve")?;
    approve_landing(store, project, landing, person).await.map_err(|error| match error {
        OpError::Store(error) => missing(error),
        other => other.into(),
    })
}

fn unlandable(error: ProjectError) -> CliError {
    match error {
        ProjectError::Store(error) => error.into(),
        ProjectError::Git(error) => CliError::configuration(error.to_string())
            .hint("`octopoid doctor` checks the repository and its remote"),
        other => CliError::configuration(other.to_string()).hint("`octopoid validate` checks the flows"),
    }
}
