//! The commands about roles.

use clap::{Args, Subcommand, ValueEnum};
use octopoid_core::model::{AgentName, RoleName, TaskId};

/// `role`
#[derive(Debug, Args)]
#[command(after_help = "\
A role is what is done with a task. It is a folder under .octopoid/roles with two files: role.yaml says what it takes and what \
its agent may report, prompt.md what the agent is told. One that is named like a built-in role replaces it.

Examples:
  octopoid role list
  octopoid role new docs
  octopoid role render docs task-3
  octopoid role eject implement")]
pub(crate) struct RoleCommand {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: RoleAction,
}

/// What to do with roles.
#[derive(Debug, Subcommand)]
pub(crate) enum RoleAction {
    /// List the roles there are, where each comes from, and which agents have it.
    #[command(after_help = "Examples:\n  octopoid role list\n  octopoid role list --json")]
    List,
    /// Show everything about a role: outcomes, defaults, files, and what its prompt speaks about.
    #[command(after_help = "Examples:\n  octopoid role show review\n  octopoid role show docs --json")]
    Show {
        /// The role.
        name: RoleName,
    },
    /// Write the files of a built-in role to .octopoid/roles, to change them.
    #[command(
        after_help = "From then on the files count, also where a newer Octopoid has a better built-in role.\n\nExamples:\n  \
                            octopoid role eject implement\n  octopoid role eject review --force"
    )]
    Eject {
        /// The built-in role.
        name: RoleName,
        /// Overwrite existing files.
        #[arg(long)]
        force: bool,
    },
    /// Print exactly what an agent would be told for a task now.
    Render(Render),
    /// Write a role to begin with.
    New(NewRole),
}

/// `role render`
#[derive(Debug, Args)]
#[command(after_help = "\
Changes nothing. Files that the prompt names are written when an agent is really asked.

Examples:
  octopoid role render implement task-3
  octopoid role render review task-3 --json")]
pub(crate) struct Render {
    /// The role.
    pub(crate) name: RoleName,
    /// The task, such as `task-3`.
    pub(crate) task: TaskId,
    /// With the settings of this agent, instead of those of the role's first one.
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: Option<AgentName>,
}

/// `role new`
#[derive(Debug, Args)]
#[command(after_help = "\
Writes role.yaml and prompt.md with comments. They work as they are; change them to say what the role is for.

Examples:
  octopoid role new docs
  octopoid role new security-review --claims-from provisional")]
pub(crate) struct NewRole {
    /// Its name: the tasks for it are made with `octopoid enqueue … --role NAME`.
    pub(crate) name: RoleName,
    /// What it takes: tasks of its own, or submitted work to review.
    #[arg(long, value_name = "QUEUE", default_value = "incoming")]
    pub(crate) claims_from: ClaimsFrom,
}

/// What a role takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClaimsFrom {
    /// Tasks for the role, to work on.
    Incoming,
    /// Submitted work, to review.
    Provisional,
}
