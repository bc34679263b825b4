//! Carrying out what a person decides.

mod items;
mod review;

use super::desk::Desk;
use super::pane::CodePlace;

use crate::error::{CliError, Result};
use octopoid_core::model::{
    CommitId, MachineStatus, MessageKind, NewTask, OrchestratorId, Priority, ProjectId, ReviewVerdict,
    RoleName, TaskId, TaskPatch,
};
use octopoid_core::ops::{
    self, Decision, Duplicates, Edit, Enqueued, RevertRequest, decide_on_read, edit, find_message, revert,
    tell,
};

/// The name under which decisions of this screen are recorded.
const NAME: &str = "dashboard";

/// Something that changes the queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    Decide {
        task: TaskId,
        decision: Decision,
        /// Newest commit of its work as the screen shows it: a verdict is on that work.
        head: Option<CommitId>,
    },
    ApproveProject {
        project: ProjectId,
    },
    Comment {
        task: TaskId,
        text: String,
        reply_to: Option<u64>,
    },
    /// Keeps a draft of a comment on lines of the work, from `first` to the one of the place, as long as its newest commit is
    /// `head`.
    ReviewComment {
        task: TaskId,
        place: CodePlace,
        first: u32,
        head: CommitId,
        text: String,
    },
    /// Replies to a review comment.
    Reply {
        task: TaskId,
        parent: u64,
        text: String,
    },
    /// Sends the drafts with a verdict.
    Review {
        task: TaskId,
        verdict: ReviewVerdict,
        summary: String,
        /// Newest commit of the work as the screen shows it.
        head: Option<CommitId>,
    },
    /// Marks a review comment as dealt with, or as open again.
    Resolve {
        task: TaskId,
        comment: u64,
        resolved: bool,
    },
    /// Deletes a draft.
    Discard {
        task: TaskId,
        comment: u64,
    },
    Tell {
        task: TaskId,
        text: String,
    },
    Revert {
        task: TaskId,
        reason: String,
    },
    Priority {
        task: TaskId,
        priority: Priority,
    },
    Enqueue {
        title: String,
        description: String,
    },
    /// Pauses the orchestrator here, or resumes it.
    Pause(bool),
    /// Takes a machine out of service, or puts it back.
    Machine {
        machine: OrchestratorId,
        status: MachineStatus,
    },
    NewProject {
        title: String,
        description: String,
    },
    ArchiveProject {
        project: ProjectId,
    },
    NewDraft {
        title: String,
        text: String,
    },
    ApproveDraft {
        draft: u64,
        made: Made,
    },
    ArchiveDraft {
        draft: u64,
    },
    DeleteDraft {
        draft: u64,
    },
    /// Changes a draft to a text, with its title in the first line.
    EditDraft {
        draft: u64,
        text: String,
    },
}

/// What is made of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    Task { role: RoleName, priority: Priority },
    Project { branch: Option<String> },
}

/// Carries an action out. Returns what it came to, in words.
pub(super) async fn carry_out(action: Action, desk: &Desk) -> Result<String> {
    let (store, scope, context) = (&*desk.store, &desk.scope, &desk.context);
    match action {
        Action::Decide { task, decision, head } => {
            let done = done(&decision);
            let task = decide_on_read(store, scope, &task, decision, context.actor(NAME)?, head).await?;
            Ok(format!("{} {done}; it is in {}", task.id, task.place()))
        }
        Action::ApproveProject { .. }
        | Action::Machine { .. }
        | Action::NewProject { .. }
        | Action::ArchiveProject { .. }
        | Action::NewDraft { .. }
        | Action::ApproveDraft { .. }
        | Action::ArchiveDraft { .. }
        | Action::DeleteDraft { .. }
        | Action::EditDraft { .. } => items::carry_out(action, desk).await,
        Action::Comment { task, text, reply_to } => {
            if let Some(number) = reply_to
                && find_message(store, scope, &task, number).await?.kind == MessageKind::Question
            {
                // A question that has a reply counts as answered, and it was asked of a person.
                context.require_person(NAME)?;
            }
            let message = ops::comment(store, scope, &task, context.author(), text, reply_to).await?;
            Ok(format!("said about {task} as message {}", message.id))
        }
        Action::ReviewComment { .. }
        | Action::Reply { .. }
        | Action::Review { .. }
        | Action::Resolve { .. }
        | Action::Discard { .. } => review::carry_out(action, desk).await,
        Action::Tell { task, text } => {
            let told = tell(store, scope, &task, context.author(), text).await?;
            Ok(format!("told {task} as message {}: {}", told.message.id, told.heard.effect()))
        }
        Action::Revert { task, reason } => {
            context.require_person(NAME)?;
            let request = RevertRequest::new(context.author()).with_reason(reason);
            match revert(store, scope, &task, request).await? {
                Enqueued::Created(made) => Ok(format!("{} undoes what {task} landed", made.id)),
                Enqueued::Duplicate(made) => Ok(format!("{} is there already, and undoes it", made.id)),
            }
        }
        Action::Priority { task, priority } => {
            let mut patch = TaskPatch::default();
            patch.priority = Some(priority);
            let task = store.task(scope, &task).await?;
            let task = edit(store, &task, &Edit::new(patch), &context.actor(NAME)?).await?;
            Ok(format!("{} is {} now", task.id, task.priority))
        }
        Action::Enqueue { title, description } => {
            let new =
                NewTask::new(title, description).with_scope(scope.clone()).with_author(context.author());
            match ops::enqueue(store, new, Duplicates::Refuse).await? {
                Enqueued::Created(task) => Ok(format!("{} added to {}", task.id, task.place())),
                Enqueued::Duplicate(twin) => Err(CliError::refused(format!(
                    "{} says exactly the same and is in `{}`",
                    twin.id,
                    twin.queue()
                ))),
            }
        }
        Action::Pause(paused) => pause(paused, desk),
    }
}

const fn done(decision: &Decision) -> &'static str {
    match decision {
        Decision::Approve { .. } => "approved",
        Decision::Reject { .. } => "sent back",
        Decision::Retry { .. } => "goes on",
        Decision::Requeue { .. } => "requeued",
        Decision::Cancel { .. } => "called off",
        Decision::Unblock { .. } => "unblocked",
        Decision::Force { .. } => "moved",
        _ => "changed",
    }
}

fn pause(paused: bool, desk: &Desk) -> Result<String> {
    let Some(installation) = &desk.installation else {
        return Err(CliError::refused("there is no orchestrator here"));
    };
    if paused {
        desk.context.require_person("pause")?;
        installation.pause(&desk.context.author())?;
        return Ok("paused: what runs goes on, nothing new begins".to_owned());
    }
    desk.context.require_person("resume")?;
    installation.resume()?;
    Ok("resumed".to_owned())
}
