//! Checks of agent programs and their keys. Keys are looked for, never printed (I28).

use super::Check;
use crate::assembly::Roles;
use crate::assembly::runners;
use crate::context::Context;
use crate::installation::Installation;
use octopoid_core::orchestrator::{AgentSettings, Settings};
use octopoid_core::runner::RunnerCheck;
use octopoid_roles::presets;
use std::collections::BTreeMap;

/// The variables in which claude looks for a key or a token.
const CLAUDE_KEYS: [&str; 2] = ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"];

/// Checks by each runner that its agents' programs can be started.
pub(super) async fn of_agents(installation: &Installation, roles: &Roles, context: &Context) -> Vec<Check> {
    let Ok(settings) = installation.settings(&context.environment) else { return Vec::new() };
    let mut checks = Vec::new();
    // Instances and agents alike share a program; one line for each is enough.
    let mut seen: BTreeMap<(String, Vec<String>, Vec<String>), Vec<AgentSettings>> = BTreeMap::new();
    for agent in crate::assembly::agents(installation, roles) {
        let key = (agent.runner.clone().unwrap_or_default(), agent.command.clone(), agent.env.clone());
        seen.entry(key).or_default().push(agent);
    }
    for ((name, command, env), agents) in seen {
        let all = runners::all(&installation.root, &context.environment);
        let Some(runner) = all.into_iter().find(|runner| runner.name() == name) else {
            continue;
        };
        let environment = settings.environment_for(&env);
        let names: Vec<_> = agents.iter().map(|agent| agent.name.as_str()).collect();
        let what = match command.first() {
            Some(program) => format!("{name} ({program}), for {}", names.join(", ")),
            None => format!("{name}, for {}", names.join(", ")),
        };
        let check = RunnerCheck::new(command, environment.clone());
        let usable = runner.check(&check).await;
        if name == "claude" && usable.is_ok() {
            checks.push(key(&environment, &settings));
        }
        checks.push(match usable {
            Ok(()) => Check::good("agent program", what),
            Err(error) => Check::bad("agent program", format!("{what}: {}", error.problem), error.remedy),
        });
    }
    checks
}

/// Checks that claude would get a key. A login of its own works too, but cannot be seen without using it.
fn key(passed: &BTreeMap<String, String>, settings: &Settings) -> Check {
    let is_set =
        |variables: &BTreeMap<String, String>, name: &str| variables.get(name).is_some_and(|v| !v.is_empty());
    if let Some(name) = CLAUDE_KEYS.into_iter().find(|name| is_set(passed, name)) {
        return Check::good("key", format!("{name} is set and passed on"));
    }
    match CLAUDE_KEYS.into_iter().find(|name| is_set(&settings.environment, name)) {
        Some(name) => Check::doubtful(
            "key",
            format!("{name} is set, but not passed on to the agents"),
            format!("add `env: [{name}]` to the agents in agents.yaml, unless claude is logged in"),
        ),
        None => Check::good("key", "none is set; claude has a login of its own"),
    }
}

/// Returns the checks that need no installation.
pub(super) fn without_installation(context: &Context) -> Vec<Check> {
    let found: Vec<_> = presets::all()
        .iter()
        .filter(|preset| preset.runner.is_some())
        .filter_map(|preset| Some((preset, context.environment.find_program(&preset.program)?)))
        .map(|(preset, path)| Check::good("agent program", format!("{} at {}", preset.name, path.display())))
        .collect();
    if !found.is_empty() {
        return found;
    }
    vec![Check::doubtful(
        "agent program",
        "no known agent program on PATH",
        "install one (npm install -g @anthropic-ai/claude-code), or use a program of your own",
    )]
}
