//! The commands about projects.

use super::words::one_of;
use clap::{Args, Subcommand};
use octopoid_core::model::{ProjectId, ProjectStatus};

/// `project`
#[derive(Debug, Args)]
#[command(after_help = "\
A project is several tasks under one goal. With a branch of its own its tasks start from there and land there; the first of \
them makes it.

Examples:
  octopoid project create \"The new index\" --branch feature/index
  octopoid enqueue \"Store the index\" --project the-new-index
  octopoid project show the-new-index
  octopoid project approve the-new-index")]
pub(crate) struct ProjectCommand {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: ProjectAction,
}

/// What to do with projects.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectAction {
    /// Make a project; its id is made from the title.
    #[command(
        after_help = "Examples:\n  octopoid project create \"The new index\" --branch feature/index\n  \
                            octopoid project create \"Chores\" --auto-accept"
    )]
    Create {
        /// One line that says what it is.
        title: String,
        /// What it is for.
        #[arg(long, short, value_name = "TEXT")]
        description: Option<String>,
        /// How far it is: draft, active, completed or archived.
        #[arg(long, short, value_name = "STATUS", value_parser = status, default_value = "active")]
        status: ProjectStatus,
        /// The branch that its tasks share; made when the first of them needs it.
        #[arg(long, short, value_name = "BRANCH")]
        branch: Option<String>,
        /// Where that branch goes in the end, and what it is made from. Unless given, the configured one.
        #[arg(long, alias = "base", value_name = "BRANCH")]
        base_branch: Option<String>,
        /// Its tasks need no review; tests still run.
        #[arg(long)]
        auto_accept: bool,
        /// Who asks for it. Unless given, you.
        #[arg(long, value_name = "NAME")]
        created_by: Option<String>,
    },
    /// List projects, newest first.
    List {
        /// Only with this status: draft, active, completed or archived. Unless given, all but archived.
        #[arg(long, short, value_name = "STATUS", value_parser = status)]
        status: Option<ProjectStatus>,
        /// Only those that this person asked for.
        #[arg(long, value_name = "NAME")]
        created_by: Option<String>,
        /// At most so many.
        #[arg(long, short, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Show a project with its tasks, how far they are and what they cost.
    Show {
        /// The project.
        id: ProjectId,
    },
    /// Change a project; its tasks stay as they are.
    Update {
        /// The project.
        id: ProjectId,
        /// A new title.
        #[arg(long, short, value_name = "TEXT")]
        title: Option<String>,
        /// A new description.
        #[arg(long, short, value_name = "TEXT")]
        description: Option<String>,
        /// Another status: draft, active, completed or archived.
        #[arg(long, short, value_name = "STATUS", value_parser = status)]
        status: Option<ProjectStatus>,
        /// Another branch, for tasks that are added from now on.
        #[arg(long, short, value_name = "BRANCH")]
        branch: Option<String>,
        /// Another place for that branch to go.
        #[arg(long, alias = "base", value_name = "BRANCH")]
        base_branch: Option<String>,
        /// Whether tasks that are added from now on need no review.
        #[arg(long, value_name = "true|false")]
        auto_accept: Option<bool>,
    },
    /// Delete a project without tasks for good.
    Delete {
        /// The project.
        id: ProjectId,
        /// Delete it; without this only what would happen is said.
        #[arg(long, short)]
        force: bool,
    },
    /// Say that a project is completed; all its tasks must be done.
    Approve {
        /// The project.
        id: ProjectId,
    },
}

fn status(word: &str) -> Result<ProjectStatus, String> {
    one_of(word, &ProjectStatus::ALL, ProjectStatus::as_str)
}
