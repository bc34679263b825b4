//! The commands about tasks.

use super::when::when;
use clap::Args;
use octopoid_core::model::{Complexity, Place, Priority, ProjectId, RoleName, Scope, TaskId, Timestamp, Usd};
use std::path::PathBuf;

/// `enqueue`
#[derive(Debug, Args)]
#[command(after_help = "\
Without a description the title says it all. `-` reads the description from standard input.

--from reads many tasks from a Markdown file. Where it consists of lists, each entry is a task, and what is indented below it is the \
description; where there is text below headings, each `##` is a task. Ticked boxes are left out. Repeated, it adds only what is new: an \
entry is known again by the file's name and its title. --dry-run shows what would be added. The other options hold for all of them.

A task can ask for less than its agent may have, never for more: --max-turns and --budget only lower the limits. Works with a queue on \
a server too; --branch needs the repository.

Examples:
  octopoid enqueue \"Fix the typo in the README\"
  octopoid enqueue \"Cache the index\" --file notes/cache.md --priority P1 --complexity M
  octopoid enqueue \"Use the cache\" --blocked-by task-1
  octopoid enqueue \"Support plugins\" --file notes/plugins.md --breakdown
  octopoid enqueue \"Store the index\" --project the-new-index --auto-accept
  octopoid enqueue \"Rename it\" --model small --max-turns 10 --budget 0.50
  octopoid enqueue --from TODO.md --dry-run
  git log -1 --format=%B | octopoid enqueue \"Follow up\" -")]
pub(crate) struct Enqueue {
    /// One line that says what is to be done.
    #[arg(required_unless_present = "from")]
    pub(crate) title: Option<String>,
    /// `-` reads the description from standard input.
    #[arg(value_name = "-", value_parser = ["-"], hide_possible_values = true, conflicts_with_all = ["description", "file"])]
    pub(crate) stdin: Option<String>,
    /// What is to be done, in full.
    #[arg(long, short, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) description: Option<String>,
    /// Read the description from a file; `-` is standard input.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The role that works on it.
    #[arg(long, short, value_name = "ROLE", default_value = "implement")]
    pub(crate) role: RoleName,
    /// How urgent: P0 (now) to P3 (when there is time).
    #[arg(long, short, value_name = "P0..P3", default_value = "P2")]
    pub(crate) priority: Priority,
    /// How big: XS, S, M, L or XL.
    #[arg(long, short, value_name = "XS..XL")]
    pub(crate) complexity: Option<Complexity>,
    /// A task that must be done first; may be repeated.
    #[arg(long, short, value_name = "ID")]
    pub(crate) blocked_by: Vec<TaskId>,
    /// The branch to start from and to land on, instead of the configured one.
    #[arg(long, value_name = "BRANCH")]
    pub(crate) branch: Option<String>,
    /// The flow it follows, instead of `default`.
    #[arg(long, value_name = "FLOW")]
    pub(crate) flow: Option<String>,
    /// Have it broken down into smaller tasks first; they are for --role.
    #[arg(long)]
    pub(crate) breakdown: bool,
    /// The project it belongs to; it starts from the project's branch and lands there.
    #[arg(long, value_name = "ID", conflicts_with = "branch")]
    pub(crate) project: Option<ProjectId>,
    /// Approve what is handed in without a review; tests still run.
    #[arg(long)]
    pub(crate) auto_accept: bool,
    /// The model of the agents that work on it, instead of their own.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// The most turns of one attempt.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_turns: Option<u32>,
    /// The most US dollars for all attempts and reviews; then a person decides.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub(crate) budget: Option<Usd>,
    /// Add a task for each entry of a Markdown list; `-` is standard input.
    #[arg(long, value_name = "LIST.md", conflicts_with_all = ["title", "stdin", "description", "file", "allow_duplicate"])]
    pub(crate) from: Option<PathBuf>,
    /// With --from: only show what would be added.
    #[arg(long, requires = "from")]
    pub(crate) dry_run: bool,
    /// Put it aside; `octopoid retry ID` queues it later.
    #[arg(long)]
    pub(crate) backlog: bool,
    /// Add it even if an open task says exactly the same.
    #[arg(long)]
    pub(crate) allow_duplicate: bool,
}

/// `list`
#[derive(Debug, Args)]
#[command(after_help = "\
Tasks that are done are left out, unless --all or the queue `done` asks for them; --limit keeps the first ones by queue and urgency. \
Works with a queue on a server too.

Examples:
  octopoid list
  octopoid list --all --limit 200
  octopoid list --text \"index cache\" --project the-new-index
  octopoid list --author ada --since 7d
  octopoid list incoming blocked
  octopoid list --queue documented
  octopoid list --priority P0 --json")]
pub(crate) struct List {
    /// Only these queues, or these states of a flow's own.
    #[arg(value_name = "QUEUE")]
    pub(crate) queues: Vec<String>,
    /// Only this queue, or this state of a flow's own; may be repeated.
    #[arg(long, short = 'Q', value_name = "QUEUE")]
    pub(crate) queue: Vec<String>,
    /// Only this priority; may be repeated.
    #[arg(long, short, value_name = "P0..P3")]
    pub(crate) priority: Vec<Priority>,
    /// Only this role; may be repeated.
    #[arg(long, short, value_name = "ROLE")]
    pub(crate) role: Vec<RoleName>,
    /// Only tasks of this project.
    #[arg(long, value_name = "ID")]
    pub(crate) project: Option<ProjectId>,
    /// Only tasks with all these words in their id, title or description.
    #[arg(long, short, value_name = "WORDS")]
    pub(crate) text: Option<String>,
    /// Only tasks that somebody with this text in their name has added.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Only tasks added since then: a span such as 24h, 7d or 2w, or a day such as 2026-03-01.
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub(crate) since: Option<Timestamp>,
    /// Only tasks added before then.
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub(crate) until: Option<Timestamp>,
    /// List those that are done too.
    #[arg(long, short)]
    pub(crate) all: bool,
    /// At most so many.
    #[arg(long, short, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) limit: u32,
}

/// `status`
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Draw it again in place whenever something happens, until Ctrl-C.
    #[arg(long, short)]
    pub(crate) watch: bool,
}

/// A command about one task, with no more to say.
#[derive(Debug, Args)]
pub(crate) struct OneTask {
    /// The task, such as `task-3`.
    pub(crate) id: TaskId,
}

/// `logs`
#[derive(Debug, Args)]
#[command(after_help = "\
Without --attempt: what the orchestrator did with the task, then the newest attempt of an agent in full, with the results of its tools \
where its program tells them. --raw prints what the program itself printed, such as the JSON stream of claude, without secrets. What \
another machine did is read from the server, which gets it every minute.

Examples:
  octopoid logs task-3
  octopoid logs task-3 --attempt 1
  octopoid logs task-3 --follow
  octopoid logs task-3 --raw | jq .type
  octopoid logs task-3 --server https://octopoid.example.org --scope prod")]
pub(crate) struct Logs {
    /// The task.
    pub(crate) id: TaskId,
    /// Go on printing what is added, until the task is done or Ctrl-C.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Print what the agent program printed, as it is.
    #[arg(long)]
    pub(crate) raw: bool,
    /// Only this attempt, by its number in `octopoid show`.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempt: Option<u32>,
    /// Read from this server, with no repository at hand; the key is read from OCTOPOID_API_KEY.
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The scope on the server; `default` unless given.
    #[arg(long, value_name = "SCOPE", requires = "server")]
    pub(crate) scope: Option<Scope>,
}

/// `approve`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  octopoid approve task-3\n  octopoid approve task-3 --comment \"Nice and small\""
)]
pub(crate) struct Approve {
    /// The task.
    pub(crate) id: TaskId,
    /// Remarks for the record.
    #[arg(long, short = 'm', value_name = "TEXT", default_value = "")]
    pub(crate) comment: String,
    /// Who approves it, for the record; the user of git unless given.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// `reject`
#[derive(Debug, Args)]
#[command(after_help = "\
The next attempt goes on from the same commits and reads the reason.

Examples:
  octopoid reject task-3 \"The empty list is not handled\"")]
pub(crate) struct Reject {
    /// The task.
    pub(crate) id: TaskId,
    /// What to improve.
    #[arg(value_name = "REASON", required_unless_present = "reason", conflicts_with = "reason")]
    pub(crate) words: Option<String>,
    /// What to improve, as an option.
    #[arg(long, short = 'm', value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who sends it back, for the record; the user of git unless given.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// `requeue`
#[derive(Debug, Args)]
#[command(after_help = "\
Takes a task away from the agent that works on it. For a task that has stopped use `retry`, which this then does with the reason as \
its note; `force` is the last resort for any other move.

Examples:
  octopoid requeue task-3 --reason \"stuck in a loop\"")]
pub(crate) struct Requeue {
    /// The task.
    pub(crate) id: TaskId,
    /// Why, for the record.
    #[arg(long, short = 'm', value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// `cancel`
#[derive(Debug, Args)]
#[command(after_help = "\
An agent at work on it is stopped; its worktree stays. `octopoid retry` takes a cancelled task up again.

Examples:
  octopoid cancel task-3 --reason \"no longer wanted\"")]
pub(crate) struct Cancel {
    /// The task.
    pub(crate) id: TaskId,
    /// Why, for the record.
    #[arg(long, short = 'm', value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// What the original needs to do it without asking; here nothing is asked.
    #[arg(long, short, hide = true)]
    pub(crate) force: bool,
}

/// `retry`
#[derive(Debug, Args)]
#[command(after_help = "\
For tasks that wait for a person, have failed, or lie in the backlog. For one that an agent works on use `requeue`; `force` is the \
last resort for any other move.

Examples:
  octopoid retry task-3
  octopoid retry task-3 --note \"Use the v2 API\"")]
pub(crate) struct Retry {
    /// The task.
    pub(crate) id: TaskId,
    /// What to tell the next attempt.
    #[arg(long, short = 'm', value_name = "TEXT", default_value = "")]
    pub(crate) note: String,
}

/// `force`
#[derive(Debug, Args)]
#[command(after_help = "\
The last resort: no rule applies but that `claimed` needs a holder and `blocked` a blocker. For a task that has stopped use `retry`, \
for one that an agent works on `requeue`.

Examples:
  octopoid force task-3 done --reason \"merged by hand\"
  octopoid force task-3 incoming --reason \"start over\"")]
pub(crate) struct Force {
    /// The task.
    pub(crate) id: TaskId,
    /// Where to put it: a queue, or a state of a flow.
    pub(crate) queue: Place,
    /// Why, for the record.
    #[arg(long, short = 'm', value_name = "TEXT")]
    pub(crate) reason: String,
}

/// `unblock`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  octopoid unblock task-3 --blocker task-1")]
pub(crate) struct Unblock {
    /// The task that waits.
    pub(crate) id: TaskId,
    /// The task that it need not wait for.
    #[arg(long, value_name = "ID")]
    pub(crate) blocker: TaskId,
}

/// `comment`
#[derive(Debug, Args)]
#[command(after_help = "\
The next attempt reads it, and `octopoid show` shows it. It does not move the task: `octopoid retry` lets one go on that has \
stopped with a question.

Examples:
  octopoid comment task-3 \"The v2 API is the one to use\"
  octopoid comment task-3 \"Blue\" --reply-to 17")]
pub(crate) struct Comment {
    /// The task.
    pub(crate) id: TaskId,
    /// What is to be said.
    pub(crate) text: String,
    /// The message of the task's thread that it answers, by its number in `octopoid show`.
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) reply_to: Option<u64>,
}
