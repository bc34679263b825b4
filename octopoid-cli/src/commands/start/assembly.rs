//! Putting the orchestrator together from the files.

use crate::error::{CliError, Kind, Result, with_causes};
use crate::git::Git;
use crate::project::{Context, Project};
use crate::roles::Roles;
use crate::runners;
use octopoid_core::git::GitError;
use octopoid_core::model::Registration;
use octopoid_core::orchestrator::{BuildError, Orchestrator, Settings};
use octopoid_core::store::Store;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// The pause before a server that was away is tried again.
const AGAIN: Duration = Duration::from_secs(2);

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
    let store = patient_store(project, context).await?;
    let mut settings = project.settings_in_full(&roles, &context.environment)?;
    settings.machine = Some(registration(project, &settings, &roles, context));
    if let Some(agents) = agents {
        settings.limits = settings.limits.with_agents(agents as usize);
    }
    let forge = super::forge::forge(project, context)?;
    let orchestrator = Orchestrator::builder()
        .forge(forge)
        .store(store.clone())
        .repository(project.repository())
        .folder(project.layout.root())
        .settings(settings)
        .agents(project.agents_in_full(&roles))
        .roles(roles.all.into_iter().map(|loaded| loaded.role))
        .runners(runners::all(&project.root))
        .build()
        .await
        .map_err(unbuildable)?;
    Ok(Assembly { orchestrator, store })
}

/// The server, waited for where it is away: a machine that starts before its server is no reason to give up.
async fn patient_store(project: &Project, context: &Context) -> Result<Arc<dyn Store>> {
    let mut said = false;
    loop {
        match project.store(context).await {
            Err(error) if error.kind == Kind::Unavailable && project.is_remote() => {
                if !said {
                    context.output.warn(format_args!("{}; waiting for it", error.message));
                    said = true;
                }
                tokio::time::sleep(AGAIN).await;
            }
            opened => return opened,
        }
    }
}

/// How this machine introduces itself.
fn registration(project: &Project, settings: &Settings, roles: &Roles, context: &Context) -> Registration {
    let server = project.config.value.server.clone().unwrap_or_default();
    let remote = settings.remote.as_deref();
    let git = Git::new(&context.environment, project.repository());
    let url = remote.and_then(|remote| git.remote_url(remote));
    Registration {
        scope: settings.scope.clone(),
        cluster: server.cluster.unwrap_or_else(|| "local".to_owned()),
        machine_id: server.machine_id.unwrap_or_else(|| "1".to_owned()),
        repo_url: url.unwrap_or_else(|| project.repository().display().to_string()),
        hostname: context.environment.host_name(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        capabilities: Some(json!({
            "roles": roles.names(),
            "agents": settings.limits.agents,
        })),
        installation: None,
    }
}

fn unbuildable(error: BuildError) -> CliError {
    let words = with_causes(&error);
    match error {
        BuildError::Folder { .. } => {
            CliError::unavailable(words).hint("`octopoid doctor` checks the folder and the disk")
        }
        BuildError::Repository(GitError::Unsupported(reason)) => {
            CliError::configuration(format!("the repository cannot be used: {reason}")).hint(reason.remedy())
        }
        BuildError::Repository(_) => {
            CliError::configuration(words).hint("`octopoid doctor` checks the repository")
        }
        _ => CliError::configuration(words).hint("`octopoid validate` checks the files"),
    }
}
