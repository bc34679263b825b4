//! Putting the orchestrator together from the files.

use crate::error::{CliError, Result, with_causes};
use crate::project::{Context, Project};
use crate::roles::Roles;
use crate::runners;
use octopoid_core::orchestrator::{BuildError, Orchestrator};
use octopoid_core::store::Store;
use std::sync::Arc;

/// An orchestrator that is ready to run.
#[derive(Debug)]
pub(crate) struct Assembly {
    pub(crate) orchestrator: Orchestrator,
    pub(crate) store: Arc<dyn Store>,
}

/// Builds it. `agents` bounds the agents at once instead of the file.
pub(crate) async fn assemble(
    project: &Project,
    roles: Roles,
    context: &Context,
    agents: Option<u32>,
) -> Result<Assembly> {
    let store = project.store().await?;
    let mut settings = project.settings(&context.environment)?;
    if let Some(agents) = agents {
        settings.limits = settings.limits.with_agents(agents as usize);
    }
    let orchestrator = Orchestrator::builder()
        .store(store.clone())
        .repository(project.repository())
        .folder(project.layout.root())
        .settings(settings)
        .agents(project.agent_settings())
        .roles(roles.all)
        .runners(runners::all(&project.root))
        .build()
        .await
        .map_err(unbuildable)?;
    Ok(Assembly { orchestrator, store })
}

fn unbuildable(error: BuildError) -> CliError {
    let words = with_causes(&error);
    match error {
        BuildError::Folder { .. } => {
            CliError::unavailable(words).hint("`octopoid doctor` checks the folder and the disk")
        }
        BuildError::Repository(_) => {
            CliError::configuration(words).hint("`octopoid doctor` checks the repository")
        }
        _ => CliError::configuration(words).hint("`octopoid validate` checks the files"),
    }
}
