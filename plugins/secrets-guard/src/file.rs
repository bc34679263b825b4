//! Files by their names.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use octopoid_plugin::{Error, ErrorKind};

/// The names of files that programs write, full of checksums.
const LOCK_FILES: [&str; 20] = [
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "composer.lock",
    "Gemfile.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile.lock",
    "go.sum",
    "flake.lock",
    "Podfile.lock",
    "mix.lock",
    ".terraform.lock.hcl",
    "packages.lock.json",
];

/// Returns the name of the file without its folders.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn extension(path: &str) -> &str {
    base(path).rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Returns whether it is a lock file.
pub(crate) fn is_lock_file(path: &str) -> bool {
    LOCK_FILES.contains(&base(path))
}

/// Returns whether values in it have no quotes.
pub(crate) fn is_of_settings(path: &str) -> bool {
    let name = base(path);
    let known =
        ["Dockerfile", "Containerfile", "credentials", ".npmrc", ".pypirc", ".netrc", ".pgpass", ".envrc"];
    let extensions =
        ["env", "ini", "cfg", "conf", "config", "properties", "yaml", "yml", "sh", "bash", "zsh", "tfvars"];
    known.contains(&name)
        || name.starts_with(".env")
        || name.starts_with("Dockerfile")
        || extensions.contains(&extension(path).to_lowercase().as_str())
}

/// Returns the kind of credentials that a file of this name holds, if it holds nothing else.
pub(crate) fn credentials(path: &str) -> Option<&'static str> {
    let name = base(path);
    let templates = ["example", "sample", "template", "dist", "tmpl", "defaults"];
    let in_folder =
        |folder: &str| path.strip_suffix(name).is_some_and(|above| format!("/{above}").ends_with(folder));
    Some(match name {
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" | "id_ecdsa_sk" | "id_ed25519_sk" => {
            "file of a private key"
        }
        ".git-credentials" | ".netrc" | "_netrc" | ".pgpass" | ".htpasswd" | ".pypirc" => "file of passwords",
        "credentials" if in_folder("/.aws/") => "file of AWS credentials",
        "config.json" if in_folder("/.docker/") => "file of registry passwords",
        ".env" => "file of an environment",
        _ if name.strip_prefix(".env.").is_some_and(|rest| {
            !rest.split('.').any(|part| templates.contains(&part.to_lowercase().as_str()))
        }) =>
        {
            "file of an environment"
        }
        _ => match extension(path).to_lowercase().as_str() {
            "p12" | "pfx" | "jks" | "keystore" | "kdbx" | "ppk" => "store of keys",
            _ => return None,
        },
    })
}

/// The files that the settings allow. A glob without `/` means a name in any folder.
pub(crate) fn allowed(globs: &[String]) -> Result<GlobSet, Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let wrong = |error: globset::Error| {
            Error::new(
                ErrorKind::Settings,
                format!("`allow_files` has {glob:?}, which is no glob: {}", error.kind()),
            )
        };
        let anywhere =
            if glob.contains('/') { glob.trim_start_matches('/').to_owned() } else { format!("**/{glob}") };
        set.add(GlobBuilder::new(&anywhere).literal_separator(true).build().map_err(wrong)?);
    }
    set.build().map_err(|error| Error::new(ErrorKind::Settings, format!("`allow_files`: {}", error.kind())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_credentials_are_known_by_their_names() {
        for path in [
            "id_rsa",
            "deploy/id_ed25519",
            ".env",
            "web/.env",
            ".env.production",
            "home/.aws/credentials",
            ".netrc",
            "certs/server.p12",
            "release.keystore",
            ".docker/config.json",
            "A.PFX",
        ] {
            assert!(credentials(path).is_some(), "{path}");
        }
        for path in [
            "id_rsa.pub",
            ".env.example",
            ".env.local.sample",
            "env",
            "src/credentials",
            "credentials.rs",
            "cert.pem",
            "config.json",
            "src/.environment",
            "keystore.rs",
        ] {
            assert_eq!(credentials(path), None, "{path}");
        }
    }

    #[test]
    fn globs_mean_what_people_mean() {
        let set =
            allowed(&["*.snap".to_owned(), "tests/fixtures/**".to_owned(), "/docs/*.md".to_owned()]).unwrap();
        for path in ["a.snap", "x/y/a.snap", "tests/fixtures/a/b.txt", "docs/a.md"] {
            assert!(set.is_match(path), "{path}");
        }
        for path in ["a.snap.rs", "x/tests/fixtures/a", "docs/a/b.md"] {
            assert!(!set.is_match(path), "{path}");
        }
        let error = allowed(&["a[".to_owned()]).unwrap_err();
        assert!(error.kind == ErrorKind::Settings && error.message.contains("a["), "{error}");
    }

    #[test]
    fn lock_files_and_files_of_settings_are_known() {
        assert!(is_lock_file("web/package-lock.json") && !is_lock_file("lock.json"));
        assert!(is_of_settings("a/.env.local") && is_of_settings("x.YAML") && !is_of_settings("main.rs"));
    }
}
