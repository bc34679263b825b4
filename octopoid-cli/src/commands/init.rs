//! `octopoid init`: looks at the repository and the machine, and writes `.octopoid`.

mod guess;
mod report;
mod switch;

use crate::args::{Init, RunnerKind};
use crate::assembly::Roles;
use crate::config::{AgentAnswer, Answers, Server, ServerAnswer, closest};
use crate::context::Context;
use crate::error::{CliError, Result, with_causes};
use crate::git::{Git, GitFailure};
use crate::installation::{self, FOLDER, Plan};
use octopoid_core::model::{OrchestratorId, RoleName, Scope};
use report::Report;
use std::path::{Path, PathBuf};

pub(super) async fn run(args: Init, context: &Context) -> Result<()> {
    let root = repository(context)?;
    let folder = root.join(FOLDER);
    if folder.join("config.yaml").exists() && !args.force {
        if args.local || args.server.is_some() {
            return switch::run(&args, &root, context).await;
        }
        return Err(CliError::refused(format!("{} is initialised already", root.display())).hint(
            "`octopoid validate` checks what is there; --local and --server switch the queue; --force \
             overwrites config.yaml and agents.yaml",
        ));
    }
    let git = Git::new(&context.environment, &root);
    let base_branch = base_branch(args.base_branch.as_deref(), &git)?;
    check_support(&root, &base_branch, context)?;
    let start_folder = start_folder(&base_branch, context)?;
    let remote = git.remotes().unwrap_or_default().into_iter().find(|remote| remote == "origin");
    let guessed =
        guess::test_command(&start_folder.as_ref().map_or(root.clone(), |folder| root.join(folder)));
    let test =
        args.test.clone().map_or(guessed.clone(), |told| Some(told).filter(|told| !told.trim().is_empty()));
    let programs = guess::agent_programs(&context.environment);
    let runner = args.runner.or_else(|| guess::runner(&programs)).unwrap_or(RunnerKind::Claude);
    let answers = Answers {
        server: server(&args, &Server::default(), context)?,
        base_branch,
        remote,
        folder: start_folder.as_ref().map(|folder| folder.display().to_string()),
        test,
        runner: runner.as_str().to_owned(),
        agents: with_commands(agents(&args, &folder)?, runner, &programs),
    };
    let shared = git.is_tracked(&folder.join("config.yaml"));
    let plan = Plan { root: root.clone(), answers: answers.clone(), ignore: !git.is_bare(), shared };
    let written = installation::write(&plan)?;

    let (args, root, programs) = (&args, root.as_path(), programs.as_slice());
    let report = Report { args, root, runner, answers: &answers, written: &written, programs };
    report::say(&report, context).await;
    Ok(())
}

/// The default cluster.
const CLUSTER: &str = "default";

/// Returns the server that was named, with this machine's earlier settings.
fn server(args: &Init, before: &Server, context: &Context) -> Result<Option<ServerAnswer>> {
    let Some(url) = &args.server else { return Ok(None) };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(CliError::usage(format!("`{url}` is not the address of a server"))
            .hint("write it as https://name or http://name:port"));
    }
    let cluster = args.cluster.clone().or(before.cluster.clone()).unwrap_or_else(|| CLUSTER.to_owned());
    let machine_id = match args.machine_id.clone().or(before.machine_id.clone()) {
        Some(told) => told,
        None => host_name(context).ok_or_else(|| {
            CliError::usage("this machine has no name of its own").hint("name it: --machine-id laptop-001")
        })?,
    };
    OrchestratorId::new(format!("{cluster}-{machine_id}")).map_err(|error| {
        CliError::usage(error.to_string()).hint("choose --cluster and --machine-id accordingly")
    })?;
    // The queue of another cluster is another one.
    let scope_before = before.scope.clone().filter(|_| before.cluster.as_ref() == Some(&cluster));
    let scope = match args.scope.clone().or(scope_before) {
        Some(told) => told,
        None => Scope::new(cluster.clone()).map_err(|error| {
            CliError::usage(error.to_string()).hint("name the queue on the server by itself: --scope NAME")
        })?,
    };
    let url = url.trim_end_matches('/').to_owned();
    Ok(Some(ServerAnswer { url, cluster, machine_id, scope }))
}

/// Returns the host's name without characters that an id may not have.
fn host_name(context: &Context) -> Option<String> {
    let name = context.environment.host_name()?;
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    Some(name).filter(|name| !name.is_empty())
}

/// Returns the repository to set up, which must have a commit to start from.
fn repository(context: &Context) -> Result<PathBuf> {
    if !context.directory.is_dir() {
        return Err(CliError::usage(format!("there is no folder {}", context.directory.display()))
            .hint("give an existing folder with --dir"));
    }
    let git = Git::new(&context.environment, &context.directory);
    let root = git.root().map_err(|error| match error {
        GitFailure::Missing(_) => {
            CliError::unavailable(error.to_string()).hint("install git and put it on PATH")
        }
        GitFailure::NoFolder(_) => {
            CliError::usage(error.to_string()).hint("give an existing folder with --dir")
        }
        GitFailure::Refused(why) => CliError::configuration(format!(
            "{} is not in a usable git repository: {why}",
            git.directory().display()
        ))
        .hint("go to a repository, or make one: git init && git add -A && git commit -m \"First commit\""),
    })?;
    if !Git::new(&context.environment, &root).has_commit() {
        return Err(CliError::configuration(format!("the repository {} has no commit yet", root.display()))
            .hint("make the first one: git add -A && git commit -m \"First commit\""));
    }
    Ok(root)
}

/// Checks that work in the repository can land.
fn check_support(root: &Path, branch: &str, context: &Context) -> Result<()> {
    let git = octopoid_core::git::Git::new(context.environment.variables.clone());
    let support = octopoid_core::git::check_support(&git, root, branch)
        .map_err(|error| CliError::unavailable(with_causes(&error)).hint("see that git works there"))?;
    let Some(first) = support.refused.first() else { return Ok(()) };
    let reasons: Vec<_> = support.refused.iter().map(ToString::to_string).collect();
    Err(CliError::configuration(format!("{} cannot be worked on: {}", root.display(), reasons.join("; ")))
        .hint(first.remedy()))
}

/// Returns the folder below the top in which the command was given: agents start there.
fn start_folder(branch: &str, context: &Context) -> Result<Option<PathBuf>> {
    let git = Git::new(&context.environment, &context.directory);
    let Some(folder) = git.prefix() else { return Ok(None) };
    if !git.has_folder(branch, &folder) {
        let words =
            format!("the branch `{branch}` has no folder `{}` for agents to start in", folder.display());
        return Err(CliError::configuration(words)
            .hint("commit the folder first, or run `octopoid init` at the repository's top"));
    }
    Ok(Some(folder))
}

fn base_branch(told: Option<&str>, git: &Git<'_>) -> Result<String> {
    let branches = git.branches().unwrap_or_default();
    match told {
        Some(told) if branches.iter().any(|branch| branch == told) => Ok(told.to_owned()),
        Some(told) => {
            let hint = match closest(told, branches.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("make it with `git branch {told}`"),
            };
            Err(CliError::usage(format!("the repository has no branch `{told}`")).hint(hint))
        }
        None => git.current_branch().ok_or_else(|| {
            CliError::usage("no branch is checked out, so there is no obvious base branch")
                .hint("name it: octopoid init --base-branch main")
        }),
    }
}

/// Returns two implementers and a reviewer, and an agent for every other role that was named.
fn agents(args: &Init, folder: &Path) -> Result<Vec<AgentAnswer>> {
    let mut agents = vec![
        AgentAnswer::new("implementer", RoleName::implement(), 2),
        AgentAnswer::new("reviewer", RoleName::review(), 1),
    ];
    let known = Roles::without_plugins(folder).names();
    for told in &args.role_runner {
        if !known.contains(&told.role) {
            let names: Vec<_> = known.iter().map(RoleName::as_str).collect();
            let hint = match closest(told.role.as_str(), names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are {}", names.join(", ")),
            };
            return Err(CliError::usage(format!("there is no role `{}`", told.role)).hint(hint));
        }
        let runner = Some(told.runner.as_str().to_owned());
        match agents.iter_mut().find(|agent| agent.role == told.role) {
            Some(agent) => agent.runner = runner,
            None => agents
                .push(AgentAnswer { runner, ..AgentAnswer::new(told.role.as_str(), told.role.clone(), 1) }),
        }
    }
    Ok(agents)
}

/// Returns the agents with the command of the program that was found for the runner `acp`.
fn with_commands(
    agents: Vec<AgentAnswer>,
    runner: RunnerKind,
    programs: &[guess::Found],
) -> Vec<AgentAnswer> {
    let command = guess::command_of(programs, RunnerKind::Acp).unwrap_or_default();
    let uses_acp = |agent: &AgentAnswer| agent.runner.as_deref().unwrap_or(runner.as_str()) == "acp";
    let fill = |agent: AgentAnswer| match uses_acp(&agent) {
        true => AgentAnswer { command: command.clone(), ..agent },
        false => agent,
    };
    agents.into_iter().map(fill).collect()
}
