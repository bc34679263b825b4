//! Conversion of the files to the core's settings. Every default is the core's own; none is hidden here (I06).

use super::agents::{AgentEntry, AgentsFile};
use super::file::{ConfigFile, Github};
use crate::config::runners;
use octopoid_core::model::{InvalidId, Policy, RoleName};
use octopoid_core::orchestrator::{
    AgentSettings, GithubSettings, Limits, MergeSettings, Settings, TestSettings, WorktreeSettings,
};
use octopoid_core::role::AgentDefaults;
use octopoid_core::store::Retention;
use std::collections::BTreeMap;
use std::time::Duration;

/// Returns the bounds of the state machine.
pub(crate) fn policy(config: &ConfigFile) -> Policy {
    let default = Policy::default();
    let limits = config.limits.clone().unwrap_or_default();
    let rounds = config.review.as_ref().and_then(|review| review.rounds);
    default
        .clone()
        .with_review_rounds(rounds.unwrap_or(default.review_rounds))
        .with_attempts(limits.attempts.unwrap_or(default.attempts))
        .with_conflicts(limits.conflicts.unwrap_or(default.conflicts))
        .with_turns(
            limits.burnout_turns.unwrap_or(default.burnout_turns),
            limits.turns.unwrap_or(default.turn_limit),
        )
        .with_breakdown(
            limits.subtasks.unwrap_or(default.max_subtasks),
            limits.breakdown_depth.unwrap_or(default.max_depth),
        )
}

/// Returns the orchestrator's settings.
pub(crate) fn settings(
    config: &ConfigFile,
    environment: BTreeMap<String, String>,
) -> Result<Settings, InvalidId> {
    let server = config.server.clone().unwrap_or_default();
    let mut settings = Settings::new(server.orchestrator()?, config.repo.base_branch.clone());
    settings.scope = server.scope()?;
    settings.remote = config.repo.remote.clone();
    settings.folder = config.repo.start_folder();
    settings.test = config.test.as_ref().map(|test| {
        let mut command = TestSettings::new(test.command.clone());
        if let Some(seconds) = test.timeout_seconds {
            command.timeout = Duration::from_secs(seconds);
        }
        command.env = test.env.clone();
        command.clean = test.clean;
        command
    });
    if let Some(worktree) = &config.worktree {
        settings.worktree = WorktreeSettings::default().with_copy(&worktree.copy).with_link(&worktree.link);
        settings.worktree.setup.clone_from(&worktree.setup);
    }
    if let Some(leftovers) = &config.leftovers {
        let limits = &mut settings.leftovers;
        limits.files = leftovers.files.unwrap_or(limits.files);
        limits.bytes = leftovers.bytes.unwrap_or(limits.bytes);
    }
    settings.protected.clone_from(&config.protected);
    if let Some(merge) = &config.merge {
        let default = MergeSettings::default();
        settings.merge.strategy = merge.strategy.unwrap_or(default.strategy);
        settings.merge.auto = merge.auto.unwrap_or(default.auto);
    }
    if let Some(seconds) = config.lease.as_ref().and_then(|lease| lease.seconds) {
        settings.lease = Duration::from_secs(seconds);
    }
    settings.limits = limits(config);
    settings.retention = retention(config);
    settings.environment = environment;
    Ok(settings)
}

/// Returns the settings for GitHub, with the token.
pub(crate) fn github(file: Github, token: String) -> GithubSettings {
    let mut settings = GithubSettings::new(token);
    settings.api_url = file.api_url.unwrap_or(settings.api_url);
    settings.repository = file.repository;
    settings.required_approvals = file.required_approvals.unwrap_or(settings.required_approvals);
    settings.checks_grace = file.checks_grace_seconds.map_or(settings.checks_grace, Duration::from_secs);
    settings.poll = file.poll_seconds.map_or(settings.poll, Duration::from_secs);
    settings
}

/// Returns how long records are kept, by this machine or by the server that it runs.
pub(crate) fn retention(config: &ConfigFile) -> Retention {
    let default = Retention::default();
    let file = config.retention.unwrap_or_default();
    let keep = |units: Option<u32>, seconds: u64, default: Option<Duration>| match units {
        None => default,
        Some(0) => None,
        Some(units) => Some(Duration::from_secs(u64::from(units) * seconds)),
    };
    let days = |units, default| keep(units, 24 * 3600, default);
    default
        .with_logs(days(file.logs_days, default.logs), days(file.transcripts_days, default.transcripts))
        .with_history(days(file.events_days, default.events), days(file.runs_days, default.runs))
        .with_replies(keep(file.replies_hours, 3600, default.replies))
}

fn limits(config: &ConfigFile) -> Limits {
    let mut limits = Limits::default();
    let Some(file) = &config.limits else { return limits };
    if let Some(agents) = file.agents {
        // More agents than claims would leave some of them idle for ever.
        limits = limits.with_agents(agents as usize);
    }
    limits.claimed = file.claimed.unwrap_or(limits.claimed);
    limits.provisional = file.provisional.unwrap_or(limits.provisional);
    limits.cost_usd_per_task = file.cost_usd_per_task.unwrap_or(limits.cost_usd_per_task);
    limits.cost_usd_per_day = file.cost_usd_per_day.unwrap_or(limits.cost_usd_per_day);
    limits
}

/// Returns the agents, one for each instance.
pub(crate) fn agent_settings(file: &AgentsFile) -> Vec<AgentSettings> {
    file.agents.iter().flat_map(|entry| of_entry(entry, file)).collect()
}

/// Returns the agents with the defaults of their roles and of the file.
///
/// `takes` says whether a role has a setting, which decides what it gets of those common to all.
pub(crate) fn agents_in_full<'a>(
    file: &AgentsFile,
    of_role: impl Fn(&RoleName) -> Option<&'a AgentDefaults>,
    takes: impl Fn(&RoleName, &str) -> bool,
) -> Vec<AgentSettings> {
    let last = AgentDefaults::default().with_runner(Some(file.runner().to_owned()));
    let in_full = |agent: AgentSettings, entry: &AgentEntry| {
        let agent = match of_role(&agent.role) {
            Some(defaults) => agent.with_defaults(defaults),
            None => agent,
        };
        let mut agent = agent.with_defaults(&last);
        if entry.env.is_none() {
            agent.env = runners::default_env(agent.runner.as_deref().unwrap_or_default(), &agent.command);
        }
        agent
            .env
            .extend(file.env.iter().filter(|name| !agent.env.contains(name)).cloned().collect::<Vec<_>>());
        agent.settings = file.settings_of(entry, |name| takes(&entry.role, name));
        agent
    };
    let of_entry = |entry| of_entry(entry, file).into_iter().map(move |agent| in_full(agent, entry));
    file.agents.iter().flat_map(of_entry).collect()
}

fn of_entry(entry: &AgentEntry, file: &AgentsFile) -> Vec<AgentSettings> {
    let build = |name| {
        let mut agent = AgentSettings::new(name, entry.role.clone());
        agent.runner = entry.own_runner(file).map(str::to_owned);
        agent.model = entry.model.clone();
        agent.max_turns = entry.max_turns;
        agent.interval = entry.interval_seconds.map_or(agent.interval, Duration::from_secs);
        agent.paused = entry.paused;
        agent.command = entry.command.clone();
        agent.tools = entry.tools.clone();
        agent.timeout = entry.timeout_seconds.map(Duration::from_secs);
        agent.idle_timeout = entry.idle_timeout_seconds.map(Duration::from_secs);
        agent.budget_usd = entry.budget_usd;
        agent.env = entry.env.clone().unwrap_or_default();
        agent.account.clone_from(&entry.account);
        agent.push = entry.push;
        agent.settings = entry.settings.clone().unwrap_or_default();
        agent
    };
    entry.names().into_iter().map(build).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn instances_become_numbered_agents() {
        let file: AgentsFile = serde_yaml::from_str(
            "runner: claude\nagents:\n  - { name: a, role: implement, instances: 2, max_turns: 7 }\n  - { name: b, role: review, command: [x] }\n",
        )
        .unwrap();
        let agents = agent_settings(&file);
        let names: Vec<_> = agents.iter().map(|agent| agent.name.as_str()).collect();
        assert_eq!(names, ["a.1", "a.2", "b"]);
        assert_eq!(agents[1].max_turns, Some(7));
        assert_eq!(agents[1].runner, None, "its role may name another than the file");
        assert_eq!(agents[2].runner.as_deref(), Some("command"));
    }

    #[test]
    fn an_agent_that_names_nothing_is_driven_by_claude_with_its_key() {
        let runner = |text: &str| {
            let file: AgentsFile = serde_yaml::from_str(text).unwrap();
            let role = AgentDefaults::default().with_runner(Some("command".to_owned()));
            let of_role = |name: &RoleName| (name.as_str() == "docs").then_some(&role);
            let agent = agents_in_full(&file, of_role, |_, _| true).remove(0);
            (agent.runner.unwrap(), agent.env)
        };
        let claude = ("claude".to_owned(), vec!["ANTHROPIC_API_KEY".to_owned()]);
        assert_eq!(runner("agents: [{ name: a, role: implement }]"), claude);
        assert_eq!(runner("runner: claude\nagents: [{ name: a, role: implement }]"), claude);
        let none = |runner: &str| (runner.to_owned(), Vec::new());
        assert_eq!(runner("agents: [{ name: a, role: implement, env: [] }]"), none("claude"));
        assert_eq!(runner("agents: [{ name: a, role: docs }]"), none("command"));
        assert_eq!(runner("agents: [{ name: a, role: implement, command: [x] }]"), none("command"));
    }

    #[test]
    fn what_is_common_to_all_agents_adds_to_what_is_their_own() {
        let file: AgentsFile = serde_yaml::from_str(
            "env: [PROXY, ANTHROPIC_API_KEY]\nsettings: { style: short, tone: dry }\nagents:\n  - { name: a, role: implement }\n  \
             - { name: b, role: docs, env: [OWN], settings: { tone: warm } }\n",
        )
        .unwrap();
        let takes = |role: &RoleName, name: &str| role.as_str() == "docs" && name != "hue";
        let agents = agents_in_full(&file, |_| None, takes);
        assert_eq!(agents[0].env, ["ANTHROPIC_API_KEY", "PROXY"]);
        assert_eq!(agents[1].env, ["OWN", "PROXY", "ANTHROPIC_API_KEY"]);
        assert_eq!(agents[0].settings, serde_json::Value::Null);
        assert_eq!(agents[1].settings, serde_json::json!({ "style": "short", "tone": "warm" }));
    }

    #[test]
    fn i06_what_the_file_says_of_github_reaches_the_settings() {
        let config: ConfigFile = serde_yaml::from_str(
            "repo: { base_branch: main }\ngithub: { repository: a/b, required_approvals: 2, checks_grace_seconds: 0, poll_seconds: 7 }\n",
        )
        .unwrap();
        let settings = github(config.github.unwrap(), "key".to_owned());
        assert_eq!((settings.repository.as_deref(), settings.required_approvals), (Some("a/b"), 2));
        assert_eq!((settings.checks_grace, settings.poll), (Duration::ZERO, Duration::from_secs(7)));
    }

    #[test]
    fn i06_what_the_file_says_of_worktrees_reaches_the_settings() {
        let config: ConfigFile = serde_yaml::from_str(
            "repo: { base_branch: main }\ntest: { command: x, clean: true }\nworktree: { setup: npm ci, copy: [.env], link: [node_modules] }\n\
             leftovers: { files: 3 }\nprotected: ['.github/**']\n",
        )
        .unwrap();
        let settings = settings(&config, BTreeMap::new()).unwrap();
        assert!(settings.test.unwrap().clean);
        assert_eq!(settings.worktree.setup.as_deref(), Some("npm ci"));
        assert_eq!(settings.worktree.copy, [Path::new(".env")]);
        assert_eq!(settings.worktree.link, [Path::new("node_modules")]);
        assert_eq!(
            (settings.leftovers.files, settings.leftovers.bytes),
            (3, octopoid_core::orchestrator::LeftoverLimits::default().bytes)
        );
        assert_eq!(settings.protected, [".github/**"]);
        let file: AgentsFile =
            serde_yaml::from_str("agents:\n  - { name: a, role: implement, push: true }\n").unwrap();
        assert!(agent_settings(&file)[0].push);
    }

    #[test]
    fn i06_configured_retention_reaches_the_settings_and_0_is_for_ever() {
        let config: ConfigFile = serde_yaml::from_str(
            "repo: { base_branch: main }\nretention: { logs_days: 0, transcripts_days: 2, runs_days: 7, replies_hours: 3 }\n",
        )
        .unwrap();
        let settings = settings(&config, BTreeMap::new()).unwrap();
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        let kept = settings.retention;
        assert_eq!(
            (kept.logs, kept.transcripts, kept.events),
            (None, hours(48), Retention::default().events)
        );
        assert_eq!((kept.runs, kept.replies), (hours(7 * 24), hours(3)));
    }

    #[test]
    fn i06_configured_limits_reach_the_settings_and_the_policy() {
        let config: ConfigFile = serde_yaml::from_str(
            "repo: { base_branch: trunk, remote: up, folder: ./services/api/ }\nreview: { rounds: 7 }\nlease: { seconds: 60 }\n\
             limits: { agents: 12, turns: 9, burnout_turns: 5, attempts: 2, conflicts: 1, subtasks: 8, breakdown_depth: 1, cost_usd_per_task: 1.5 }\n",
        )
        .unwrap();
        let settings = settings(&config, BTreeMap::new()).unwrap();
        assert_eq!((settings.base_branch.as_str(), settings.remote.as_deref()), ("trunk", Some("up")));
        assert_eq!((settings.limits.agents, settings.limits.claimed), (12, 12));
        assert_eq!(settings.folder.as_deref(), Some(Path::new("services/api")));
        assert!((settings.limits.cost_usd_per_task - 1.5).abs() < f64::EPSILON);
        assert_eq!(settings.lease, Duration::from_secs(60));
        let policy = policy(&config);
        assert_eq!((policy.review_rounds, policy.attempts, policy.conflicts), (7, 2, 1));
        assert_eq!((policy.max_subtasks, policy.max_depth), (8, 1));
        assert_eq!((policy.turn_limit, policy.burnout_turns), (9, 5));
    }
}
