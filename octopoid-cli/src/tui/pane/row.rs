//! Lines of a pane before they are fitted to it.

use octopoid_core::model::{OrchestratorId, ProjectId, Side};
use ratatui::text::Line;

/// What a line of a pane stands for, where a key can do something with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Mark {
    /// A line of code.
    Code(CodePlace),
    /// A review comment.
    Comment {
        id: u64,
        is_draft: bool,
        is_resolved: bool,
    },
    Machine(OrchestratorId),
    Project(ProjectId),
    Draft(u64),
}

/// Line of a file on one side of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct CodePlace {
    pub(in crate::tui) path: String,
    pub(in crate::tui) side: Side,
    pub(in crate::tui) line: u32,
}

/// Line of a pane before it is fitted to a width.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tui) struct Row {
    pub(in crate::tui) line: Line<'static>,
    /// What stands in the right half of the pane, where the line has only the left one.
    pub(in crate::tui) beside: Option<Line<'static>>,
    pub(in crate::tui) fit: Fit,
    /// Whether `]` and `[` stop here: the head of an attempt or of a file.
    pub(in crate::tui) is_head: bool,
    pub(in crate::tui) mark: Option<Mark>,
}

/// What becomes of a line that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Fit {
    /// It goes on in the next one, indented.
    Wrap { indent: usize },
    /// It is cut, and the pane can be moved to the right.
    Clip,
}

impl Row {
    /// Returns a line that is wrapped.
    pub(in crate::tui) fn new(line: impl Into<Line<'static>>) -> Self {
        Self { line: line.into(), beside: None, fit: Fit::Wrap { indent: 0 }, is_head: false, mark: None }
    }

    /// Returns a line that is wrapped with what goes on indented.
    pub(in crate::tui) fn indented(line: impl Into<Line<'static>>, indent: usize) -> Self {
        Self { line: line.into(), beside: None, fit: Fit::Wrap { indent }, is_head: false, mark: None }
    }

    /// Returns a line that is cut.
    pub(in crate::tui) fn clipped(line: impl Into<Line<'static>>) -> Self {
        Self { line: line.into(), beside: None, fit: Fit::Clip, is_head: false, mark: None }
    }

    /// Returns two lines side by side, both cut.
    pub(in crate::tui) fn split(left: impl Into<Line<'static>>, right: impl Into<Line<'static>>) -> Self {
        Self { beside: Some(right.into()), ..Self::clipped(left) }
    }

    /// Makes it one at which `]` and `[` stop.
    pub(in crate::tui) fn head(mut self) -> Self {
        self.is_head = true;
        self
    }

    /// Gives it what it stands for.
    pub(in crate::tui) fn marked(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }

    pub(in crate::tui) fn empty() -> Self {
        Self::new("")
    }
}
