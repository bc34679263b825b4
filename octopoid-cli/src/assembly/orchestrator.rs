//! Building the orchestrator from an installation.

use super::runners;
use crate::assembly::Roles;
use crate::context::Context;
use crate::error::{CliError, Kind, Result, with_causes};
use crate::git::Git;
use crate::installation::{Installation, OpenStore};
use crate::output::json;
use octopoid_core::git::GitError;
use octopoid_core::model::Registration;
use octopoid_core::ops::Capabilities;
use octopoid_core::orchestrator::{BuildError, Orchestrator, Settings};
use octopoid_core::store::Store;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// The pause between two attempts to reach a server.
const AGAIN: Duration = Duration::from_secs(2);

/// An orchestrator that is ready to run.
#[derive(Debug)]
pub(crate) struct Assembly {
    pub(crate) orchestrator: Orchestrator,
    pub(crate) store: Arc<dyn Store>,
}

/// Builds the orchestrator. `agents` overrides the limit on concurrent agents.
pub(crate) async fn assemble(
    installation: &Installation,
    roles: Roles,
    context: &Context,
    agents: Option<u32>,
) -> Result<Assembly> {
    let OpenStore { store, server } = patient_store(installation, context).await?;
    let mut settings = super::settings(installation, &roles, &context.environment)?;
    settings.machine = Some(registration(installation, &settings, &roles, context));
    if let Some(agents) = agents {
        settings.limits = settings.limits.with_agents(agents as usize);
    }
    let forge = super::forge::forge(installation, context)?;
    let mut builder = Orchestrator::builder();
    if let Some(server) = server {
        builder = builder.artifacts(server);
    }
    let orchestrator = builder
        .forge(forge)
        .store(store.clone())
        .repository(installation.repository())
        .folder(installation.layout.root())
        .settings(settings)
        .agents(super::agents(installation, &roles))
        .roles(roles.all.into_iter().map(|loaded| loaded.role))
        .runners(runners::all(&installation.root, &context.environment))
        .build()
        .await
        .map_err(unbuildable)?;
    Ok(Assembly { orchestrator, store })
}

/// Opens the store, and waits for a server that is away: a machine may start before its server.
async fn patient_store(installation: &Installation, context: &Context) -> Result<OpenStore> {
    let mut said = false;
    loop {
        match installation.open(&context.environment).await {
            Err(error) if error.kind == Kind::Unavailable && installation.is_remote() => {
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

/// Returns this machine's registration.
fn registration(
    installation: &Installation,
    settings: &Settings,
    roles: &Roles,
    context: &Context,
) -> Registration {
    let server = installation.config.value.server.clone().unwrap_or_default();
    let remote = settings.remote.as_deref();
    let git = Git::new(&context.environment, installation.repository());
    let url = remote.and_then(|remote| git.remote_url(remote));
    let mut registration = Registration::new(
        settings.scope.clone(),
        server.cluster.unwrap_or_else(|| "local".to_owned()),
        server.machine_id.unwrap_or_else(|| "1".to_owned()),
        url.unwrap_or_else(|| installation.repository().display().to_string()),
    );
    registration.hostname = context.environment.host_name();
    registration.version = Some(env!("CARGO_PKG_VERSION").to_owned());
    let agents = super::agents(installation, roles).into_iter().filter(|agent| !agent.paused);
    let purposes = roles.purposes();
    let claims = agents.filter_map(|agent| Some((agent.role.clone(), *purposes.get(&agent.role)?)));
    let capabilities = Capabilities::new(claims.collect(), settings.merge.auto);
    registration.capabilities = Some(json::with(
        json!({ "roles": roles.names(), "agents": settings.limits.agents }),
        &json!(capabilities),
    ));
    registration
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
