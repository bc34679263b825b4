//! Checks of the files against each other, the roles, the runners and the repository.

use super::agents::{AgentEntry, AgentsFile};
use super::file::{ConfigFile, Server};
use super::locate::Step::{Item, Key};
use super::locate::{Step, line_of};
use super::original;
use super::problem::{Problem, closest};
use super::read::Document;
use super::runners;
use octopoid_core::model::{AgentName, RoleName};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Component;

/// What the files may refer to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) roles: BTreeSet<RoleName>,
    pub(crate) runners: Vec<String>,
    /// The runners that roles name for their agents.
    pub(crate) role_runners: BTreeMap<RoleName, String>,
    /// The repository's branches and remotes; none when it could not be read, which is reported elsewhere.
    pub(crate) branches: Option<Vec<String>>,
    pub(crate) remotes: Option<Vec<String>>,
    /// Whether the base branch has the configured folder; none where that could not be asked.
    pub(crate) has_folder: Option<bool>,
    /// The longest lease that the store grants, in seconds.
    pub(crate) max_lease: u64,
}

/// Collects the problems of one file.
struct Report<'a, T> {
    document: &'a Document<T>,
    problems: Vec<Problem>,
}

impl<T> Report<'_, T> {
    fn add(&mut self, at: &[Step<'_>], problem: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem {
            file: self.document.path.clone(),
            line: line_of(&self.document.text, at),
            problem: problem.into(),
            fix: fix.into(),
        });
    }

    /// Returns the problems in the order of the file.
    fn in_order(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.line);
        self.problems
    }

    /// Checks a number that must not be zero.
    fn positive(&mut self, at: &[Step<'_>], name: &str, value: Option<u64>) {
        if value == Some(0) {
            self.add(at, format!("`{name}` is 0"), "use 1 or more, or remove the line for the default");
        }
    }

    /// Checks an amount of money.
    fn money(&mut self, at: &[Step<'_>], name: &str, value: Option<f64>) {
        if value.is_some_and(|value| !value.is_finite() || value <= 0.0) {
            self.add(at, format!("`{name}` is not an amount of money above 0"), "use a number such as 5.0");
        }
    }
}

/// Returns the problems of both files.
pub(crate) fn check(
    config: &Document<ConfigFile>,
    agents: &Document<AgentsFile>,
    known: &Known,
) -> Vec<Problem> {
    let mut problems = check_config(config, known);
    problems.extend(check_agents(agents, known));
    problems
}

fn check_config(document: &Document<ConfigFile>, known: &Known) -> Vec<Problem> {
    let mut report = Report { document, problems: Vec::new() };
    let config = &document.value;
    if let Some(server) = &config.server {
        check_server(&mut report, server);
        if let Err(error) = server.orchestrator() {
            report.add(&[Key("server")], error.to_string(), "shorten or fix `cluster` and `machine_id`");
        }
    }
    check_repo(&mut report, known);
    check_folder(&mut report, known);
    if let Some(test) = &config.test {
        if test.command.trim().is_empty() {
            report.add(
                &[Key("test"), Key("command")],
                "`test.command` is empty",
                "name a command, or remove `test` to let work land untested",
            );
        }
        report.positive(&[Key("test"), Key("timeout_seconds")], "test.timeout_seconds", test.timeout_seconds);
    }
    check_worktree(&mut report);
    let rounds = config.review.as_ref().and_then(|review| review.rounds);
    report.positive(&[Key("review"), Key("rounds")], "review.rounds", rounds.map(u64::from));
    if let Some(seconds) = config.lease.as_ref().and_then(|lease| lease.seconds)
        && !(10..=known.max_lease).contains(&seconds)
    {
        let rule = format!("use 10 to {}; 300 is usual", known.max_lease);
        report.add(&[Key("lease"), Key("seconds")], format!("a lease of {seconds} s does not work"), rule);
    }
    check_github(&mut report);
    check_limits(&mut report);
    check_retention(&mut report);
    report.in_order()
}

/// Checks paths that must stay in the repository, and patterns.
fn check_worktree(report: &mut Report<'_, ConfigFile>) {
    let config = report.document.value.clone();
    let worktree = config.worktree.unwrap_or_default();
    for (name, paths) in [("copy", &worktree.copy), ("link", &worktree.link)] {
        for path in paths {
            let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
            if !inside || path.as_os_str().is_empty() {
                report.add(
                    &[Key("worktree"), Key(name)],
                    format!(
                        "`worktree.{name}` has `{}`, which is not a path within the repository",
                        path.display()
                    ),
                    "name it relative to the repository's top, such as `.env`",
                );
            }
        }
    }
    if config.protected.iter().any(|pattern| pattern.trim().is_empty() || pattern.starts_with('/')) {
        report.add(
            &[Key("protected")],
            "`protected` has a pattern that matches nothing",
            "write patterns relative to the repository's top, such as `.github/**`",
        );
    }
}

fn check_server(report: &mut Report<'_, ConfigFile>, server: &Server) {
    if !server.is_remote() {
        return;
    }
    match &server.url {
        None => report.add(
            &[Key("server")],
            "`server` has no `url`",
            "name the server, such as `url: https://octopoid.example.org`, or set `enabled: false`",
        ),
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => report.add(
            &[Key("server"), Key("url")],
            format!("`{url}` is not the address of a server"),
            "write it as `https://name` or `http://name:port`",
        ),
        Some(_) => {}
    }
    if let Err(error) = server.scope() {
        report.add(
            &[Key("server")],
            format!("the cluster's name is no name of a scope: {error}"),
            "name the queue by itself, such as `scope: prod`",
        );
    }
    for (name, value) in [("cluster", &server.cluster), ("machine_id", &server.machine_id)] {
        if value.is_none() {
            report.add(
                &[Key("server")],
                format!("`server` has no `{name}`"),
                "name this machine: two machines of one name would take each other's tasks",
            );
        }
    }
}

fn check_repo(report: &mut Report<'_, ConfigFile>, known: &Known) {
    let repo = &report.document.value.repo;
    if let Some(branches) = &known.branches
        && !branches.contains(&repo.base_branch)
    {
        let fix = match closest(&repo.base_branch, branches.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if branches.is_empty() => "the repository has no branch yet: make a first commit".to_owned(),
            None => format!("use one of {}", some_of(branches)),
        };
        let problem = format!("the repository has no branch `{}`", repo.base_branch);
        report.add(&[Key("repo"), Key("base_branch")], problem, fix);
    }
    if let (Some(remotes), Some(remote)) = (&known.remotes, &repo.remote)
        && !remotes.contains(remote)
    {
        let fix = match closest(remote, remotes.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if remotes.is_empty() => "remove the line: the repository has no remote".to_owned(),
            None => format!("use one of {}", some_of(remotes)),
        };
        report.add(&[Key("repo"), Key("remote")], format!("the repository has no remote `{remote}`"), fix);
    }
}

fn check_folder(report: &mut Report<'_, ConfigFile>, known: &Known) {
    let repo = report.document.value.repo.clone();
    let Some(folder) = &repo.folder else { return };
    let at = [Key("repo"), Key("folder")];
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let names_one = folder.components().any(|part| matches!(part, Component::Normal(_)));
    if !folder.components().all(inside) || !names_one {
        let problem = format!(
            "`repo.folder` is `{}`, which is not a folder below the repository's top",
            folder.display()
        );
        report.add(&at, problem, "use a relative path such as `services/api`, or remove the line");
    } else if known.has_folder == Some(false) {
        let problem = format!("the branch `{}` has no folder `{}`", repo.base_branch, folder.display());
        report.add(&at, problem, "commit the folder there, name another one, or remove the line");
    }
}

fn check_github(report: &mut Report<'_, ConfigFile>) {
    let Some(github) = report.document.value.github.clone() else { return };
    // A pull request that is looked at less often than every hour looks like one that was forgotten.
    for (name, least, seconds) in
        [("checks_grace_seconds", 0, github.checks_grace_seconds), ("poll_seconds", 1, github.poll_seconds)]
    {
        if let Some(seconds) = seconds.filter(|seconds| !(least..=3600).contains(seconds)) {
            report.add(
                &[Key("github"), Key(name)],
                format!("`github.{name}` is {seconds}"),
                format!("use {least} to 3600, or remove the line for the default"),
            );
        }
    }
}

fn check_limits(report: &mut Report<'_, ConfigFile>) {
    let Some(limits) = report.document.value.limits.clone() else { return };
    for (name, value) in [
        ("agents", limits.agents.map(u64::from)),
        ("claimed", limits.claimed.map(u64::from)),
        ("provisional", limits.provisional),
        ("attempts", limits.attempts.map(u64::from)),
        ("conflicts", limits.conflicts.map(u64::from)),
        ("turns", limits.turns.map(u64::from)),
        ("burnout_turns", limits.burnout_turns.map(u64::from)),
        ("subtasks", limits.subtasks.map(u64::from)),
        ("breakdown_depth", limits.breakdown_depth.map(u64::from)),
    ] {
        report.positive(&[Key("limits"), Key(name)], &format!("limits.{name}"), value);
    }
    let money =
        [("cost_usd_per_task", limits.cost_usd_per_task), ("cost_usd_per_day", limits.cost_usd_per_day)];
    for (name, value) in money {
        report.money(&[Key("limits"), Key(name)], &format!("limits.{name}"), value);
    }
    if let (Some(agents), Some(claimed)) = (limits.agents, limits.claimed)
        && claimed < agents
    {
        report.add(
            &[Key("limits"), Key("claimed")],
            format!("`limits.claimed` is {claimed}, so {agents} agents never work at once"),
            format!("use {agents} or more"),
        );
    }
    let policy = super::policy(&report.document.value);
    if policy.burnout_turns > policy.turn_limit {
        report.add(
            &[Key("limits"), Key("burnout_turns")],
            format!(
                "`limits.burnout_turns` ({}) is above `limits.turns` ({})",
                policy.burnout_turns, policy.turn_limit
            ),
            "lower it: it is the number of turns without a commit that counts as burnt out",
        );
    }
}

/// A hundred years, in days and in hours.
const LONGEST: (u32, u32) = (36_500, 876_000);

fn check_retention(report: &mut Report<'_, ConfigFile>) {
    let Some(retention) = report.document.value.retention else { return };
    for (name, value, most) in [
        ("logs_days", retention.logs_days, LONGEST.0),
        ("transcripts_days", retention.transcripts_days, LONGEST.0),
        ("events_days", retention.events_days, LONGEST.0),
        ("runs_days", retention.runs_days, LONGEST.0),
        ("replies_hours", retention.replies_hours, LONGEST.1),
    ] {
        if let Some(value) = value.filter(|value| *value > most) {
            report.add(
                &[Key("retention"), Key(name)],
                format!("`retention.{name}` is {value}"),
                format!("use at most {most}, or 0 to keep them for ever"),
            );
        }
    }
}

/// The fix for settings that are no mapping.
const MAPPING: &str = "write `settings: {}` or `key: value` lines below it";

fn check_agents(document: &Document<AgentsFile>, known: &Known) -> Vec<Problem> {
    let mut report = Report { document, problems: Vec::new() };
    let file = &document.value;
    if file.agents.is_empty() {
        report.add(
            &[Key("agents")],
            "there are no agents",
            "add one, such as `- { name: implementer, role: implement }`",
        );
    }
    if let Some(runner) = &file.runner {
        check_runner(&mut report, &[Key("runner")], runner, known);
    }
    if file.settings.as_ref().is_some_and(|settings| !settings.is_object() && !settings.is_null()) {
        report.add(&[Key("settings")], "`settings` is not a mapping", MAPPING);
    }
    let mut names: BTreeSet<AgentName> = BTreeSet::new();
    for (number, entry) in file.agents.iter().enumerate() {
        check_entry(&mut report, number, entry, known);
        for name in entry.names() {
            if names.contains(&name) {
                let at = [Key("agents"), Item(number), Key("name")];
                report.add(
                    &at,
                    format!("another agent is called `{name}` too"),
                    "give each agent a name of its own",
                );
            }
            names.insert(name);
        }
    }
    report.in_order()
}

fn check_entry(report: &mut Report<'_, AgentsFile>, number: usize, entry: &AgentEntry, known: &Known) {
    let at = |key| [Key("agents"), Item(number), Key(key)];
    let file = &report.document.value;
    if !known.roles.contains(&entry.role) {
        let names = || known.roles.iter().map(RoleName::as_str);
        let of_original = original::role_of_original(entry.role.as_str()).map(|ours| format!("use `{ours}`"));
        let near = || closest(entry.role.as_str(), names()).map(|meant| format!("did you mean `{meant}`?"));
        let fix = of_original.or_else(near).unwrap_or_else(|| {
            format!(
                "use one of {}, or make .octopoid/roles/{}/role.yaml",
                names().collect::<Vec<_>>().join(", "),
                entry.role
            )
        });
        report.add(&at("role"), format!("there is no role `{}`", entry.role), fix);
    }
    let of_role = known.role_runners.get(&entry.role).map(String::as_str);
    let used = entry.own_runner(file).or(of_role).unwrap_or(file.runner());
    // The file's own runner is checked once, and so is a role's.
    if let Some(runner) = &entry.runner {
        check_runner(report, &at("runner"), runner, known);
    }
    if runners::needs_command(used) && entry.command.is_empty() {
        let example = if used == "acp" { "gemini, --acp" } else { "./my-agent, --flag" };
        report.add(
            &at("runner"),
            format!("agent `{}` has the runner `{used}`, but no command", entry.name),
            format!("add `command: [{example}]`"),
        );
    }
    if entry.instances.is_some_and(|count| !(1..=1000).contains(&count)) {
        report.add(
            &at("instances"),
            "`instances` is not from 1 to 1000",
            "use the number of agents you want",
        );
    } else if entry.names().is_empty() {
        report.add(&at("name"), "the name is too long to be numbered", "shorten it");
    }
    report.positive(&at("max_turns"), "max_turns", entry.max_turns.map(u64::from));
    report.positive(&at("timeout_seconds"), "timeout_seconds", entry.timeout_seconds);
    report.positive(&at("idle_timeout_seconds"), "idle_timeout_seconds", entry.idle_timeout_seconds);
    report.money(&at("budget_usd"), "budget_usd", entry.budget_usd);
    if entry.settings.as_ref().is_some_and(|settings| !settings.is_object() && !settings.is_null()) {
        report.add(&at("settings"), "`settings` is not a mapping", MAPPING);
    }
}

fn check_runner(report: &mut Report<'_, AgentsFile>, at: &[Step<'_>], runner: &str, known: &Known) {
    if known.runners.iter().any(|name| name == runner) {
        return;
    }
    let fix = match closest(runner, known.runners.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("use one of {}", known.runners.join(", ")),
    };
    report.add(at, format!("there is no runner `{runner}`"), fix);
}

fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > 8 { format!("{shown}, …") } else { shown }
}
