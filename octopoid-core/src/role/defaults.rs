//! Default settings of agents, given by a role or by the installation.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Default values for the fields of an agent's configuration; `None` (or an empty list) gives no default.
///
/// Precedence, highest first: the agent's own value, the role's default, the installation's default, [`AgentDefaults::last`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AgentDefaults {
    /// Name of the runner that drives the agent.
    pub runner: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Maximum number of turns per run.
    pub max_turns: Option<u32>,
    /// Tools the agent may use; an empty list gives no default.
    pub tools: Vec<String>,
    /// Maximum duration of one call, serialized in seconds.
    #[serde(rename = "timeout_seconds", with = "seconds")]
    pub timeout: Option<Duration>,
    /// Maximum time without output within a call, serialized in seconds.
    #[serde(rename = "idle_timeout_seconds", with = "seconds")]
    pub idle_timeout: Option<Duration>,
    /// Budget of one call, in US dollars.
    pub budget_usd: Option<f64>,
}

impl AgentDefaults {
    /// Returns the built-in defaults: one hour per call, 15 minutes without output.
    pub fn last() -> Self {
        Self {
            timeout: Some(Duration::from_secs(3600)),
            idle_timeout: Some(Duration::from_secs(900)),
            ..Self::default()
        }
    }

    /// Sets the runner.
    #[must_use]
    pub fn with_runner(mut self, runner: Option<String>) -> Self {
        self.runner = runner;
        self
    }
}

/// Serializes durations as whole seconds, as the configuration files hold them.
mod seconds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        span.map(|span| span.as_secs()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_secs))
    }
}
