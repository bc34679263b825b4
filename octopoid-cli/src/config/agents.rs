//! The schema of `agents.yaml`. The comments on fields are the text of `docs/configuration.md`.

use crate::config::runners;
use octopoid_core::model::{AgentName, RoleName};
use serde::Deserialize;
use serde_json::{Map, Value};

/// `agents.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentsFile {
    /// The runner of agents where neither they nor their roles name one: `claude` (the default), `codex`, `acp` or
    /// `command`.
    pub(crate) runner: Option<String>,
    /// Names of environment variables that all agents see, beside those of their own `env`.
    #[serde(default)]
    pub(crate) env: Vec<String>,
    /// Settings of all agents whose roles have them; an agent's own `settings` win, key by key.
    pub(crate) settings: Option<serde_json::Value>,
    /// The agents. Required.
    pub(crate) agents: Vec<AgentEntry>,
}

/// One entry, for one or several agents.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentEntry {
    /// The name, shown in `octopoid status` and in logs. Required.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) name: AgentName,
    /// The role, such as `implement`, `review` or one of your own. Required.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) role: RoleName,
    /// The runner: `claude`, `codex`, `acp` for any program that speaks the Agent Client Protocol, or `command` for any other. With a
    /// `command`, it is that of the file where that takes one, and otherwise `command`.
    pub(crate) runner: Option<String>,
    /// The model. The agent program decides unless given.
    pub(crate) model: Option<String>,
    /// Turns after which the agent is stopped, where they are fewer than `limits.turns`.
    pub(crate) max_turns: Option<u32>,
    /// The least time in seconds between the starts of two runs.
    pub(crate) interval_seconds: Option<u64>,
    /// Whether the agent takes no tasks.
    #[serde(default)]
    pub(crate) paused: bool,
    /// The number of agents; they are named `NAME.1` to `NAME.N`.
    pub(crate) instances: Option<u32>,
    /// The program and its arguments, for the runners `command`, `acp` (such as `[gemini, --acp]`) and `codex` (which adds
    /// `app-server`).
    #[serde(default)]
    pub(crate) command: Vec<String>,
    /// The tools that the agent may use, in the words of the agent program. The role decides unless given.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// Seconds after which a run is stopped.
    pub(crate) timeout_seconds: Option<u64>,
    /// Seconds without output after which a run is stopped.
    pub(crate) idle_timeout_seconds: Option<u64>,
    /// US dollars that one run may cost.
    pub(crate) budget_usd: Option<f64>,
    /// Names of environment variables that the agent sees beside `PATH`, `HOME`, `LANG`, `TERM` and `TMPDIR`. Those in
    /// which a known program looks for its key, such as `[ANTHROPIC_API_KEY]` for the runner `claude`, unless given.
    pub(crate) env: Option<Vec<String>>,
    /// The account whose limits the agent shares with others that name the same. The credential decides unless given.
    pub(crate) account: Option<String>,
    /// Whether git may push to the remotes of the repository from inside a run.
    #[serde(default)]
    pub(crate) push: bool,
    /// Settings of the role, checked by its schema.
    pub(crate) settings: Option<serde_json::Value>,
}

impl AgentsFile {
    /// Returns the runner of agents where neither they nor their roles name one.
    pub(crate) fn runner(&self) -> &str {
        self.runner.as_deref().unwrap_or(runners::DEFAULT)
    }

    /// Returns the settings of an agent: its own, and those common to all that its role takes.
    pub(crate) fn settings_of(&self, entry: &AgentEntry, takes: impl Fn(&str) -> bool) -> Value {
        let own = entry.settings.clone().unwrap_or_default();
        let Some(Value::Object(common)) = &self.settings else { return own };
        let mut fields = match own {
            Value::Object(fields) => fields,
            Value::Null => Map::new(),
            // It is reported by the checks.
            other => return other,
        };
        for (name, value) in common.iter().filter(|(name, _)| takes(name)) {
            fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if fields.is_empty() { Value::Null } else { Value::Object(fields) }
    }
}

impl AgentEntry {
    /// Its own runner. Where it has a command that the file's runner could not take, that is `command`; otherwise its role says it,
    /// and then the file.
    pub(crate) fn own_runner(&self, file: &AgentsFile) -> Option<&str> {
        let by_command = match (self.command.is_empty(), runners::takes_command(file.runner())) {
            (true, _) => None,
            (false, false) => Some("command"),
            (false, true) => runners::NAMES.into_iter().find(|name| *name == file.runner()),
        };
        self.runner.as_deref().or(by_command)
    }

    /// The names of its agents: its own, or `NAME.1` to `NAME.N`.
    pub(crate) fn names(&self) -> Vec<AgentName> {
        match self.instances {
            None | Some(0) => vec![self.name.clone()],
            // A name that is too long with its number is reported by the checks.
            Some(count) => {
                (1..=count).filter_map(|n| AgentName::new(format!("{}.{n}", self.name)).ok()).collect()
            }
        }
    }
}
