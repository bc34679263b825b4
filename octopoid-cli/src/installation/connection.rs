//! The connection to a team's server, and the key for it.

use crate::config::Server;
use crate::environment::Environment;
use crate::error::{CliError, Kind, Result};
use octopoid_core::clock::SystemClock;
use octopoid_core::model::Scope;
use octopoid_core::store::ErrorKind;
use octopoid_store::{HttpOptions, HttpStore};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The variable with the key of the scope.
pub(crate) const KEY: &str = "OCTOPOID_API_KEY";
/// The variable with the secret of a server's operator.
pub(crate) const ADMIN: &str = "OCTOPOID_ADMIN_TOKEN";
/// The file with the key, in `.octopoid`.
pub(crate) const KEY_FILE: &str = "api-key";
/// How long a request is retried before the server counts as unavailable.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one attempt may take: less, so that a request with a lost answer is sent again in time.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The connection to the server that a configuration names.
#[derive(Debug)]
pub(crate) struct Connection {
    url: String,
    scope: Scope,
    options: HttpOptions,
}

impl Connection {
    pub(crate) fn new(
        server: &Server,
        root: &Path,
        folder: &Path,
        environment: &Environment,
    ) -> Result<Self> {
        let Some(url) = server.url.clone() else {
            return Err(CliError::configuration("`server` in config.yaml has no `url`")
                .hint("name the server, or set `enabled: false` to work on this machine alone"));
        };
        let scope = server.scope().map_err(|error| {
            CliError::configuration(format!("the cluster's name is no name of a scope: {error}"))
                .hint("name the scope: `scope` under `server` in config.yaml")
        })?;
        let mut options = HttpOptions::new(url.clone(), Arc::new(SystemClock))
            .with_scope(scope.clone())
            .with_retry_timeout(PATIENCE)
            .with_timeout(TIMEOUT);
        if let Ok(orchestrator) = server.orchestrator() {
            options = options.with_orchestrator(orchestrator);
        }
        let file = server.key_file.as_ref().map_or_else(|| folder.join(KEY_FILE), |path| root.join(path));
        if let Some(key) = key(&file, server.key_file.is_some(), environment)? {
            options = options.with_key(key);
        }
        // What the environment says cannot change; a file can, and a key that was rotated need not end anything.
        if environment.get(KEY).is_none() {
            let (file, environment) = (file.clone(), environment.clone());
            options = options.with_key_source(move || key(&file, false, &environment).ok().flatten());
        }
        if let Some(path) = &server.ca_file {
            options = options.with_certificates(root.join(path));
        }
        Ok(Self { url, scope, options })
    }

    pub(crate) async fn open(self) -> Result<HttpStore> {
        let Self { url, scope, options } = self;
        let has_key = options.key.is_some();
        HttpStore::connect(options).await.map_err(|error| {
            let words = crate::error::with_causes(&error);
            let hint = match error.kind() {
                ErrorKind::Unavailable if words.contains("certificate") => {
                    "name its certificate, or the one that has signed it, by `ca_file` under `server` in config.yaml".to_owned()
                }
                ErrorKind::Unauthorized if has_key => {
                    format!("the key opens nothing there: `octopoid key create --scope {scope}` on the server makes one")
                }
                ErrorKind::Unauthorized => format!(
                    "give a key of the scope {scope} by {KEY}, or in .octopoid/{KEY_FILE} with mode 600; `octopoid key \
                     create --scope {scope}` on the server makes one"
                ),
                ErrorKind::Forbidden => format!(
                    "the key is that of another scope: `octopoid key create --scope {scope}` on the server makes one for this, \
                     or name the key's scope as `server.scope` in config.yaml"
                ),
                ErrorKind::Unavailable => "is `octopoid serve` running there? `octopoid doctor` looks closer".to_owned(),
                _ => "fix `server` in config.yaml".to_owned(),
            };
            let settings = matches!(error.kind(), ErrorKind::Invalid { .. });
            let mut error = CliError::from(error).hint(hint);
            if settings {
                error.kind = Kind::Configuration;
            }
            error.message = format!("cannot use the server {url}: {words}");
            error
        })
    }
}

/// Reads the key from the environment, or from a file that only its owner can read.
fn key(file: &Path, named: bool, environment: &Environment) -> Result<Option<String>> {
    if let Some(key) = environment.get(KEY) {
        return Ok(Some(key.trim().to_owned()));
    }
    let wrong = |words: String, hint: &str| Err(CliError::configuration(words).hint(hint.to_owned()));
    let meta = match file.metadata() {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return Ok(None),
        Err(error) => {
            return wrong(
                format!("cannot read the key {}: {error}", file.display()),
                "fix `server.key_file`",
            );
        }
    };
    if meta.permissions().mode() & 0o077 != 0 {
        let words = format!("the key {} can be read by others", file.display());
        return wrong(words, &format!("chmod 600 {}", file.display()));
    }
    let text = match octopoid_roles::regular_file::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            return wrong(format!("cannot read the key {}: {error}", file.display()), "check the file");
        }
    };
    Ok(Some(text.trim().to_owned()))
}

/// Returns the default path of an installation's key.
pub(crate) fn key_file(folder: &Path) -> PathBuf {
    folder.join(KEY_FILE)
}
