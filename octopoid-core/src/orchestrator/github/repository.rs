//! Which repository a remote's address means.

/// `owner/name` of an address such as `git@github.com:owner/name.git` or `https://github.com/owner/name`.
pub(super) fn of_address(address: &str) -> Option<String> {
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
    use super::of_address;

    #[test]
    fn addresses_of_every_form_name_the_repository() {
        for address in [
            "git@github.com:acme/tool.git",
            "https://github.com/acme/tool",
            "https://user:secret@github.com/acme/tool.git/",
            "ssh://git@github.com:22/acme/tool.git",
        ] {
            assert_eq!(of_address(address).as_deref(), Some("acme/tool"), "{address}");
        }
        for address in ["/srv/git/tool.git", "https://github.com/acme", "https://github.com/a/b/c"] {
            assert_eq!(of_address(address), None, "{address}");
        }
    }
}
