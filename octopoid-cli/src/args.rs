//! The command line.

mod cost;
mod dashboard;
mod db;
mod draft;
mod edit;
mod flow;
mod import;
mod job;
mod machine;
mod plugin;
mod project;
mod review;
mod role;
mod server;
mod service;
mod tasks;
mod when;
mod words;
mod work;

pub(crate) use cost::Cost;
pub(crate) use dashboard::Dashboard;
pub(crate) use db::{Db, DbAction};
pub(crate) use draft::{Draft, DraftAction};
pub(crate) use edit::{Edit, OrNone};
pub(crate) use flow::{FlowAction, FlowCommand};
pub(crate) use import::Import;
pub(crate) use job::{JobAction, JobCommand};
pub(crate) use machine::{
    Completions, Demo, DemoRunner, Init, RunnerKind, Start, Stop, Worktrees, WorktreesAction,
};
pub(crate) use plugin::{Plugin, PluginAction, PluginLanguage};
pub(crate) use project::{ProjectAction, ProjectCommand};
pub(crate) use review::{CodePlace, Comments, Review};
pub(crate) use role::{ClaimsFrom, NewRole, Render, RoleAction, RoleCommand};
pub(crate) use server::{Database, Key, KeyAction, Machines, MachinesAction, Serve};
pub(crate) use service::{Man, Service, ServiceAction, ServiceCommand, ServiceTarget};
pub(crate) use tasks::{
    Approve, Cancel, Comment, Enqueue, Force, List, Logs, OneTask, Reject, Requeue, Retry, StatusArgs,
    Unblock,
};
pub(crate) use work::{Diff, Open, Revert, Tell};

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

const LONG: &str = "Runs many AI coding agents in parallel and turns a queue of tasks into reviewed, tested, merged \
commits.\n\nBegin with `octopoid init` in a git repository, put tasks in with `octopoid enqueue`, and let the agents \
work with `octopoid start`. `octopoid demo` shows the whole thing without any agent program.";

const AFTER_LONG: &str = "\
Files:
  .octopoid/config.yaml   the repository, tests, merging, review and limits
  .octopoid/agents.yaml   the agents
  .octopoid/jobs.yaml     what is done on a schedule
  .octopoid/flows/        what tasks go through on their way, where it is not what is built in
  .octopoid/roles/        roles of your own
  .octopoid/tasks/        tasks as Markdown files
  .octopoid/plugins/      roles from dynamic libraries
  .octopoid/logs/         what happened; .octopoid/worktrees/ where agents work

Exit codes:
  0  it worked
  1  it failed, or found something that is not right
  2  the command line is wrong
  3  not initialised, or the configuration is wrong
  4  there is no such task
  5  refused: it does not apply as things stand, or something is in the way
  6  unavailable: the database, an agent program or the orchestrator's lock; try again
  7  `start --until-idle` ended though tasks could be worked on: it lists them, with the reasons

Examples:
  octopoid init
  octopoid enqueue \"Add a --version flag\" --priority P1
  octopoid start --until-idle
  octopoid status";

/// Runs AI coding agents in parallel and turns tasks into reviewed, merged commits.
#[derive(Debug, Parser)]
#[command(name = "octopoid", version, about, long_about = LONG, after_long_help = AFTER_LONG)]
#[command(disable_help_subcommand = false, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print JSON, for programs.
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,

    /// Look for `.octopoid` (or, for `init`, the repository) from here instead of the current folder.
    #[arg(long, global = true, value_name = "PATH", display_order = 901)]
    pub(crate) dir: Option<PathBuf>,

    /// Print results only.
    #[arg(long, short, global = true, conflicts_with = "verbose", display_order = 902)]
    pub(crate) quiet: bool,

    /// Print more about what happens.
    #[arg(long, short, global = true, display_order = 903)]
    pub(crate) verbose: bool,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set up `.octopoid` in a git repository.
    Init(Init),
    /// Add a task to the queue, or many from a list.
    Enqueue(Enqueue),
    /// Change a task.
    Edit(Edit),
    /// List tasks.
    #[command(visible_alias = "ls", alias = "tasks")]
    List(List),
    /// Show everything about a task.
    #[command(
        aliases = ["task", "debug-task"],
        after_help = "Examples:\n  octopoid show task-3\n  octopoid show task-3 --json"
    )]
    Show(OneTask),
    /// Show what an agent has handed in.
    Diff(Diff),
    /// Review what an agent has handed in, with comments on its lines.
    Review(Review),
    /// Show, answer and resolve the review comments of a task.
    Comments(Comments),
    /// Run the agents.
    Start(Start),
    /// Stop the running orchestrator.
    Stop(Stop),
    /// Pause the orchestrator: what runs goes on, nothing new begins.
    #[command(after_help = "Holds across restarts, until `octopoid resume`.\n\nExamples:\n  octopoid pause")]
    Pause,
    /// Resume a paused orchestrator.
    #[command(after_help = "Examples:\n  octopoid resume")]
    Resume,
    /// Show what runs, what waits, and why.
    #[command(
        aliases = ["debug-queues", "debug-agents", "debug-status"],
        after_help = "Works with and without a running orchestrator. --watch draws it again whenever something happens; without a \
                      terminal it prints it again, with --json as one line each.\n\nExamples:\n  octopoid status\n  \
                      octopoid status --watch\n  octopoid status --json"
    )]
    Status(StatusArgs),
    /// Show and decide everything on one screen.
    Dashboard(Dashboard),
    /// Print the log of a task.
    #[command(visible_alias = "log")]
    Logs(Logs),
    /// Approve submitted work, so that it lands.
    Approve(Approve),
    /// Send submitted work back with a reason.
    Reject(Reject),
    /// Put a task back into the queue; the attempt that it interrupts counts.
    Requeue(Requeue),
    /// Cancel a task.
    #[command(visible_alias = "rm")]
    Cancel(Cancel),
    /// Let a stopped task go on, with its work so far and fresh limits.
    Retry(Retry),
    /// Move a task to any queue.
    Force(Force),
    /// End a task's wait for another one.
    Unblock(Unblock),
    /// Comment on a task; its next attempt reads it.
    Comment(Comment),
    /// Tell a task's agent something, and say when it hears it.
    Tell(Tell),
    /// Undo what a task landed, by a commit that lands through the same gates.
    Revert(Revert),
    /// Open a task's worktree in an editor, a shell or the agent's conversation.
    Open(Open),
    /// Show what the runs have cost.
    Cost(Cost),
    /// List, create and approve drafts: ideas that may become tasks or projects.
    Draft(Draft),
    /// Create, show and approve projects: several tasks under one goal and one branch.
    Project(ProjectCommand),
    /// Import tasks, projects and drafts from the original Octopoid.
    Import(Import),
    /// Serve the queue to many machines.
    Serve(Serve),
    /// Create, list and revoke the keys of a server.
    Key(Key),
    /// List the machines that work on the queue, or take one out of service.
    Machines(Machines),
    /// List, check and create plugins.
    Plugin(Plugin),
    /// List, show, try out and create roles: what can be done with a task.
    Role(RoleCommand),
    /// List and draw flows: what tasks go through on their way.
    Flow(FlowCommand),
    /// List scheduled jobs, or run one now.
    Job(JobCommand),
    /// Synchronise the task files under `.octopoid/tasks`.
    #[command(after_help = "\
A task file is Markdown with front matter: title, and, if wanted, role, priority, complexity, branch, blocked_by, project and \
flow; the rest is what is to be done. The task's id is written into it. Until its work begins, the task follows the file. \
`octopoid start` does the same while it runs.

Examples:
  octopoid sync
  octopoid sync --json")]
    Sync,
    /// List the worktrees with their sizes, or clean up after finished tasks.
    Worktrees(Worktrees),
    /// Check `config.yaml`, `agents.yaml`, roles, flows and plugins.
    #[command(
        after_help = "Prints each problem as `file:line: problem` with its fix, and exits with 3 if there is \
                            one. What does nothing as things are, such as a flow's step that needs a remote where none is \
                            named, is a `warning:` and no problem.\n\nExamples:\n  octopoid validate"
    )]
    Validate,
    /// Check the machine: git, repository, agent programs, keys, disk, database, clock.
    #[command(
        after_help = "Exits with 1 if something fails. Keys are looked for and never printed.\n\nExamples:\n  \
                            octopoid doctor"
    )]
    Doctor,
    /// Move a database elsewhere, back it up, or check it.
    Db(Db),
    /// Run the agents or the server as a service of the system.
    Service(Service),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Print the manual page, or write one for each command.
    Man(Man),
    /// Show Octopoid at work on a throw-away repository, without any agent program.
    Demo(Demo),
    /// Remove the worktrees of finished tasks, as the original Octopoid calls it.
    #[command(hide = true)]
    WorktreesClean {
        /// Only say what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
    /// Install slash commands, which only the original Octopoid has.
    #[command(hide = true)]
    InstallCommands {
        /// What the original takes.
        #[arg(long, short)]
        force: bool,
    },
    /// Behave like an agent program; for the demo and for tests.
    #[command(hide = true, disable_help_flag = true)]
    SimAgent {
        /// What an agent program would be given.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Host a plugin for the process that started this one.
    #[command(hide = true)]
    PluginHost,
    /// Host an agent for the process that started this one.
    #[command(hide = true)]
    AgentHost {
        /// The file with what it is told.
        spec: PathBuf,
    },
}

impl Command {
    /// Returns whether the command itself asks for more output.
    pub(crate) fn is_verbose(&self) -> bool {
        matches!(self, Command::Start(args) if args.debug)
    }

    /// Returns the database that the command names.
    pub(crate) fn database(&self) -> Option<&Path> {
        match self {
            Command::Serve(args) => args.database.database.as_deref(),
            Command::Key(args) => args.database.database.as_deref(),
            Command::Db(args) => args.database.database.as_deref(),
            _ => None,
        }
    }
}
