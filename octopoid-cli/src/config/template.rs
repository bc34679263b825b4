//! The files that `octopoid init` writes: every default spelled out, with comments.

use super::edit::Setting;
use super::runners;
use super::scalar::{quoted, scalar};
use octopoid_core::model::{Policy, RoleName};
use octopoid_core::orchestrator::{GithubSettings, LeftoverLimits, Limits, Settings, TestSettings};
use octopoid_core::store::Retention;
use std::time::Duration;

/// The answers that `octopoid init` found or was given.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    /// The server whose queue is worked on; none for this machine's own.
    pub(crate) server: Option<ServerAnswer>,
    pub(crate) base_branch: String,
    pub(crate) remote: Option<String>,
    /// The folder in which agents and tests start.
    pub(crate) folder: Option<String>,
    pub(crate) test: Option<String>,
    /// The runner of agents that name none.
    pub(crate) runner: String,
    /// The agents, with the runner of their own where it differs.
    pub(crate) agents: Vec<AgentAnswer>,
}

/// A server, and the name of this machine there.
#[derive(Debug, Clone)]
pub(crate) struct ServerAnswer {
    pub(crate) url: String,
    pub(crate) cluster: String,
    pub(crate) machine_id: String,
    pub(crate) scope: octopoid_core::model::Scope,
}

impl ServerAnswer {
    /// Returns the settings of the section, as YAML.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        vec![
            ("enabled", "true".to_owned()),
            ("url", scalar(&self.url)),
            ("cluster", scalar(&self.cluster)),
            ("machine_id", scalar(&self.machine_id)),
            ("scope", scalar(self.scope.as_str())),
        ]
    }

    /// Renders the whole section.
    pub(crate) fn yaml(&self) -> String {
        format!(
            "# The key is not here: it comes from OCTOPOID_API_KEY, or from .octopoid/api-key with mode 600.\nserver:\n  \
             enabled: true\n  url: {}\n  cluster: {}               # the group of machines\n  \
             machine_id: {}\n  scope: {}                 # the queue; each cluster has its own unless told otherwise\n\n",
            scalar(&self.url),
            scalar(&self.cluster),
            scalar(&self.machine_id),
            scalar(self.scope.as_str())
        )
    }
}

/// One entry of `agents.yaml`.
#[derive(Debug, Clone)]
pub(crate) struct AgentAnswer {
    pub(crate) name: String,
    pub(crate) role: RoleName,
    pub(crate) runner: Option<String>,
    pub(crate) instances: u32,
    /// The command line, for the runner `command`.
    pub(crate) command: Vec<String>,
}

impl AgentAnswer {
    pub(crate) fn new(name: &str, role: RoleName, instances: u32) -> Self {
        Self { name: name.to_owned(), role, runner: None, instances, command: Vec::new() }
    }

    /// Returns whether its command has yet to be named; `default_runner` is that of the file.
    pub(crate) fn lacks_command(&self, default_runner: &str) -> bool {
        runners::needs_command(self.runner.as_deref().unwrap_or(default_runner)) && self.command.is_empty()
    }
}

/// Renders the comment on where tests run.
const CLEAN: &str =
    "clean: false                  # true: in a fresh checkout of the commit, without ignored files";

/// Renders `config.yaml`.
pub(crate) fn config_yaml(answers: &Answers) -> String {
    let (policy, limits) = (Policy::default(), Limits::default());
    let seconds = TestSettings::new("").timeout.as_secs();
    let remote = match &answers.remote {
        Some(remote) => {
            format!("  remote: {}                # landed work is pushed there\n", scalar(remote))
        }
        None => "  # remote: origin              # where landed work is pushed; without it all stays here\n"
            .to_owned(),
    };
    let folder = match &answers.folder {
        Some(folder) => {
            format!("  folder: {}  # agents and tests start there; without it at the top\n", scalar(folder))
        }
        None => {
            "  # folder: services/api        # where agents and tests start, instead of the top\n".to_owned()
        }
    };
    let test = match &answers.test {
        Some(test) => {
            format!("test:\n  command: {}\n  timeout_seconds: {seconds}\n  {CLEAN}\n", scalar(test))
        }
        None => format!(
            "# test:                           # without it, work lands untested\n#   command: make check\n#   timeout_seconds: {seconds}\n#   {CLEAN}\n"
        ),
    };
    let (lease, leftovers) = (default_lease(), LeftoverLimits::default());
    let github = GithubSettings::new("");
    let retention = Retention::default();
    let server = answers.server.as_ref().map(ServerAnswer::yaml).unwrap_or_default();
    format!(
        "\
# Octopoid: how this repository is worked on. `octopoid validate` checks it.

{server}repo:
  base_branch: {base}             # tasks start from it and land on it
{remote}{folder}
database: .octopoid/octopoid.db
forge: local                    # work lands by moving the base branch; github: through pull requests
# github:                       # for these; the key is GITHUB_TOKEN, or what `gh` keeps
#   repository: owner/name      # unless that is what the remote's address says
#   api_url: {api_url}
#   required_approvals: {approvals}       # of people, before a pull request is merged
#   checks_grace_seconds: {grace}    # how long one without any check is given for a check to begin
#   poll_seconds: {poll}            # the longest pause between two looks at one that waits

# Run by `sh -c` in the task's worktree, after each attempt and again before landing.
{test}
# Done with each fresh worktree, and with the checkout of `test.clean`. Paths are of your checkout; git has to ignore them.
# worktree:
#   setup: npm ci
#   copy: [.env]
#   link: [node_modules]

protected: []                   # such as [\".github/**\", Cargo.lock]: work that changes these waits for a person

leftovers:                      # what an agent left that committed nothing is committed for it, up to
  files: {files}                    # new files
  bytes: {bytes}

merge:
  strategy: rebase              # rebase | squash | merge
  auto: true                    # false: a person approves each task before it lands

review:
  rounds: {rounds}                     # rejections after which a person decides

lease:
  seconds: {lease}                  # how long a claim outlives a dead orchestrator

auto_breakdown: false           # true: tasks of size L and XL are broken down first

limits:
  agents: {agents}                     # at work at once
  claimed: {claimed}                    # tasks in hand at once
  provisional: {provisional}               # submitted tasks from which on no new work is begun
  attempts: {attempts}                   # charged attempts after which a person decides
  conflicts: {conflicts}                  # conflicts with the base branch after which a person decides
  turns: {turns}                    # an agent is stopped beyond them, unless its `max_turns` are fewer
  burnout_turns: {burnout}             # without a commit, that count as burnt out
  subtasks: {subtasks}                  # parts that one task is broken down into at most
  breakdown_depth: {depth}            # how often in a row parts are broken down again
  cost_usd_per_task: {per_task:.1}
  cost_usd_per_day: {per_day:.1}

retention:                      # of what is over; 0 keeps it for ever
  logs_days: {logs}                 # logs of the orchestrator, its agents and tasks
  transcripts_days: {transcripts}          # what agents said and did in each attempt
  events_days: {events}               # the history of tasks
  runs_days: {runs}                # records of attempts, of which costs are summed up
  replies_hours: {replies}             # answers that a server keeps for repeated requests
",
        base = scalar(&answers.base_branch),
        api_url = github.api_url,
        approvals = github.required_approvals,
        grace = github.checks_grace.as_secs(),
        poll = github.poll.as_secs(),
        files = leftovers.files,
        bytes = leftovers.bytes,
        rounds = policy.review_rounds,
        agents = limits.agents,
        claimed = limits.claimed,
        provisional = limits.provisional,
        attempts = policy.attempts,
        conflicts = policy.conflicts,
        turns = policy.turn_limit,
        burnout = policy.burnout_turns,
        subtasks = policy.max_subtasks,
        depth = policy.max_depth,
        per_task = limits.cost_usd_per_task,
        per_day = limits.cost_usd_per_day,
        logs = units(retention.logs, 24),
        transcripts = units(retention.transcripts, 24),
        events = units(retention.events, 24),
        runs = units(retention.runs, 24),
        replies = units(retention.replies, 1),
    )
}

/// Renders a retention in units of so many hours; 0 is for ever.
fn units(keep: Option<Duration>, hours: u64) -> u64 {
    keep.map_or(0, |keep| keep.as_secs() / 3600 / hours)
}

fn default_lease() -> u64 {
    match octopoid_core::model::OrchestratorId::new("local-1") {
        Ok(id) => Settings::new(id, "main").lease.as_secs(),
        Err(_) => unreachable!("the id is valid"),
    }
}

/// Renders `agents.yaml`.
pub(crate) fn agents_yaml(answers: &Answers) -> String {
    let mut text = format!(
        "\
# The agents. `octopoid validate` checks this file; a running orchestrator reads it at its next start.
# More keys for an agent: model, max_turns, interval_seconds, paused, tools, timeout_seconds,
# idle_timeout_seconds, budget_usd, account, push, settings, and for the runners `command`, `acp` and `codex`:
# command: [./my-agent, --flag].

runner: {}                  # for agents that name none: claude | codex | acp | command

agents:
",
        scalar(&answers.runner)
    );
    for agent in &answers.agents {
        text.push_str(&entry(agent, &answers.runner));
    }
    if !answers.agents.iter().any(|agent| agent.role == RoleName::breakdown()) {
        // Without one, nobody would take what `enqueue --breakdown` and `auto_breakdown` ask for.
        text.push_str(
            "\n  # Breaks large tasks down into smaller ones: see `auto_breakdown` in config.yaml.\n",
        );
        let agent = AgentAnswer::new("planner", RoleName::breakdown(), 1);
        for line in entry(&agent, &answers.runner).lines() {
            text.push_str(&format!("  # {}\n", &line[2..]));
        }
    }
    text
}

fn entry(agent: &AgentAnswer, default_runner: &str) -> String {
    let runner = agent.runner.as_deref().unwrap_or(default_runner);
    let mut text = format!("  - name: {}\n    role: {}\n", scalar(&agent.name), agent.role);
    if let Some(runner) = agent.runner.as_deref().filter(|runner| *runner != default_runner) {
        text.push_str(&format!("    runner: {}\n", scalar(runner)));
    }
    if agent.instances > 1 {
        let (name, count) = (&agent.name, agent.instances);
        text.push_str(&format!("    instances: {count}                # {name}.1 to {name}.{count}\n"));
    }
    if agent.lacks_command(default_runner) {
        let example = if runner == "acp" { "gemini, --acp" } else { "./my-agent, --flag" };
        text.push_str(&format!(
            "    command: []                 # your program and its arguments, such as [{example}]\n"
        ));
    } else if !agent.command.is_empty() {
        let words: Vec<_> = agent.command.iter().map(|word| quoted(word)).collect();
        text.push_str(&format!("    command: [{}]\n", words.join(", ")));
    }
    let env = runners::default_env(runner, &agent.command).join(", ");
    if !env.is_empty() {
        let line = format!("    env: [{env}]");
        text.push_str(&format!("{line:<31} # passed on where it is set; a login of the program works too\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{AgentsFile, ConfigFile, agent_settings, github, policy, settings};
    use super::*;
    use octopoid_core::model::OrchestratorId;
    use std::collections::BTreeMap;

    fn answers() -> Answers {
        Answers {
            server: None,
            base_branch: "feature/ü #1".to_owned(),
            remote: None,
            folder: None,
            test: None,
            runner: "claude".to_owned(),
            agents: vec![
                AgentAnswer::new("implementer", RoleName::implement(), 2),
                AgentAnswer {
                    runner: Some("command".into()),
                    command: vec!["a b".into(), "--x=\"1\"".into()],
                    ..AgentAnswer::new("reviewer", RoleName::review(), 1)
                },
            ],
        }
    }

    #[test]
    fn i06_what_init_writes_are_the_defaults_of_the_core() {
        let config: ConfigFile = serde_yaml::from_str(&config_yaml(&answers())).unwrap();
        let read = settings(&config, BTreeMap::new()).unwrap();
        assert_eq!(read, Settings::new(OrchestratorId::new("local-1").unwrap(), "feature/ü #1"));
        assert_eq!(policy(&config), Policy::default());
        // What is only offered is right as well, once its marks are taken away.
        let offered =
            ["github", "test", "worktree"].into_iter().fold(config_yaml(&answers()), |text, section| {
                text.replace(&format!("\n# {section}:"), &format!("\n{section}:"))
            });
        let offered = offered.replace("\n#   ", "\n  ");
        let config: ConfigFile = serde_yaml::from_str(&offered).unwrap();
        let offered = config.github.unwrap();
        assert_eq!(offered.repository.as_deref(), Some("owner/name"));
        let (read, default) = (github(offered, String::new()), GithubSettings::new(""));
        assert_eq!((&read.api_url, read.required_approvals), (&default.api_url, default.required_approvals));
        assert_eq!((read.checks_grace, read.poll), (default.checks_grace, default.poll));
    }

    #[test]
    fn what_init_was_told_is_in_the_files() {
        let told = Answers {
            remote: Some("up".into()),
            folder: Some("a b/#1".into()),
            test: Some("make \"all\": # x".into()),
            ..answers()
        };
        let config: ConfigFile = serde_yaml::from_str(&config_yaml(&told)).unwrap();
        assert_eq!(config.repo.remote.as_deref(), Some("up"));
        assert_eq!(config.repo.folder.as_deref(), Some(std::path::Path::new("a b/#1")));
        assert_eq!(config.test.unwrap().command, "make \"all\": # x");
        let file: AgentsFile = serde_yaml::from_str(&agents_yaml(&told)).unwrap();
        let agents = agent_settings(&file);
        assert_eq!(agents.len(), 3);
        assert_eq!(agents[2].command, ["a b", "--x=\"1\""]);
        assert_eq!(agents[0].env, ["ANTHROPIC_API_KEY"]);
        // What is only offered is right as well, once its marks are taken away.
        let offered = agents_yaml(&told).replace("  # Breaks", "  #Breaks").replace("\n  # ", "\n  ");
        let file: AgentsFile = serde_yaml::from_str(&offered.replace("  #Breaks", "  # Breaks")).unwrap();
        let agents = agent_settings(&file);
        assert_eq!((agents[3].name.as_str(), &agents[3].role), ("planner", &RoleName::breakdown()));
    }
}
