//! The orchestrator's settings and agents, out of an installation and its roles.

use super::Roles;
use super::flows::Flows;
use crate::config;
use crate::environment::Environment;
use crate::error::Result;
use crate::installation::Installation;
use octopoid_core::model::RoleName;
use octopoid_core::orchestrator::{AgentSettings, Settings};

/// Returns the settings with the installation's flows, and with shared work where several machines have one queue.
pub(crate) fn settings(
    installation: &Installation,
    roles: &Roles,
    environment: &Environment,
) -> Result<Settings> {
    let mut settings = installation.settings(environment)?;
    settings.share_work = installation.is_remote();
    let flows = Flows::load(installation.layout.root(), roles);
    settings.flows = flows.all.into_iter().map(|(name, loaded)| (name, loaded.flow)).collect();
    Ok(settings)
}

/// Returns the agents as they will work, with the defaults of their roles.
pub(crate) fn agents(installation: &Installation, roles: &Roles) -> Vec<AgentSettings> {
    let of_role = |name: &RoleName| roles.get(name).map(|loaded| &loaded.spec().defaults);
    let takes = |role: &RoleName, name: &str| roles.take_setting(role, name);
    config::agents_in_full(&installation.agents.value, of_role, takes)
}
