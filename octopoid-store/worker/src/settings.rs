//! What a deployment is configured with: variables and secrets of the Worker.

use octopoid_core::model::Policy;
use octopoid_core::store::{ArtifactBound, Retention};
use octopoid_store::server::{Access, Server};
use std::sync::OnceLock;
use std::time::Duration;
use worker::{Env, Error, Result};

/// Namespace of the objects of scopes.
pub(crate) const SCOPES: &str = "SCOPES";
/// Namespace of the object of the keys.
pub(crate) const KEYS: &str = "KEYS";
/// Bucket of the artifacts, where there is one.
pub(crate) const ARTIFACTS: &str = "ARTIFACTS";
/// Secret of the operator.
const ADMIN_TOKEN: &str = "OCTOPOID_ADMIN_TOKEN";
/// Shortest secret of an operator.
const SHORTEST: usize = 16;

/// How scopes are spread over objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objects {
    /// Each scope has an object of its own.
    PerScope,
    /// All scopes and the keys are in one object.
    One,
}

/// Settings of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) objects: Objects,
    pub(crate) access: Access,
    pub(crate) admin_token: Option<String>,
    compat: bool,
    retention: Retention,
    policy: Policy,
    /// Bound on the length of an artifact, where one is set.
    pub(crate) artifact_bound: Option<ArtifactBound>,
    /// Whether requests may say which time it is, and in which set of objects they are at home.
    pub(crate) testing: bool,
}

impl Settings {
    /// Returns the settings, which are the same for as long as the program runs.
    ///
    /// # Errors
    /// A value that is none of those that are possible.
    pub(crate) fn of(env: &Env) -> Result<&'static Self> {
        static SETTINGS: OnceLock<Settings> = OnceLock::new();
        if let Some(settings) = SETTINGS.get() {
            return Ok(settings);
        }
        let settings = Self::read(env)?;
        Ok(SETTINGS.get_or_init(|| settings))
    }

    fn read(env: &Env) -> Result<Self> {
        let text = |name: &str| env.var(name).ok().map(|value| value.to_string());
        let objects = match text("OCTOPOID_OBJECTS").as_deref() {
            None | Some("scope") => Objects::PerScope,
            Some("one") => Objects::One,
            Some(other) => return Err(wrong("OCTOPOID_OBJECTS", other, "`scope` or `one`")),
        };
        let access = match text("OCTOPOID_ACCESS").as_deref() {
            None | Some("keys") => Access::Keys,
            Some("until-there-is-a-key") => Access::UntilThereIsAKey,
            Some("everybody") => Access::Everybody,
            Some(other) => {
                return Err(wrong("OCTOPOID_ACCESS", other, "`keys`, `until-there-is-a-key` or `everybody`"));
            }
        };
        let admin_token = env.secret(ADMIN_TOKEN).ok().map(|secret| secret.to_string());
        if admin_token.as_ref().is_some_and(|token| token.len() < SHORTEST) {
            return Err(Error::from(format!(
                "{ADMIN_TOKEN} is too short: use at least {SHORTEST} characters"
            )));
        }
        let flag = |name: &str| text(name).as_deref() == Some("true");
        let days = |name: &str, default: Option<Duration>| match text(name).as_deref() {
            None => Ok(default),
            Some("forever") => Ok(None),
            Some(days) => match days.parse::<u32>() {
                Ok(days) => Ok(Some(Duration::from_secs(u64::from(days) * 24 * 3600))),
                Err(_) => Err(wrong(name, days, "a number of days or `forever`")),
            },
        };
        let usual = Retention::default();
        let retention = usual
            .with_logs(usual.logs, days("OCTOPOID_KEEP_ARTIFACTS_DAYS", usual.transcripts)?)
            .with_history(
                days("OCTOPOID_KEEP_EVENTS_DAYS", usual.events)?,
                days("OCTOPOID_KEEP_RUNS_DAYS", usual.runs)?,
            );
        let policy = match text("OCTOPOID_POLICY") {
            None => Policy::default(),
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                wrong("OCTOPOID_POLICY", &text, &format!("JSON as `/api/v1/policy` has it: {error}"))
            })?,
        };
        let artifact_bound = match text("OCTOPOID_ARTIFACT_BYTES") {
            None => None,
            Some(bytes) => match bytes.parse() {
                Ok(bytes) => Some(ArtifactBound::new(bytes)),
                Err(_) => return Err(wrong("OCTOPOID_ARTIFACT_BYTES", &bytes, "a number of bytes")),
            },
        };
        let (compat, testing) = (flag("OCTOPOID_COMPAT"), flag("OCTOPOID_TESTING"));
        Ok(Self { objects, access, admin_token, compat, retention, policy, artifact_bound, testing })
    }

    /// Returns the bounds that the store applies.
    pub(crate) fn policy(&self) -> Policy {
        self.policy.clone()
    }

    /// Sets what a server is configured with.
    pub(crate) fn configure(&self, server: Server) -> Server {
        let server = server.with_access(self.access).with_compat(self.compat).with_retention(self.retention);
        match &self.admin_token {
            Some(token) => server.with_admin_token(token),
            None => server,
        }
    }
}

fn wrong(name: &str, value: &str, possible: &str) -> Error {
    Error::from(format!("{name} is `{value}`; use {possible}"))
}
