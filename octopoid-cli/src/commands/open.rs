//! `octopoid open`: opens a task's worktree.

mod conversation;

use crate::args::Open;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::{style, text};
use crate::terminal::{self, Foreground};
use conversation::conversation;
use octopoid_core::model::{Hold, OrchestratorId, Provisional, State, Task};
use octopoid_core::store::{RunQuery, Store};
use serde_json::json;
use std::path::Path;

pub(super) async fn run(args: &Open, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let task = store.task(&installation.scope(), &args.id).await?;
    let worktree = installation.layout.worktree(&task.id);
    if !worktree.is_dir() {
        return Err(gone(&task, &worktree, &installation, &*store).await?);
    }
    let busy = at_work(&task);
    let program = match Kind::of(args, context) {
        Kind::Agent if busy.is_some() => {
            let message = format!("{} in this worktree and conversation", busy.unwrap_or_default());
            return Err(CliError::refused(message).hint(format!(
                "`octopoid tell {0} \"…\"` tells it something; `octopoid requeue {0}` stops it",
                task.id
            )));
        }
        Kind::Agent => Program::Words(conversation(&task, &installation, &*store, context).await?),
        Kind::Shell => Program::Words(vec![context.environment.get("SHELL").unwrap_or("sh").to_owned()]),
        Kind::Editor => Program::Editor(terminal::editor(context)),
    };
    let output = context.output;
    output.json(&json!({
        "task": task.id, "worktree": worktree, "program": program.words(), "agent_at_work": busy.is_some(),
    }));
    if output.json {
        return Ok(());
    }
    if args.dry_run || !terminal::is_interactive() {
        output.line(worktree.display());
        output.note(format_args!("  → cd {} && {}", worktree.display(), program.words().join(" ")));
        return Ok(());
    }
    if let Some(busy) = busy {
        output.warn(format_args!("{busy} here: what you change becomes part of its work, or is undone"));
    }
    let folder = worktree.display();
    output.note(style::paint(style::DIM, format_args!("{} in {folder}", program.words().join(" "))));
    let status = program.foreground(context).in_folder(&worktree).run()?;
    if status.success() {
        return Ok(());
    }
    // The last command in a shell may have failed; that is no error of ours.
    output.note(format_args!("it ended with {status}"));
    Ok(())
}

/// What is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Editor,
    Shell,
    Agent,
}

impl Kind {
    fn of(args: &Open, context: &Context) -> Self {
        let has_editor = ["VISUAL", "EDITOR"].iter().any(|name| context.environment.get(name).is_some());
        match (args.agent, args.shell, args.editor) {
            (true, ..) => Kind::Agent,
            (_, true, _) => Kind::Shell,
            (_, _, true) => Kind::Editor,
            (false, false, false) if has_editor => Kind::Editor,
            (false, false, false) => Kind::Shell,
        }
    }
}

/// The program to run.
#[derive(Debug)]
enum Program {
    /// A command line of the shell's that gets the folder.
    Editor(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

impl Program {
    fn words(&self) -> Vec<String> {
        match self {
            Program::Editor(line) => vec![line.clone(), ".".to_owned()],
            Program::Words(words) => words.clone(),
        }
    }

    fn foreground(&self, context: &Context) -> Foreground {
        match self {
            Program::Editor(line) => Foreground::shell(line, [Path::new(".")], &context.environment),
            Program::Words(words) => Foreground::program(words, &context.environment),
        }
    }
}

/// Returns the agent at work on the task, in words; `None` if there is none.
fn at_work(task: &Task) -> Option<String> {
    let claim = task.state.claim()?;
    let does = match &task.state {
        State::Provisional(Provisional { hold: Hold::Claimed { .. }, .. }) => "works on the submission of",
        _ => "works on",
    };
    Some(format!("{} {does} {}", claim.holder.agent, task.id))
}

/// Returns why there is no worktree here, and what can be done.
async fn gone(
    task: &Task,
    worktree: &Path,
    installation: &Installation,
    store: &dyn Store,
) -> Result<CliError> {
    let id = &task.id;
    let runs = store.list_runs(&RunQuery::new(task.scope.clone()).of_task(id.clone())).await?;
    let here = installation.config.value.server.as_ref().and_then(|server| server.orchestrator().ok());
    let newest = runs.iter().find(|run| run.role.is_some());
    let elsewhere = |machine: &OrchestratorId| installation.is_remote() && here.as_ref() != Some(machine);
    if let Some(machine) = newest.map(|run| &run.orchestrator).filter(|machine| elsewhere(machine)) {
        let message = format!("{id} has no worktree here: it was worked on by the machine {machine}");
        return Ok(CliError::refused(message)
            .hint(format!("run this there; `octopoid diff {id}` shows what was handed in")));
    }
    let head = task.submission.as_ref().and_then(|submission| submission.head.as_ref());
    Ok(match (newest, head) {
        (None, _) => CliError::refused(format!("{id} has no worktree: no agent has worked on it yet"))
            .hint(format!("`octopoid show {id}` says why")),
        (Some(_), Some(head)) => {
            let path = text::one_line(&worktree.display().to_string(), 300);
            CliError::refused(format!(
                "the worktree of {id} is gone, as its work is elsewhere or was removed"
            ))
            .hint(format!(
                "make one of what was handed in: `git worktree add --detach {path} {}`",
                head.short()
            ))
        }
        (Some(_), None) => {
            CliError::refused(format!("the worktree of {id} is gone, and nothing was handed in"))
                .hint(format!("`octopoid logs {id}` shows what happened"))
        }
    })
}
