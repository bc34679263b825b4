//! Where finished work goes, from the files.

use crate::config::ForgeKind;
use crate::error::{CliError, Result};
use crate::github;
use crate::project::{Context, Project};
use octopoid_core::orchestrator::{Forge, GithubForge, LocalForge};
use std::sync::Arc;

/// The forge that `config.yaml` names; what is wrong with it was found before.
pub(super) fn forge(project: &Project, context: &Context) -> Result<Arc<dyn Forge>> {
    if project.config.value.forge.unwrap_or(ForgeKind::Local) == ForgeKind::Local {
        return Ok(Arc::new(LocalForge));
    }
    let (settings, url) = github::settings(project, &context.environment)?;
    let forge = GithubForge::new(settings, url.as_deref()).map_err(|error| {
        CliError::configuration(error.to_string()).hint("`octopoid validate` checks the files")
    })?;
    Ok(Arc::new(forge))
}
