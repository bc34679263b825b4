//! The commands about the work of a task: what it changes, where it is, taking it back, and talking to who does it.

use clap::Args;
use octopoid_core::model::{Priority, TaskId};

/// `diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Each submission of a task is a round; `--json` lists them. The commits are read from the repository here, wherever the queue is. Where \
they are not here, or git has removed those of an earlier round, the diff is shown that was kept when it was handed in, here or on the \
server. On a terminal it is shown through the pager of git.

Examples:
  octopoid diff task-3
  octopoid diff task-3 --stat
  octopoid diff task-3 --round 1
  octopoid diff task-3 --since-review
  octopoid diff task-3 > task-3.patch")]
pub(crate) struct Diff {
    /// The task.
    pub(crate) id: TaskId,
    /// Only this round, counted from 1; the newest unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "since_review")]
    pub(crate) round: Option<u32>,
    /// Show the files with their counts of lines, not the lines.
    #[arg(long)]
    pub(crate) stat: bool,
    /// Show what has changed since the round that was reviewed last, without what the base branch has gained.
    #[arg(long)]
    pub(crate) since_review: bool,
}

/// `tell`
#[derive(Debug, Args)]
#[command(after_help = "\
The message is part of the task's thread, so the prompt of the next attempt has it. Claude Code hears \
it with its next step while it works; other programs find it in the file that OCTOPOID_THREAD names, which their prompt asks them to \
read. `tell` says which of these it is. Works with a queue on a server too.

Examples:
  octopoid tell task-3 \"The v2 API is the one to use\"")]
pub(crate) struct Tell {
    /// The task.
    pub(crate) id: TaskId,
    /// What is to be said.
    pub(crate) text: String,
}

/// `revert`
#[derive(Debug, Args)]
#[command(after_help = "\
Adds a task whose work is one commit that undoes the landing, however many commits that had. The orchestrator makes it without an \
agent; where later commits are in the way, an agent is asked. The task takes the flow of the other one: its tests, reviews and \
landing. Repeated, it is the same task.

Whether it can be undone without an agent is said at once where the repository is here; the queue may be on a server.

Examples:
  octopoid revert task-3
  octopoid revert task-3 --reason \"It breaks the login\" --priority P0
  octopoid revert task-3 --dry-run")]
pub(crate) struct Revert {
    /// The task whose landing is to be undone.
    pub(crate) id: TaskId,
    /// Why; reviewers and the agent, if one is needed, read it.
    #[arg(long, short = 'm', value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// How urgent: P0 (now) to P3 (when there is time).
    #[arg(long, short, value_name = "P0..P3", default_value = "P1")]
    pub(crate) priority: Priority,
    /// Only say what would be undone, and whether that needs an agent.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `open`
#[derive(Debug, Args)]
#[command(after_help = "\
Without an option: the editor of $VISUAL or $EDITOR, or else a shell. Only works on the machine that has the worktree. Without a \
terminal, with --json and with --dry-run it only says what it would run.

Examples:
  octopoid open task-3
  octopoid open task-3 --shell
  octopoid open task-3 --agent
  cd \"$(octopoid open task-3 --dry-run --quiet)\"")]
pub(crate) struct Open {
    /// The task.
    pub(crate) id: TaskId,
    /// Open the worktree in the editor of $VISUAL or $EDITOR.
    #[arg(long, short, group = "program")]
    pub(crate) editor: bool,
    /// Start a shell in the worktree.
    #[arg(long, short, group = "program")]
    pub(crate) shell: bool,
    /// Go on in the conversation of the task's agent.
    #[arg(long, short, group = "program")]
    pub(crate) agent: bool,
    /// Only say what would be run, and where.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
