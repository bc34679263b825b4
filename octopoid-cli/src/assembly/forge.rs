//! The forge that work lands through.

use crate::assembly::github;
use crate::config::ForgeKind;
use crate::context::Context;
use crate::error::Result;
use crate::installation::Installation;
use octopoid_core::orchestrator::{Forge, GithubForge, LocalForge};
use std::sync::Arc;

/// Returns the forge that `config.yaml` names. Its settings were checked before.
pub(super) fn forge(installation: &Installation, context: &Context) -> Result<Arc<dyn Forge>> {
    if installation.config.value.forge() == ForgeKind::Local {
        return Ok(Arc::new(LocalForge));
    }
    let (settings, url) = github::settings(installation, &context.environment)?;
    let forge = GithubForge::new(settings, url.as_deref());
    Ok(Arc::new(forge.map_err(|error| github::unusable(&error))?))
}
