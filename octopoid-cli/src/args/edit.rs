//! `edit`

use clap::Args;
use octopoid_core::model::{Complexity, Priority, ProjectId, RoleName, TaskId, Usd};
use std::path::PathBuf;
use std::str::FromStr;

/// `edit`
#[derive(Debug, Args)]
#[command(after_help = "\
Without options, on a terminal, the whole task is opened in the editor of $VISUAL or $EDITOR, as a file with front matter. `none` \
takes away what a task need not have.

Until an agent has begun, everything can be changed. Priority, size, model and limits can be changed until the task is done, and hold \
from the next attempt on. While an agent works, and once work is submitted, the description stays as it is: `octopoid tell` tells \
the agent, and `octopoid reject` sends work back. Role, branch, flow and project stay once there is work. Works with a queue on a \
server too.

Examples:
  octopoid edit task-3
  octopoid edit task-3 --priority P0
  octopoid edit task-3 --title \"Cache the index in memory\" --description \"At most 64 MiB.\"
  octopoid edit task-3 --blocked-by task-1 --blocked-by task-2
  octopoid edit task-3 --blocked-by none --budget 2.50 --model none")]
pub(crate) struct Edit {
    /// The task.
    pub(crate) id: TaskId,
    /// The title, in one line.
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// What is to be done, in full.
    #[arg(long, short, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) description: Option<String>,
    /// Read the description from a file; `-` is standard input.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The role that works on it.
    #[arg(long, short, value_name = "ROLE")]
    pub(crate) role: Option<RoleName>,
    /// How urgent: P0 (now) to P3 (when there is time).
    #[arg(long, short, value_name = "P0..P3")]
    pub(crate) priority: Option<Priority>,
    /// How big: XS, S, M, L, XL or none.
    #[arg(long, short, value_name = "XS..XL")]
    pub(crate) complexity: Option<OrNone<Complexity>>,
    /// The tasks that must be done first, all of them: may be repeated; `none` for no task.
    #[arg(long, short, value_name = "ID")]
    pub(crate) blocked_by: Vec<OrNone<TaskId>>,
    /// The branch to start from and to land on, or none for the configured one.
    #[arg(long, value_name = "BRANCH")]
    pub(crate) branch: Option<OrNone<String>>,
    /// The flow it follows, or none for `default`.
    #[arg(long, value_name = "FLOW")]
    pub(crate) flow: Option<OrNone<String>>,
    /// The project it belongs to, or none.
    #[arg(long, value_name = "ID")]
    pub(crate) project: Option<OrNone<ProjectId>>,
    /// Whether what is handed in is approved without a review.
    #[arg(long, value_name = "true|false")]
    pub(crate) auto_accept: Option<bool>,
    /// The model of the agents that work on it, or none for their own.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<OrNone<String>>,
    /// The most turns of one attempt, or none for the agent's own limit.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) max_turns: Option<OrNone<u32>>,
    /// The most US dollars for all attempts and reviews, or none for the configured limit.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub(crate) budget: Option<OrNone<Usd>>,
}

/// A value, or the word `none` that takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrNone<T>(pub(crate) Option<T>);

impl<T: FromStr> FromStr for OrNone<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|value| Self(Some(value))) }
    }
}
