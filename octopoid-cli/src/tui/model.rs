//! Everything that is shown, and what follows from it. Pure.

use super::content;
use super::entry::Entry;
use super::event::{Data, Wanted};
use super::field::Field;
use super::layout::{Areas, Focus};
use super::list::{List, Selected};
use super::pane::{Pane, PaneState};
use super::prompt::{Prompt, Subject};
use super::snapshot::Snapshot;
use super::theme::Theme;
use octopoid_core::model::{Message, Priority, Project, TaskId, Timestamp};

/// The narrowest pane in which a diff stands in two columns.
pub(super) const SPLIT: usize = 90;
/// The most lines that a prompt's text takes.
const TYPED: usize = 6;

/// State of the screen.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) theme: Theme,
    pub(super) size: (u16, u16),
    pub(super) now: Timestamp,
    pub(super) snapshot: Snapshot,
    /// Whether the queue was read at least once.
    pub(super) is_loaded: bool,
    pub(super) list: List,
    pub(super) focus: Focus,
    /// Whether the part with the focus has the screen for itself.
    pub(super) zoom: bool,
    pub(super) wanted: Wanted,
    /// What was read for the pane; none while it is being read.
    pub(super) data: Option<Data>,
    pub(super) pane: PaneState,
    pub(super) overlay: Overlay,
    pub(super) said: Option<Said>,
    /// Texts that were typed and not sent.
    pub(super) drafts: Vec<(Subject, Field)>,
    /// What was sent, and has not arrived yet as far as is known.
    pub(super) sent: Vec<Sent>,
    /// The number of the last action.
    pub(super) acted: u64,
    /// Whether the person has asked to leave, and something is still to arrive or to be lost.
    pub(super) leaving: bool,
    /// Whether a diff is to stand in two columns where there is room.
    pub(super) split: bool,
    /// Whether the rows of the pane are in two columns.
    shown_split: bool,
    /// The task that a decision was sent for, and its place in the list: the next one that needs a person follows.
    pub(super) decided: Option<(TaskId, usize)>,
}

/// Action that was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) number: u64,
    /// The text that it was made of.
    pub(super) kept: Option<(Subject, Field)>,
    /// The priority that it gives a task.
    pub(super) priority: Option<(TaskId, Priority)>,
}

/// What covers a part of the screen and takes the keys.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Overlay {
    None,
    Help { top: usize },
    Prompt(Box<Prompt>),
    Search(Field),
}

/// Message in the bottom line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) is_bad: bool,
}

impl Model {
    pub(super) fn new(theme: Theme, size: (u16, u16), now: Timestamp) -> Self {
        let mut model = Self {
            theme,
            size,
            now,
            snapshot: Snapshot::default(),
            is_loaded: false,
            list: List::default(),
            focus: Focus::List,
            zoom: false,
            wanted: Wanted { pane: Pane::Task, task: None, attempt: None, since_review: false },
            data: None,
            pane: PaneState::default(),
            overlay: Overlay::None,
            said: None,
            drafts: Vec::new(),
            sent: Vec::new(),
            acted: 0,
            leaving: false,
            split: false,
            shown_split: false,
            decided: None,
        };
        model.fit();
        model
    }

    /// Returns where things stand.
    pub(super) fn areas(&self) -> Areas {
        Areas::of(self.size, self.focus, self.zoom, self.bottom_height())
    }

    fn bottom_height(&self) -> u16 {
        match &self.overlay {
            Overlay::None | Overlay::Help { .. } | Overlay::Search(_) => 1,
            Overlay::Prompt(prompt) => {
                let (lines, _) = prompt.field.laid_out(self.typing_width());
                // Above the text stand the heading and the consequence, below it the keys.
                u16::try_from(lines.len().clamp(1, TYPED) + 3).unwrap_or(u16::MAX)
            }
        }
    }

    /// Returns the columns for what is typed.
    pub(super) fn typing_width(&self) -> usize {
        usize::from(self.size.0.saturating_sub(4))
    }

    pub(super) fn list_height(&self) -> usize {
        self.areas().list.map_or(0, |area| area.height.into())
    }

    pub(super) fn pane_height(&self) -> usize {
        self.areas().pane.map_or(0, |area| area.height.into())
    }

    /// Fits the list and the pane to their parts of the screen.
    pub(super) fn fit(&mut self) {
        let areas = self.areas();
        if let Some(list) = areas.list {
            self.list.keep_in_sight(list.height.into());
        }
        if let Some(pane) = areas.pane {
            self.pane.resize(pane.width.into(), pane.height.into());
        }
        if self.is_split() != self.shown_split {
            self.show();
        }
    }

    /// Returns whether the pane shows a diff in two columns.
    pub(super) fn is_split(&self) -> bool {
        let width = self.areas().pane.map_or(0, |area| area.width.into());
        self.split && self.wanted.pane == Pane::Diff && width >= SPLIT
    }

    /// Returns the selected task.
    pub(super) fn selected(&self) -> Option<&Entry> {
        self.list.entry(&self.snapshot)
    }

    /// Returns the selected project.
    pub(super) fn project(&self) -> Option<&Project> {
        let Some(Selected::Project(id)) = &self.list.selected else { return None };
        self.snapshot.ready.iter().find(|project| project.id == *id)
    }

    /// Returns the thread of the selected task, as far as it was read.
    pub(super) fn thread(&self) -> &[Message] {
        match &self.data {
            Some(Data::Details { thread, .. }) if self.wanted.task.as_ref() == self.list.task() => thread,
            _ => &[],
        }
    }

    /// Returns the drafts of review comments of the selected task, as far as they were read.
    pub(super) fn drafts_of_review(&self) -> usize {
        let comments = match &self.data {
            Some(Data::Details { comments, .. }) => comments,
            Some(Data::Diff(changes)) => &changes.comments,
            _ => return 0,
        };
        let is_of_selected = self.wanted.task.as_ref() == self.list.task();
        comments.iter().filter(|placed| is_of_selected && placed.comment.is_draft()).count()
    }

    /// Makes the pane's lines out of what is known.
    pub(super) fn show(&mut self) {
        self.shown_split = self.is_split();
        let rows = content::rows(self);
        let height = self.pane_height();
        self.pane.set(rows, height);
    }
}
