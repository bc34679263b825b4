//! The panes, and the state of the one that is shown.

mod row;
mod state;

pub(super) use row::{CodePlace, Fit, Mark, Row};
pub(super) use state::PaneState;

/// Pane beside the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pane {
    Task,
    Log,
    Diff,
    Thread,
    Runs,
    Graph,
    Machines,
    Costs,
    Projects,
    Drafts,
}

impl Pane {
    pub(super) const ALL: [Pane; 10] = [
        Pane::Task,
        Pane::Log,
        Pane::Diff,
        Pane::Thread,
        Pane::Runs,
        Pane::Graph,
        Pane::Machines,
        Pane::Costs,
        Pane::Projects,
        Pane::Drafts,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Pane::Task => "task",
            Pane::Log => "log",
            Pane::Diff => "diff",
            Pane::Thread => "thread",
            Pane::Runs => "runs",
            Pane::Graph => "graph",
            Pane::Machines => "machines",
            Pane::Costs => "costs",
            Pane::Projects => "projects",
            Pane::Drafts => "drafts",
        }
    }

    /// Returns whether it shows the selected task.
    pub(super) const fn is_of_task(self) -> bool {
        match self {
            Pane::Task | Pane::Log | Pane::Diff | Pane::Thread | Pane::Runs | Pane::Graph => true,
            Pane::Machines | Pane::Costs | Pane::Projects | Pane::Drafts => false,
        }
    }

    /// Returns whether it has a cursor, at whose line keys do something.
    pub(super) const fn has_cursor(self) -> bool {
        match self {
            Pane::Diff | Pane::Machines | Pane::Projects | Pane::Drafts => true,
            Pane::Task | Pane::Log | Pane::Thread | Pane::Runs | Pane::Graph | Pane::Costs => false,
        }
    }

    /// Returns whether keys are about the items that it lists, and not about the selected task.
    pub(super) const fn has_items(self) -> bool {
        match self {
            Pane::Machines | Pane::Projects | Pane::Drafts => true,
            Pane::Task | Pane::Log | Pane::Diff | Pane::Thread | Pane::Runs | Pane::Graph | Pane::Costs => {
                false
            }
        }
    }
}
