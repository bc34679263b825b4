//! `octopoid comment`: adds a message to a task's thread.

use crate::args::Comment;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::output::style;
use octopoid_core::model::{MessageKind, State};
use octopoid_core::ops::{comment, find_message};

pub(super) async fn run(args: Comment, context: &Context) -> Result<()> {
    if args.text.trim().is_empty() {
        return Err(CliError::usage("the comment is empty")
            .hint("say something, such as `octopoid comment task-3 \"…\"`"));
    }
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let (scope, id) = (installation.scope(), &args.id);
    let task = store.task(&scope, id).await?;
    if let Some(parent) = args.reply_to {
        let answered = find_message(&*store, &scope, id, parent).await?;
        // A question that has a reply counts as answered, and it was asked of a person.
        if answered.kind == MessageKind::Question {
            context.require_person("comment --reply-to")?;
        }
    }
    let message = comment(&*store, &scope, id, context.author(), args.text, args.reply_to).await?;
    let output = context.output;
    output.json(&message);
    output.line(format_args!("said about {} as message {}", style::paint(style::HEADING, id), message.id));
    if matches!(task.state, State::NeedsContinuation { .. }) {
        output.note(format_args!(
            "  it has stopped, and goes on with it once you say so\n  → octopoid retry {id}"
        ));
    }
    Ok(())
}
