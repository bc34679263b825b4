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
    output.line(format_args!("told {id} as message {}: {}", told.message.id, words(told.heard)));
    if let Some(command) = next(told.heard, &args.id) {
        output.note(format_args!("  → {command}"));
    }
    Ok(())
}

pub(crate) const fn words(heard: Hearing) -> &'static str {
    match heard {
        Hearing::WhileItWorks => {
            "its agent works and finds it in the thread's file when it looks there; the next attempt has it in its prompt"
        }
        Hearing::WhileItReviews => {
            "its reviewer works and finds it in the thread's file when it looks there; the next attempt has it in its prompt"
        }
        Hearing::NextAttempt => "its next attempt has it in its prompt",
        Hearing::IfWorkGoesOn => {
            "its work is submitted; the next review and the next attempt, if there is one, have it in their prompts"
        }
        Hearing::OnceContinued => "its next attempt has it in its prompt, once you let it go on",
        Hearing::Never => "it is done, so no agent reads it",
    }
}

/// Returns the command that lets the message be heard.
fn next(heard: Hearing, id: &octopoid_core::model::TaskId) -> Option<String> {
    match heard {
        Hearing::OnceContinued => Some(format!("octopoid retry {id}")),
        Hearing::IfWorkGoesOn => Some(format!("octopoid reject {id} --reason \"…\"")),
        Hearing::WhileItWorks | Hearing::WhileItReviews | Hearing::NextAttempt | Hearing::Never => None,
    }
}
