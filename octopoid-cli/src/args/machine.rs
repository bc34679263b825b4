//! The commands about the installation and the machine.

use clap::{Args, Subcommand, ValueEnum};
use octopoid_core::model::{RoleName, Scope};
use std::str::FromStr;

/// `init`
#[derive(Debug, Args)]
#[command(after_help = "\
Writes .octopoid/config.yaml and .octopoid/agents.yaml with everything it found out. git leaves the folder alone until a line of \
.octopoid/.gitignore is removed. In a folder below the repository's top, agents and tests start there (`repo.folder`).
Where that was done before, --local and --server only switch where the queue is, and leave everything else as it stands.

Examples:
  octopoid init
  octopoid init --server https://octopoid.example.org --cluster prod --machine-id laptop-001
  octopoid init --base-branch develop --test \"make check\"
  octopoid init --runner codex
  octopoid init --runner acp
  octopoid init --role-runner review=codex")]
pub(crate) struct Init {
    /// Keep everything on this machine, in .octopoid/octopoid.db; what is done unless --server is given.
    #[arg(long, conflicts_with = "server")]
    pub(crate) local: bool,
    /// Take tasks from the queue of this server, together with other machines.
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The group of machines that this one belongs to, such as prod or dev; `default` unless given. Each has a queue of its own.
    #[arg(long, value_name = "NAME", requires = "server")]
    pub(crate) cluster: Option<String>,
    /// The name of this machine within the cluster; its host name unless given.
    #[arg(long, value_name = "NAME", requires = "server")]
    pub(crate) machine_id: Option<String>,
    /// The scope on the server, whose queue is worked on and which the key opens; that of the cluster's name unless given.
    #[arg(long, value_name = "SCOPE", requires = "server")]
    pub(crate) scope: Option<Scope>,
    /// What drives the agents, instead of what is found on PATH.
    #[arg(long, value_name = "RUNNER")]
    pub(crate) runner: Option<RunnerKind>,
    /// What drives the agents of one role; may be repeated.
    #[arg(long, value_name = "ROLE=RUNNER")]
    pub(crate) role_runner: Vec<RoleRunner>,
    /// The branch that tasks start from and land on, instead of the current one.
    #[arg(long, value_name = "BRANCH")]
    pub(crate) base_branch: Option<String>,
    /// The command that tests the work, instead of what the repository suggests; empty for none.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) test: Option<String>,
    /// Write the files again even if they exist; the old ones are kept as NAME.bak.
    #[arg(long)]
    pub(crate) force: bool,
}

/// What can drive an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunnerKind {
    /// Claude Code.
    Claude,
    /// Codex.
    Codex,
    /// Any program that speaks the Agent Client Protocol, such as Gemini or opencode.
    Acp,
    /// Any program, by the command protocol.
    Command,
}

impl RunnerKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            RunnerKind::Claude => "claude",
            RunnerKind::Codex => "codex",
            RunnerKind::Acp => "acp",
            RunnerKind::Command => "command",
        }
    }
}

/// `ROLE=RUNNER`
#[derive(Debug, Clone)]
pub(crate) struct RoleRunner {
    pub(crate) role: RoleName,
    pub(crate) runner: RunnerKind,
}

impl FromStr for RoleRunner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, runner) = text.split_once('=').ok_or("expected ROLE=RUNNER, such as review=claude")?;
        Ok(Self {
            role: RoleName::new(role).map_err(|error| error.to_string())?,
            runner: RunnerKind::from_str(runner, true).map_err(|_| {
                format!("there is no runner `{runner}`; there are claude, codex, acp and command")
            })?,
        })
    }
}

/// `start`
#[derive(Debug, Args)]
#[command(after_help = "\
Ctrl-C once finishes what runs and ends; twice stops the agents and gives their tasks back, with their work kept.
The last line says what became of the tasks that were worked on; the tasks that need a person are named before it, and by --json \
in the last object. That tasks have failed or wait for a person is no failure of `start` itself, which exits with 0.

Examples:
  octopoid start
  octopoid start --until-idle --agents 2
  octopoid start --dashboard
  octopoid start --daemon --dashboard")]
pub(crate) struct Start {
    /// Run in the background; `octopoid stop` ends it.
    #[arg(long, conflicts_with_all = ["once", "until_idle"])]
    pub(crate) daemon: bool,
    /// Look once, and end when what that started is over.
    #[arg(long, conflicts_with = "until_idle")]
    pub(crate) once: bool,
    /// End when nothing is left that could be done without a person.
    #[arg(long)]
    pub(crate) until_idle: bool,
    /// At most so many agents at once, instead of `limits.agents`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) agents: Option<u32>,
    /// Serve the web dashboard too, and print the link to it.
    #[arg(long)]
    pub(crate) dashboard: bool,
    /// The port to serve it on; 8788 unless given or taken.
    #[arg(long, value_name = "PORT", requires = "dashboard")]
    pub(crate) dashboard_port: Option<u16>,
    /// Print more, as --verbose does.
    #[arg(long, hide = true)]
    pub(crate) debug: bool,
    /// What the original waits between two looks; here there is nothing to wait for.
    #[arg(long, hide = true, value_name = "MILLISECONDS")]
    pub(crate) tick_interval: Option<u64>,
    /// This is the background process itself.
    #[arg(long, hide = true)]
    pub(crate) in_background: bool,
}

/// `stop`
#[derive(Debug, Args)]
#[command(after_help = "\
Without --now, what runs is finished first.

Examples:
  octopoid stop
  octopoid stop --now")]
pub(crate) struct Stop {
    /// Stop the agents too; their tasks go back to the queue with their work kept.
    #[arg(long)]
    pub(crate) now: bool,
    /// Finish what runs and take nothing new; what is done unless --now is given.
    #[arg(long, conflicts_with = "now")]
    pub(crate) drain: bool,
}

/// `worktrees`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  octopoid worktrees\n  octopoid worktrees clean --dry-run")]
pub(crate) struct Worktrees {
    /// What to do; lists them unless given.
    #[command(subcommand)]
    pub(crate) action: Option<WorktreesAction>,
}

/// What to do with worktrees.
#[derive(Debug, Subcommand)]
pub(crate) enum WorktreesAction {
    /// Remove the worktrees and branches of finished tasks, and what interrupted removals left.
    #[command(after_help = "Examples:\n  octopoid worktrees clean --dry-run\n  octopoid worktrees clean")]
    Clean {
        /// Only say what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
}

/// `completions`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  octopoid completions bash > ~/.local/share/bash-completion/completions/octopoid
  octopoid completions zsh > ~/.zfunc/_octopoid
  octopoid completions fish > ~/.config/fish/completions/octopoid.fish")]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

/// `demo`
#[derive(Debug, Args)]
#[command(after_help = "\
Makes a repository in a temporary folder and lets agents work there: one task waits for another, one is sent back by \
the reviewer, one fails its tests, one meets a conflict. Everything is real but the model.

Examples:
  octopoid demo
  octopoid demo --keep
  octopoid demo --runner claude")]
pub(crate) struct Demo {
    /// Keep the folder, and say where it is.
    #[arg(long)]
    pub(crate) keep: bool,
    /// What drives the agents.
    #[arg(long, value_name = "RUNNER", default_value = "sim")]
    pub(crate) runner: DemoRunner,
    /// At most so many agents at once.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) agents: u32,
}

/// What drives the agents of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoRunner {
    /// A small program that behaves like an agent; needs nothing.
    Sim,
    /// Claude Code; costs money.
    Claude,
}
