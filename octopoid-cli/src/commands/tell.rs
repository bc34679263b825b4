//! `octopoid tell`: tells a task's agent something.

use crate::args::Tell;
use crate::assembly::{Roles, agents, runners};
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::style;
use octopoid_core::model::Task;
use octopoid_core::ops::{Hearing, tell};

pub(super) async fn run(args: Tell, context: &Context) -> Result<()> {
    if args.text.trim().is_empty() {
        return Err(CliError::usage("the message is empty")
            .hint("say something, such as `octopoid tell task-3 \"…\"`"));
    }
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let told = tell(&*store, &installation.scope(), &args.id, context.author(), args.text).await?;
    let output = context.output;
    let at_once = is_heard_at_once(&told.task, &installation, context).await?;
    output.json(&serde_json::json!({
        "task": told.task.id, "queue": told.task.place(), "message": told.message, "heard": told.heard, "at_once": at_once,
    }));
    let id = style::paint(style::HEADING, &told.task.id);
    let words = match at_once {
        Some(true) => "its agent hears it with its next step",
        Some(false) => {
            "its agent works and finds it in the thread's file when it looks there; the next attempt has it in its prompt"
        }
        None => told.heard.effect(),
    };
    output.line(format_args!("told {id} as message {}: {words}", told.message.id));
    if let Some(command) = next(told.heard, &args.id) {
        output.note(format_args!("  → {command}"));
    }
    Ok(())
}

/// Returns whether the agent that works on a task hears what it is told at once; `None` if none of this machine's agents does.
async fn is_heard_at_once(
    task: &Task,
    installation: &Installation,
    context: &Context,
) -> Result<Option<bool>> {
    let Some(claim) = task.state.claim() else { return Ok(None) };
    if claim.holder.orchestrator != installation.settings(&context.environment)?.orchestrator {
        return Ok(None);
    }
    let roles = Roles::load(installation, &context.environment).await;
    let agent = agents(installation, &roles).into_iter().find(|agent| agent.name == claim.holder.agent);
    let runners = runners::all(&installation.root, &context.environment);
    Ok(agent.map(|agent| {
        let runner = runners.iter().find(|runner| agent.runner.as_deref() == Some(runner.name()));
        runner.is_some_and(|runner| runner.hears_messages())
    }))
}

/// Returns the command that lets the message be heard.
fn next(heard: Hearing, id: &octopoid_core::model::TaskId) -> Option<String> {
    match heard {
        Hearing::OnceContinued => Some(format!("octopoid retry {id}")),
        Hearing::IfWorkGoesOn => Some(format!("octopoid reject {id} --reason \"…\"")),
        Hearing::WhileItWorks | Hearing::WhileItReviews | Hearing::NextAttempt | Hearing::Never => None,
    }
}
