//! What a person wants to be changed of a task.

use octopoid_core::model::{Complexity, Priority, ProjectId, RoleName, TaskId, TaskPatch, Usd};
use octopoid_core::ops::Edit;
use serde_json::{Value, json};

/// Changes to a task. `None` leaves a field as it is, `Some(None)` takes it away.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) role: Option<RoleName>,
    pub(super) priority: Option<Priority>,
    pub(super) complexity: Option<Option<Complexity>>,
    pub(super) blocked_by: Option<Vec<TaskId>>,
    pub(super) branch: Option<Option<String>>,
    pub(super) flow: Option<Option<String>>,
    pub(super) project: Option<Option<ProjectId>>,
    pub(super) auto_accept: Option<bool>,
    pub(super) model: Option<Option<String>>,
    pub(super) max_turns: Option<Option<u32>>,
    pub(super) budget_usd: Option<Option<Usd>>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the edit that makes the changes.
    pub(super) fn edit(self) -> Edit {
        let mut patch = TaskPatch::default();
        patch.title = self.title;
        patch.description = self.description;
        patch.role = self.role;
        patch.priority = self.priority;
        patch.complexity = self.complexity;
        patch.branch = self.branch;
        // The flow of a task that names none is the default one, by any name.
        let flow = self.flow.map(|flow| flow.filter(|flow| flow != octopoid_core::flow::DEFAULT));
        let attributes: [(&str, Option<Value>); 6] = [
            ("flow", flow.map(|flow| json!(flow))),
            ("project_id", self.project.map(|project| json!(project))),
            ("auto_accept", self.auto_accept.map(|flag| json!(flag))),
            ("model", self.model.map(|model| json!(model))),
            ("max_turns", self.max_turns.map(|turns| json!(turns))),
            ("budget_usd", self.budget_usd.map(|budget| json!(budget))),
        ];
        for (name, value) in attributes {
            patch.attributes.extend(value.map(|value| (name.to_owned(), value)));
        }
        let edit = Edit::new(patch);
        match self.blocked_by {
            Some(blockers) => edit.with_blocked_by(blockers),
            None => edit,
        }
    }
}
