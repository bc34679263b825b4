//! What a prompt is for.

use crate::tui::pane::CodePlace;
use octopoid_core::model::{CommitId, MachineStatus, OrchestratorId, ProjectId, TaskId};

/// What a prompt is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Subject {
    Approve(TaskId),
    ApproveProject(ProjectId),
    Reject(TaskId),
    Retry(TaskId),
    Requeue(TaskId),
    Cancel(TaskId),
    Unblock(TaskId),
    Force(TaskId),
    Comment(TaskId),
    Answer(TaskId, u64),
    /// A comment on lines of the work whose newest commit is `head`, from `first` to the one of the place.
    Line {
        task: TaskId,
        place: CodePlace,
        first: u32,
        head: CommitId,
    },
    /// A reply to a review comment.
    Reply(TaskId, u64),
    /// A review, with the drafts.
    Review(TaskId),
    Tell(TaskId),
    Revert(TaskId),
    Enqueue,
    /// Another status for a machine.
    Machine(OrchestratorId, MachineStatus),
    NewProject,
    ArchiveProject(ProjectId),
    NewDraft,
    ApproveDraft(u64),
    ArchiveDraft(u64),
    DeleteDraft(u64),
    /// The text of a draft, with its title in the first line.
    Draft(u64),
}

impl Subject {
    /// Returns what is to be typed.
    pub(in crate::tui) const fn asks(&self) -> &'static str {
        match self {
            Subject::Approve(_) => "remarks, if any",
            Subject::ApproveProject(_)
            | Subject::Machine(..)
            | Subject::ArchiveProject(_)
            | Subject::ArchiveDraft(_)
            | Subject::DeleteDraft(_) => "nothing to type",
            Subject::NewProject => "the title in the first line, then what it is for",
            Subject::NewDraft | Subject::Draft(_) => "the title in the first line, then the idea",
            Subject::ApproveDraft(_) => "ROLE and P0 to P3; or `project`, with a branch if it has one",
            Subject::Reject(_) => "what to improve",
            Subject::Retry(_) => "what to tell the next attempt, if anything",
            Subject::Requeue(_) | Subject::Cancel(_) | Subject::Revert(_) => "why, if it matters",
            Subject::Unblock(_) => "the task that it need not wait for",
            Subject::Force(_) => "QUEUE and why, such as `done merged by hand`",
            Subject::Comment(_) | Subject::Answer(..) | Subject::Reply(..) | Subject::Tell(_) => {
                "what is to be said"
            }
            Subject::Line { .. } => "what is to be said; `must:` or `nit:` before it is its weight",
            Subject::Review(_) => "words about the work as a whole, if any",
            Subject::Enqueue => "the title in the first line, then what is to be done",
        }
    }

    /// Returns whether the text may have several lines.
    pub(in crate::tui) const fn has_lines(&self) -> bool {
        match self {
            Subject::Approve(_)
            | Subject::Reject(_)
            | Subject::Retry(_)
            | Subject::Requeue(_)
            | Subject::Cancel(_)
            | Subject::Comment(_)
            | Subject::Answer(..)
            | Subject::Line { .. }
            | Subject::Reply(..)
            | Subject::Review(_)
            | Subject::Tell(_)
            | Subject::Revert(_)
            | Subject::NewProject
            | Subject::NewDraft
            | Subject::Draft(_)
            | Subject::Enqueue => true,
            Subject::ApproveProject(_)
            | Subject::Unblock(_)
            | Subject::Force(_)
            | Subject::Machine(..)
            | Subject::ArchiveProject(_)
            | Subject::ApproveDraft(_)
            | Subject::ArchiveDraft(_)
            | Subject::DeleteDraft(_) => false,
        }
    }

    /// Returns whether it moves a task, so that the next one can be looked at.
    pub(in crate::tui) const fn is_decision(&self) -> bool {
        match self {
            Subject::Approve(_)
            | Subject::ApproveProject(_)
            | Subject::Reject(_)
            | Subject::Retry(_)
            | Subject::Requeue(_)
            | Subject::Cancel(_)
            | Subject::Unblock(_)
            | Subject::Force(_)
            | Subject::Review(_) => true,
            Subject::Comment(_)
            | Subject::Answer(..)
            | Subject::Line { .. }
            | Subject::Reply(..)
            | Subject::Tell(_)
            | Subject::Revert(_)
            | Subject::Machine(..)
            | Subject::NewProject
            | Subject::ArchiveProject(_)
            | Subject::NewDraft
            | Subject::ApproveDraft(_)
            | Subject::ArchiveDraft(_)
            | Subject::DeleteDraft(_)
            | Subject::Draft(_)
            | Subject::Enqueue => false,
        }
    }
}
