//! Repository name from the settings or the remote's address.

use super::{GithubError, GithubSettings};

/// Returns the configured repository as `owner/name`, and its owner.
pub(super) fn named(
    settings: &GithubSettings,
    remote_url: Option<&str>,
) -> Result<(String, String), GithubError> {
    if settings.token.trim().is_empty() {
        let words = "there is no GitHub token: set GITHUB_TOKEN, or run `gh auth login`";
        return Err(GithubError::Settings(words.to_owned()));
    }
    let name = settings.repository.clone().or_else(|| remote_url.and_then(github_repository));
    let owner = name.as_deref().and_then(|name| Some(name.split_once('/')?.0.to_owned()));
    name.zip(owner).ok_or_else(|| {
        let words = "which GitHub repository it is cannot be read from the remote; write `github: { repository: owner/name }`";
        GithubError::Settings(words.to_owned())
    })
}

/// Returns `owner/name` from the address of a remote on GitHub.
///
/// The address has a form such as `git@github.com:owner/name.git` or `https://github.com/owner/name`; returns `None` for any
/// other form. The host is not checked: a company may have its own GitHub server.
pub fn github_repository(address: &str) -> Option<String> {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => address.split_once(':')?.1,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/')?;
    (!owner.is_empty() && is_plain(owner) && is_plain(name)).then(|| path.to_owned())
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::github_repository;

    #[test]
    fn addresses_of_every_form_name_the_repository() {
        for address in [
            "git@github.com:acme/tool.git",
            "https://github.com/acme/tool",
            "https://user:secret@github.com/acme/tool.git/",
            "ssh://git@github.com:22/acme/tool.git",
        ] {
            assert_eq!(github_repository(address).as_deref(), Some("acme/tool"), "{address}");
        }
        for address in ["/srv/git/tool.git", "https://github.com/acme", "https://github.com/a/b/c"] {
            assert_eq!(github_repository(address), None, "{address}");
        }
    }
}
