//! `octopoid tell`: tells a task's agent something.

use crate::args::Tell;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::output::style;
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
    output.json(&serde_json::json!({
        "task": told.task.id, "queue": told.task.place(), "message": told.message, "heard": told.heard,
    }));
    let id = style::paint(style::HEADING, &told.task.id);
    output.line(format_args!("told {id} as message {}: {}", told.message.id, told.heard.effect()));
    if let Some(command) = next(told.heard, &args.id) {
        output.note(format_args!("  → {command}"));
    }
    Ok(())
}

/// Returns the command that lets the message be heard.
fn next(heard: Hearing, id: &octopoid_core::model::TaskId) -> Option<String> {
    match heard {
        Hearing::OnceContinued => Some(format!("octopoid retry {id}")),
        Hearing::IfWorkGoesOn => Some(format!("octopoid reject {id} --reason \"…\"")),
        Hearing::WhileItWorks | Hearing::WhileItReviews | Hearing::NextAttempt | Hearing::Never => None,
    }
}
