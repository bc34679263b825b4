//! What an operation can fail with.

use super::edit::{EditField, NotEditable};
use crate::model::{CommitId, DraftStatus, ProjectId, Queue, TaskId};
use crate::store::StoreError;
use crate::transition::Refusal;

/// Error returned by an operation: the store's own, or a typed reason for which a screen knows what to offer next,
/// all of which are listed here.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// The store failed, or the state machine refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task does not wait for the one that was named.
    #[error("{task} does not wait for {blocker}")]
    NotBlocked {
        /// The task.
        task: TaskId,
        /// Its queue.
        queue: Queue,
        /// The task that was named.
        blocker: TaskId,
        /// The tasks that it does wait for.
        waits_for: Vec<TaskId>,
    },
    /// The thread of the task has no message of this number.
    #[error("the thread of {task} has no message {message}")]
    NoMessage {
        /// The task.
        task: TaskId,
        /// The number.
        message: u64,
    },
    /// The task has landed nothing that could be taken back.
    #[error("{task} has landed nothing: it is in `{queue}`")]
    NotLanded {
        /// The task.
        task: TaskId,
        /// Its queue.
        queue: Queue,
    },
    /// It is not recorded where the base branch stood before the task landed.
    #[error("it is not recorded on which commit {task} landed with {landed}")]
    LandingUnknown {
        /// The task.
        task: TaskId,
        /// The commit with which it was in the base branch.
        landed: CommitId,
    },
    /// A field of the task cannot be changed any more, or not now.
    #[error("cannot change {} of {task}: {why}", fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", "))]
    NotEditable {
        /// The task.
        task: TaskId,
        /// The fields.
        fields: Vec<EditField>,
        /// The reason.
        why: NotEditable,
    },
    /// No draft has this number or slug.
    #[error("there is no draft `{name}`")]
    NoDraft {
        /// What was given.
        name: String,
        /// The slugs that exist.
        slugs: Vec<String>,
    },
    /// Several drafts have these words in their slug.
    #[error("`{name}` may be any of {} drafts", drafts.len())]
    AmbiguousDraft {
        /// What was given.
        name: String,
        /// The number and the slug of each.
        drafts: Vec<(u64, String)>,
    },
    /// A task or a project was made of the draft before.
    #[error("draft {draft} has become {} already", became(task.as_ref(), project.as_ref()))]
    DraftUsed {
        /// The draft.
        draft: u64,
        /// The task.
        task: Option<TaskId>,
        /// The project.
        project: Option<ProjectId>,
    },
    /// The draft is archived.
    #[error("draft {draft} is {}", DraftStatus::Archived.as_str())]
    DraftArchived {
        /// The draft.
        draft: u64,
    },
    /// A project that has nothing to do with the draft has the id that the draft's project would get.
    #[error("there is a project {project} already that is not draft {draft}'s")]
    ProjectIdTaken {
        /// The draft.
        draft: u64,
        /// The id.
        project: ProjectId,
    },
    /// The project has no tasks.
    #[error("the project {project} has no tasks")]
    EmptyProject {
        /// The project.
        project: ProjectId,
    },
    /// Tasks of the project are not done.
    #[error("{}", open_tasks(project, open))]
    OpenProject {
        /// The project.
        project: ProjectId,
        /// The tasks, with their queues.
        open: Vec<(TaskId, Queue)>,
    },
    /// The task that lands the project cannot be approved where it stands.
    #[error("{landing}, which lands the project {project}, is in `{queue}`")]
    LandingNotReady {
        /// The project.
        project: ProjectId,
        /// The task that lands it.
        landing: TaskId,
        /// Its queue.
        queue: Queue,
    },
}

/// So many open tasks of a project are named.
const NAMED: usize = 10;

fn became(task: Option<&TaskId>, project: Option<&ProjectId>) -> String {
    match (task, project) {
        (Some(task), _) => task.to_string(),
        (None, Some(project)) => format!("the project {project}"),
        (None, None) => "something".to_owned(),
    }
}

fn open_tasks(project: &ProjectId, open: &[(TaskId, Queue)]) -> String {
    let mut names: Vec<_> =
        open.iter().take(NAMED).map(|(task, queue)| format!("{task} ({queue})")).collect();
    if open.len() > NAMED {
        names.push(format!("{} more", open.len() - NAMED));
    }
    let (tasks, are) = if open.len() == 1 { ("task", "is") } else { ("tasks", "are") };
    format!("{} {tasks} of {project} {are} not done: {}", open.len(), names.join(", "))
}

/// Gives a refusal the name under which people know the command.
pub(super) fn renamed(error: StoreError, from: &str, to: &'static str) -> StoreError {
    match error.refusal() {
        Some(Refusal::WrongQueue { command, id, queue, allowed }) if command == from => {
            let (id, allowed) = (id.clone(), allowed.clone());
            Refusal::WrongQueue { command: to.into(), id, queue: *queue, allowed }.into()
        }
        _ => error,
    }
}
