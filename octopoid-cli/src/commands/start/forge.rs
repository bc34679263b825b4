//! Where finished work goes, from the files.

use crate::config::ForgeKind;
use crate::environment::Environment;
use crate::error::{CliError, Result};
use crate::git::Git;
use crate::project::{Context, Project};
use octopoid_core::orchestrator::{Forge, GithubForge, GithubSettings, LocalForge, Settings};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// The forge that `config.yaml` names.
pub(super) fn forge(project: &Project, settings: &Settings, context: &Context) -> Result<Arc<dyn Forge>> {
    let config = &project.config.value;
    if config.forge.unwrap_or(ForgeKind::Local) == ForgeKind::Local {
        return Ok(Arc::new(LocalForge));
    }
    let Some(remote) = settings.remote.as_deref() else {
        return Err(CliError::configuration("`forge: github` needs `repo.remote`")
            .hint("name the remote that is on GitHub, such as `remote: origin`"));
    };
    let file = config.github.clone().unwrap_or_default();
    let mut github = GithubSettings::new(token(&context.environment)?);
    github.api_url = file.api_url.unwrap_or(github.api_url);
    github.repository = file.repository;
    github.required_approvals = file.required_approvals.unwrap_or(github.required_approvals);
    let url = Git::new(&context.environment, project.repository()).remote_url(remote);
    let forge = GithubForge::new(github, url.as_deref()).map_err(|error| {
        CliError::configuration(error.to_string()).hint("`octopoid validate` checks the files")
    })?;
    Ok(Arc::new(forge))
}

/// The token of the environment, or the one that GitHub's own program keeps.
fn token(environment: &Environment) -> Result<String> {
    let set = |name: &str| environment.get(name).filter(|token| !token.trim().is_empty()).map(str::to_owned);
    if let Some(token) = set("GITHUB_TOKEN").or_else(|| set("GH_TOKEN")) {
        return Ok(token);
    }
    let mut gh = Command::new("gh");
    gh.args(["auth", "token"]).env_clear().envs(&environment.variables).stdin(Stdio::null());
    let printed = gh.output().ok().filter(|output| output.status.success());
    printed
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| {
            CliError::configuration("`forge: github` needs a token, and there is none")
                .hint("set GITHUB_TOKEN, or run `gh auth login`")
        })
}
