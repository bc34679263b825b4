//! What a role, or an installation, says for agents that do not say it themselves.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Values for the fields of an agent that are not given. Nothing in it means that it says nothing. The agent's own
/// value is stronger than its role's, that of the role than the installation's, and that than [`AgentDefaults::last`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AgentDefaults {
    /// The runner that drives it.
    pub runner: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The most turns a run may take.
    pub max_turns: Option<u32>,
    /// The tools it may use; none says nothing.
    pub tools: Vec<String>,
    /// The longest time of one call.
    #[serde(rename = "timeout_seconds", with = "seconds")]
    pub timeout: Option<Duration>,
    /// The longest silence within a call.
    #[serde(rename = "idle_timeout_seconds", with = "seconds")]
    pub idle_timeout: Option<Duration>,
    /// The most money of one call, in US dollars.
    pub budget_usd: Option<f64>,
}

impl AgentDefaults {
    /// What holds where nobody says anything: an hour for each call, and fifteen minutes of silence within it.
    pub fn last() -> Self {
        Self {
            timeout: Some(Duration::from_secs(3600)),
            idle_timeout: Some(Duration::from_secs(900)),
            ..Self::default()
        }
    }

    /// With a runner.
    #[must_use]
    pub fn with_runner(mut self, runner: Option<String>) -> Self {
        self.runner = runner;
        self
    }
}

/// Whole seconds, as the files have them.
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
