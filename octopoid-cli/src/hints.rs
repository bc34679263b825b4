//! What to do next, as command lines: the one place that turns typed errors and remedies of the libraries into them.

use crate::config::closest;
use crate::error::{CliError, Kind, with_causes};
use octopoid_core::model::Queue;
use octopoid_core::ops::{NotEditable, OpError, Remedy};
use octopoid_core::store::{ErrorKind, StoreError};

/// The most drafts that an error lists.
const LISTED: usize = 5;

/// Returns the command line for a remedy, or the line to add to a file.
pub(crate) fn command(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Approve { task } => format!("octopoid approve {task}"),
        Remedy::ApproveProject { project } => format!("octopoid project approve {project}"),
        Remedy::Reject { task } => format!("octopoid reject {task} --reason \"…\""),
        Remedy::Retry { task, note: false } => format!("octopoid retry {task}"),
        Remedy::Retry { task, note: true } => format!("octopoid retry {task} --note \"…\""),
        Remedy::Cancel { task } => format!("octopoid cancel {task}"),
        Remedy::Unblock { task, blocker } => format!("octopoid unblock {task} --blocker {blocker}"),
        Remedy::Force { task } => format!("octopoid force {task} QUEUE --reason \"…\""),
        Remedy::AddAgent { role } => {
            format!("add `- {{ name: {role}, role: {role} }}` to .octopoid/agents.yaml")
        }
        Remedy::StartOrchestrator => "octopoid start".to_owned(),
        Remedy::ResumeOrchestrator => "octopoid resume".to_owned(),
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let (kind, hint) = match error.kind() {
            ErrorKind::NotFound => (Kind::NotFound, "`octopoid list` shows the tasks there are"),
            ErrorKind::Conflict | ErrorKind::LeaseLost => {
                (Kind::Refused, "`octopoid show ID` says where the task stands and what can be done")
            }
            ErrorKind::Invalid { field } if field == "blocked_by" => {
                (Kind::Usage, "`octopoid list` shows the tasks there are and what they wait for")
            }
            ErrorKind::Invalid { .. } => (Kind::Usage, "fix that value and try again"),
            ErrorKind::Unauthorized | ErrorKind::Forbidden => {
                (Kind::Refused, "`octopoid doctor` checks the set-up")
            }
            ErrorKind::Gone => (
                Kind::Unavailable,
                "nothing is lost: move the saved copy back to that path, where its folder is gone after making that, and run \
                 `octopoid start`, which goes on with what was under way",
            ),
            ErrorKind::Unavailable => (
                Kind::Unavailable,
                "try again; if it stays so, `octopoid doctor` checks the database and the disk",
            ),
            _ => (Kind::Failure, "`octopoid doctor` checks the database"),
        };
        CliError::new(kind, with_causes(&error)).hint(hint)
    }
}

impl From<OpError> for CliError {
    fn from(error: OpError) -> Self {
        let message = error.to_string();
        let (kind, hint) = match error {
            OpError::Store(error) => return error.into(),
            OpError::NotBlocked { task, queue, waits_for, .. } => (
                Kind::Refused,
                match waits_for.as_slice() {
                    [] => format!(
                        "it waits for no task: it is in `{queue}`; `octopoid show {task}` says what can be done"
                    ),
                    waits_for => {
                        let names: Vec<_> = waits_for.iter().map(ToString::to_string).collect();
                        format!("it waits for {}", names.join(", "))
                    }
                },
            ),
            OpError::NotLanded { task, queue } => (
                Kind::Refused,
                match queue {
                    Queue::Done => {
                        format!("it is done without a commit of its own; `octopoid show {task}` says how")
                    }
                    _ => format!("`octopoid cancel {task}` ends a task that has not landed"),
                },
            ),
            OpError::LandingUnknown { landed, .. } => (
                Kind::Refused,
                format!(
                    "add a task that says what to undo: `octopoid enqueue \"Revert …\"`; `git show {}` shows it",
                    landed.short()
                ),
            ),
            OpError::NotEditable { task, why, .. } => (
                Kind::Refused,
                match why {
                    NotEditable::Claimed => format!(
                        "`octopoid tell {task} \"…\"` tells the agent; `octopoid requeue {task}` takes the task back, to be changed then"
                    ),
                    NotEditable::Submitted => {
                        format!(
                            "`octopoid reject {task} --reason \"…\"` sends the work back with what is to change"
                        )
                    }
                    NotEditable::HasWork => format!(
                        "`octopoid cancel {task}` and add another task for it, or leave that as it is"
                    ),
                    NotEditable::Stopped => {
                        format!("`octopoid retry {task}` lets it go on; then it can wait for tasks")
                    }
                    NotEditable::Done => "`octopoid enqueue` adds a task for what is to change".to_owned(),
                },
            ),
            OpError::NoMessage { task, .. } => {
                (Kind::Usage, format!("`octopoid show {task}` shows the thread with its numbers"))
            }
            OpError::NoDraft { name, slugs } => {
                let hint = match closest(&name, slugs.iter().map(String::as_str)) {
                    Some(meant) => {
                        format!("did you mean `{meant}`? `octopoid draft list` shows all there are")
                    }
                    None => "`octopoid draft list` shows the drafts there are".to_owned(),
                };
                (Kind::NotFound, hint)
            }
            OpError::AmbiguousDraft { drafts, .. } => {
                let names = drafts.iter().take(LISTED).map(|(id, slug)| format!("{slug} ({id})"));
                (Kind::Usage, format!("name one in full: {}", names.collect::<Vec<_>>().join(", ")))
            }
            OpError::DraftUsed { task: Some(task), .. } => {
                (Kind::Refused, format!("`octopoid show {task}` says where it stands"))
            }
            OpError::DraftUsed { project: Some(project), .. } => {
                (Kind::Refused, format!("`octopoid project show {project}` says where it stands"))
            }
            OpError::DraftUsed { .. } => {
                (Kind::Refused, "`octopoid draft list` says where it stands".to_owned())
            }
            OpError::DraftArchived { .. } => {
                (Kind::Refused, "`octopoid enqueue` adds a task for it, if it is wanted after all".to_owned())
            }
            OpError::ProjectIdTaken { .. } => {
                (Kind::Refused, "`octopoid project create` makes one under another id".to_owned())
            }
            OpError::EmptyProject { project } => (
                Kind::Refused,
                format!("`octopoid project update {project} --status completed` completes it nevertheless"),
            ),
            OpError::OpenProject { project, .. } => (
                Kind::Refused,
                format!(
                    "`octopoid project show {project}` says where they stand; `octopoid force ID done --reason \"…\"` \
                     settles one that is not wanted any more"
                ),
            ),
            OpError::LandingNotReady { landing, queue, .. } => (
                Kind::Refused,
                match queue {
                    Queue::Failed | Queue::NeedsContinuation => {
                        format!(
                            "`octopoid show {landing}` says why; `octopoid retry {landing}` lets it go on"
                        )
                    }
                    _ => format!("an agent is fixing it; `octopoid show {landing}` says what"),
                },
            ),
        };
        CliError::new(kind, message).hint(hint)
    }
}
