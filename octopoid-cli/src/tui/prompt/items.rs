//! Questions about machines, projects and drafts.

use super::{Prompt, Subject};
use octopoid_core::model::{Draft, Machine, MachineStatus, ProjectId};

impl Prompt {
    /// Returns the prompt that takes a machine out of service, or puts it back.
    pub(in crate::tui) fn machine(machine: &Machine) -> Self {
        let id = &machine.id;
        match machine.status {
            MachineStatus::Maintenance => Self::new(
                Subject::Machine(id.clone(), MachineStatus::Active),
                format!("Put {id} back into service"),
                format!("octopoid machines resume {id}"),
                "takes new work again, from its next heartbeat on",
            ),
            MachineStatus::Active | MachineStatus::Offline => Self::new(
                Subject::Machine(id.clone(), MachineStatus::Maintenance),
                format!("Take {id} out of service"),
                format!("octopoid machines drain {id}"),
                "finishes what it has and takes nothing new, from its next heartbeat on",
            ),
        }
    }

    /// Returns the prompt for the approval of a project.
    pub(in crate::tui) fn for_project(project: &ProjectId, effect: impl Into<String>) -> Self {
        Self::new(
            Subject::ApproveProject(project.clone()),
            format!("Approve the project {project}"),
            format!("octopoid project approve {project}"),
            effect,
        )
    }

    /// Returns the prompt for a new project.
    pub(in crate::tui) fn new_project() -> Self {
        let command = "octopoid project create TITLE --description TEXT".to_owned();
        let effect = "active at once; tasks are added with `octopoid enqueue --project`";
        Self::new(Subject::NewProject, "New project".to_owned(), command, effect)
    }

    /// Returns the prompt that puts a project away.
    pub(in crate::tui) fn archive_project(project: &ProjectId) -> Self {
        Self::new(
            Subject::ArchiveProject(project.clone()),
            format!("Put the project {project} away"),
            format!("octopoid project update {project} --status archived"),
            "no longer listed; its tasks stay as they are",
        )
    }

    /// Returns the prompt for a new draft.
    pub(in crate::tui) fn new_draft() -> Self {
        let command = "octopoid draft create TITLE".to_owned();
        Self::new(Subject::NewDraft, "New draft".to_owned(), command, "an idea, until it is approved")
    }

    /// Returns the prompt that makes a task or a project of a draft.
    pub(in crate::tui) fn approve_draft(draft: &Draft) -> Self {
        Self::new(
            Subject::ApproveDraft(draft.id),
            format!("Approve draft {}: {}", draft.id, draft.title),
            format!("octopoid draft approve {}", draft.id),
            "becomes a task, which enters the queue at once",
        )
        .starting_with("implement P2")
    }

    /// Returns the prompt that puts a draft away.
    pub(in crate::tui) fn archive_draft(draft: &Draft) -> Self {
        Self::new(
            Subject::ArchiveDraft(draft.id),
            format!("Put draft {} away: {}", draft.id, draft.title),
            format!("octopoid draft archive {}", draft.id),
            "no longer listed, and not proposed again",
        )
    }

    /// Returns the prompt that deletes a draft.
    pub(in crate::tui) fn delete_draft(draft: &Draft) -> Self {
        Self::new(
            Subject::DeleteDraft(draft.id),
            format!("Delete draft {}: {}", draft.id, draft.title),
            format!("octopoid draft delete {} --force", draft.id),
            "gone for good, and it may be proposed again",
        )
    }
}
