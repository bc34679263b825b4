//! Where finished work goes, from the files.

use crate::config::ForgeKind;
use crate::error::Result;
use crate::github;
use crate::project::{Context, Project};
use octopoid_core::orchestrator::{Forge, GithubForge, LocalForge};
use std::sync::Arc;

/// The forge that `config.yaml` names; what is wrong with it was found before.
pub(super) fn forge(project: &Project, context: &Context) -> Result<Arc<dyn Forge>> {
    if project.config.value.forge() == ForgeKind::Local {
        return Ok(Arc::new(LocalForge));
    }
    let (settings, url) = github::settings(project, &context.environment)?;
    let forge = GithubForge::new(settings, url.as_deref());
    Ok(Arc::new(forge.map_err(|error| github::unusable(&error))?))
}
