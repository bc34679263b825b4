//! The GitHub repository of an installation, and the token for it.

use crate::config::{self, ForgeKind, Problem, Step, line_of};
use crate::environment::{Environment, output};
use crate::error::{CliError, Result};
use crate::git::Git;
use crate::installation::Installation;
use octopoid_core::orchestrator::{GithubError, GithubSettings, github_repository};
use octopoid_core::process::ProgramKind;

/// The host of the public GitHub.
const PUBLIC: &str = "github.com";

/// Returns the settings from the files and the environment, and the address of the remote.
pub(crate) fn settings(
    installation: &Installation,
    environment: &Environment,
) -> Result<(GithubSettings, Option<String>)> {
    let token = token(environment).ok_or_else(|| {
        CliError::configuration("there is no GitHub token").hint("set GITHUB_TOKEN, or run `gh auth login`")
    })?;
    let file = installation.config.value.github.clone().unwrap_or_default();
    Ok((config::github(file, token), remote_url(installation, environment)))
}

/// Returns the error for settings that cannot be used.
pub(crate) fn unusable(error: &GithubError) -> CliError {
    CliError::configuration(error.to_string()).hint("`octopoid validate` checks the files")
}

fn remote_url(installation: &Installation, environment: &Environment) -> Option<String> {
    let remote = installation.config.value.repo.remote.as_deref()?;
    Git::new(environment, installation.repository()).remote_url(remote)
}

/// Returns the token of the environment, or the one that `gh` keeps.
fn token(environment: &Environment) -> Option<String> {
    let set = |name: &str| environment.get(name).filter(|token| !token.trim().is_empty()).map(str::to_owned);
    if let Some(token) = set("GITHUB_TOKEN").or_else(|| set("GH_TOKEN")) {
        return Some(token);
    }
    let command = environment.command("gh").args(["auth", "token"]);
    let printed = output(command, ProgramKind::Tool).ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&printed.stdout).trim().to_owned()).filter(|token| !token.is_empty())
}

/// Returns the problems that keep `forge: github` from working, with their lines.
pub(crate) fn problems(installation: &Installation, environment: &Environment) -> Vec<Problem> {
    let config = &installation.config;
    if config.value.forge() == ForgeKind::Local {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let mut add = |at: &[Step<'_>], problem: String, fix: &str| {
        let line = line_of(&config.text, at);
        problems.push(Problem { file: config.path.clone(), line, problem, fix: fix.to_owned() });
    };
    if config.value.repo.remote.is_none() {
        add(
            &[Step::Key("forge")],
            "`forge: github` needs `repo.remote`".to_owned(),
            "name the remote that is on GitHub, such as `remote: origin`",
        );
    }
    if token(environment).is_none() {
        add(
            &[Step::Key("forge")],
            "`forge: github` needs a token, and there is none".to_owned(),
            "set GITHUB_TOKEN, or run `gh auth login`",
        );
    }
    if let Some((at, problem, fix)) = wrong_repository(installation, environment) {
        add(&at, problem, fix);
    }
    problems
}

/// Returns why the repository is unknown, with the setting at fault and the fix. A missing remote is reported elsewhere.
pub(crate) fn wrong_repository(
    installation: &Installation,
    environment: &Environment,
) -> Option<([Step<'static>; 2], String, &'static str)> {
    const FIX: &str = "write `github: { repository: owner/name }`, or name another remote";
    let config = &installation.config.value;
    let file = config.github.clone().unwrap_or_default();
    if let Some(name) = &file.repository {
        // The rules for a name are those for an address with it.
        let wrong = github_repository(&format!("https://{PUBLIC}/{name}")).as_ref() != Some(name);
        let at = [Step::Key("github"), Step::Key("repository")];
        return wrong.then(|| {
            (
                at,
                format!("`{name}` is no repository on GitHub"),
                "write it as `owner/name`, without an address",
            )
        });
    }
    let remote = config.repo.remote.as_deref()?;
    let url = remote_url(installation, environment)?;
    let elsewhere = match host(&url) {
        _ if github_repository(&url).is_none() => true,
        // A name without a dot stands for a host in somebody's SSH configuration, which is not ours to read.
        Some(host) if file.api_url.is_none() => host.contains('.') && !is_public(host),
        _ => false,
    };
    let at = [Step::Key("repo"), Step::Key("remote")];
    elsewhere.then(|| {
        let fix = if host(&url).is_some_and(|host| !is_public(host)) && github_repository(&url).is_some() {
            "name the remote that is on GitHub, or the API of your own GitHub as `github.api_url`"
        } else {
            FIX
        };
        (at, format!("the remote `{remote}` is not a repository on GitHub: {url}"), fix)
    })
}

fn is_public(host: &str) -> bool {
    host.eq_ignore_ascii_case(PUBLIC)
        || host.len() > PUBLIC.len() && host.to_ascii_lowercase().ends_with(&format!(".{PUBLIC}"))
}

/// Returns the host of a remote's address.
fn host(url: &str) -> Option<&str> {
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest.split('/').next()?,
        None => url.split_once(':')?.0,
    };
    authority.rsplit('@').next()?.split(':').next().filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{host, is_public};

    #[test]
    fn a_host_is_read_from_addresses_of_every_form() {
        for (url, wanted) in [
            ("git@github.com:acme/tool.git", Some("github.com")),
            ("ssh://git@ssh.github.com:443/acme/tool.git", Some("ssh.github.com")),
            ("https://gitlab.com/acme/tool", Some("gitlab.com")),
            ("work:acme/tool", Some("work")),
            ("/srv/git/tool.git", None),
        ] {
            assert_eq!(host(url), wanted, "{url}");
        }
        assert!(is_public("github.com") && is_public("ssh.github.com"));
        assert!(!is_public("mygithub.com") && !is_public("gitlab.com"));
    }
}
