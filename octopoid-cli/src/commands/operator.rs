//! What a person decides about a task: `approve`, `reject`, `requeue`, `cancel`, `retry`, `force`, `unblock`.

use super::list::places::state;
use crate::args;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::words::Surroundings;
use crate::output::{json, style};
use octopoid_core::model::{Place, Queue, Task, TaskId};
use octopoid_core::store::{Store, StoreError};
use octopoid_core::transition::{Cause, Command, Refusal};

pub(super) async fn approve(args: args::Approve, context: &Context) -> Result<()> {
    let command = Command::Approve {
        actor: context.actor_named("approve", args.by.as_deref())?,
        comments: args.comment,
    };
    apply(&args.id, command, "approved", context).await
}

pub(super) async fn reject(args: args::Reject, context: &Context) -> Result<()> {
    let actor = context.actor_named("reject", args.by.as_deref())?;
    let reason = args.words.or(args.reason).unwrap_or_default();
    let command = Command::Reject { actor, reason, cause: Cause::Review };
    apply(&args.id, command, "sent back", context).await
}

pub(super) async fn requeue(args: args::Requeue, context: &Context) -> Result<()> {
    let actor = context.actor("requeue")?;
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let command = match store.task(&installation.scope(), &args.id).await?.queue() {
        // Nobody has it in hand, so there is no attempt to charge.
        Queue::Failed | Queue::NeedsContinuation => {
            Command::Continue { actor, note: args.reason.unwrap_or_default() }
        }
        _ => Command::Requeue { actor, reason: args.reason.unwrap_or_else(|| "requeued by hand".to_owned()) },
    };
    apply_to(&installation, &*store, &args.id, command, "requeued", context).await
}

pub(super) async fn cancel(args: args::Cancel, context: &Context) -> Result<()> {
    let command = Command::Cancel { actor: context.actor("cancel")?, reason: args.reason };
    apply(&args.id, command, "called off", context).await
}

pub(super) async fn retry(args: args::Retry, context: &Context) -> Result<()> {
    let command = Command::Continue { actor: context.actor("retry")?, note: args.note };
    apply(&args.id, command, "goes on", context).await
}

pub(super) async fn force(args: args::Force, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    if let Place::State(named) = &args.queue {
        state(named.as_str(), &installation, &*store, context).await?;
    }
    let command = Command::Force { actor: context.actor("force")?, to: args.queue, reason: args.reason };
    apply_to(&installation, &*store, &args.id, command, "moved", context).await
}

pub(super) async fn unblock(args: args::Unblock, context: &Context) -> Result<()> {
    let command = Command::Unblock { actor: context.actor("unblock")?, blocker: args.blocker.clone() };
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let task = store.task(&installation.scope(), &args.id).await?;
    check_waits(&task, &args.blocker)?;
    apply_to(&installation, &*store, &args.id, command, "unblocked", context).await
}

/// Checks that a task waits for another: to the store, ending a wait that is over is only a repetition.
fn check_waits(task: &Task, blocker: &TaskId) -> Result<()> {
    let waits_for: Vec<_> = task.unresolved_blockers().map(TaskId::as_str).collect();
    if waits_for.contains(&blocker.as_str()) {
        return Ok(());
    }
    let (id, queue) = (&task.id, task.queue());
    let message = format!("{id} does not wait for {blocker}");
    Err(CliError::refused(message).hint(match waits_for.as_slice() {
        [] => format!("it waits for no task: it is in `{queue}`; `octopoid show {id}` says what can be done"),
        waits_for => format!("it waits for {}", waits_for.join(", ")),
    }))
}

async fn apply(id: &TaskId, command: Command, done: &str, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    apply_to(&installation, &*store, id, command, done, context).await
}

async fn apply_to(
    installation: &Installation,
    store: &dyn Store,
    id: &TaskId,
    command: Command,
    done: &str,
    context: &Context,
) -> Result<()> {
    let task = store.apply(&installation.scope(), id, command).await.map_err(refused)?;
    let surroundings = Surroundings::gather(installation, &context.environment, store, [&task]).await?;
    let explained = surroundings.explain(&task);
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

/// A refusal under the name that the command has here.
fn refused(error: StoreError) -> CliError {
    let renamed = match error.refusal() {
        Some(Refusal::WrongQueue { command, id, queue, allowed }) if command == "continue" => {
            let (command, id, allowed) = ("retry".into(), id.clone(), allowed.clone());
            Some(Refusal::WrongQueue { command, id, queue: *queue, allowed }.to_string())
        }
        _ => None,
    };
    let error = CliError::from(error);
    CliError { message: renamed.unwrap_or(error.message), ..error }
}
