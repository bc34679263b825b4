//! The commands of a person about a task: `approve`, `reject`, `requeue`, `cancel`, `retry`, `force`, `unblock`.

use super::list::places::state;
use super::review::drafts_of;
use crate::args;
use crate::assembly::Explainer;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::{json, style, text};
use octopoid_core::model::{Place, Queue, TaskId};
use octopoid_core::ops::{Decision, decide};
use octopoid_core::store::Store;
use octopoid_core::transition::Actor;

pub(super) async fn approve(args: args::Approve, context: &Context) -> Result<()> {
    let person = context.actor_named("approve", args.by.as_deref())?;
    require_no_drafts(&args.id, "--approve", context).await?;
    apply(&args.id, Decision::Approve { comments: args.comment }, person, "approved", context).await
}

pub(super) async fn reject(args: args::Reject, context: &Context) -> Result<()> {
    let person = context.actor_named("reject", args.by.as_deref())?;
    let reason = args.words.or(args.reason).unwrap_or_default();
    require_no_drafts(&args.id, "--request-changes", context).await?;
    apply(&args.id, Decision::Reject { reason }, person, "sent back", context).await
}

/// Refuses a decision while review comments of the same person wait to be sent: they would be left behind.
async fn require_no_drafts(id: &TaskId, verdict: &str, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let drafts = drafts_of(&*store, &installation.scope(), id, &context.author()).await?.len();
    if drafts == 0 {
        return Ok(());
    }
    let are = if drafts == 1 { "is" } else { "are" };
    let message = format!("{} of yours on {id} {are} not sent", text::count(drafts as u64, "comment"));
    Err(CliError::refused(message).hint(format!(
        "`octopoid review {id} {verdict}` decides and sends them; `octopoid review {id} --discard-drafts` deletes them"
    )))
}

pub(super) async fn requeue(args: args::Requeue, context: &Context) -> Result<()> {
    let decision = Decision::Requeue { reason: args.reason };
    apply(&args.id, decision, context.actor("requeue")?, "requeued", context).await
}

pub(super) async fn cancel(args: args::Cancel, context: &Context) -> Result<()> {
    let decision = Decision::Cancel { reason: args.reason };
    apply(&args.id, decision, context.actor("cancel")?, "called off", context).await
}

pub(super) async fn retry(args: args::Retry, context: &Context) -> Result<()> {
    let decision = Decision::Retry { note: args.note };
    apply(&args.id, decision, context.actor("retry")?, "goes on", context).await
}

pub(super) async fn force(args: args::Force, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    if let Place::State(named) = &args.queue {
        state(named.as_str(), &installation, &*store, context).await?;
    }
    let decision = Decision::Force { to: args.queue, reason: args.reason };
    let person = context.actor("force")?;
    apply_to(&installation, &*store, &args.id, decision, person, "moved", context).await
}

pub(super) async fn unblock(args: args::Unblock, context: &Context) -> Result<()> {
    let decision = Decision::Unblock { blocker: args.blocker };
    apply(&args.id, decision, context.actor("unblock")?, "unblocked", context).await
}

async fn apply(id: &TaskId, decision: Decision, person: Actor, done: &str, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    apply_to(&installation, &*store, id, decision, person, done, context).await
}

async fn apply_to(
    installation: &Installation,
    store: &dyn Store,
    id: &TaskId,
    decision: Decision,
    person: Actor,
    done: &str,
    context: &Context,
) -> Result<()> {
    let task = decide(store, &installation.scope(), id, decision, person).await?;
    let explainer = Explainer::gather(installation, &context.environment, store, [&task]).await?;
    let explained = explainer.explain(&task);
    let output = context.output;
    output.line(format_args!(
        "{} {done}; it is in {}",
        style::paint(style::HEADING, id),
        style::place(&task)
    ));
    // A task that a person has just called off needs no advice to take it up again.
    if task.queue() != Queue::Failed {
        output.note(format_args!("  {}", explained.text));
        for command in &explained.commands {
            output.note(format_args!("  → {command}"));
        }
    }
    output.json(&json::task(&task, &explained));
    Ok(())
}
