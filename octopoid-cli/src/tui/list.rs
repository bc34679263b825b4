//! The list of tasks: what is in it, what is selected, and which part is in sight. Pure.

use super::entry::Entry;
use super::snapshot::Snapshot;
use octopoid_core::model::{ProjectId, TaskId};
use octopoid_core::ops::Attention;

/// Item of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// The heading of a group, with the number of its tasks.
    Heading { group: Attention, count: usize },
    /// A task, by its place among the entries.
    Task { entry: usize, group: Attention },
    /// The heading of the projects that wait for a person, with their number.
    Projects { count: usize },
    /// A project that waits for a person, by its place among them.
    Project { at: usize },
}

/// What is selected in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selected {
    Task(TaskId),
    Project(ProjectId),
}

impl Item {
    /// Returns how many lines it takes.
    pub(super) const fn height(self) -> usize {
        match self {
            Item::Heading { .. } | Item::Projects { .. } => 1,
            Item::Task { group: Attention::Done, .. } => 1,
            Item::Task {
                group: Attention::NeedsYou | Attention::Working | Attention::Landing | Attention::Waiting,
                ..
            }
            | Item::Project { .. } => 2,
        }
    }

    /// Returns whether it can be selected.
    const fn is_selectable(self) -> bool {
        match self {
            Item::Heading { .. } | Item::Projects { .. } => false,
            Item::Task { .. } | Item::Project { .. } => true,
        }
    }

    fn selected(self, snapshot: &Snapshot) -> Option<Selected> {
        match self {
            Item::Heading { .. } | Item::Projects { .. } => None,
            Item::Task { entry, .. } => Some(Selected::Task(snapshot.entries.get(entry)?.task.id.clone())),
            Item::Project { at } => Some(Selected::Project(snapshot.ready.get(at)?.id.clone())),
        }
    }
}

/// List with its selection. The selection stays with what is selected while others come and go.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    pub(super) items: Vec<Item>,
    pub(super) selected: Option<Selected>,
    /// The item that is selected.
    pub(super) at: Option<usize>,
    /// The first item in sight.
    pub(super) top: usize,
    /// The words that are searched for; empty for all.
    pub(super) filter: String,
}

impl List {
    /// Shows what a snapshot has. If what was selected is gone, what stands in its place is selected.
    pub(super) fn set(&mut self, snapshot: &Snapshot, height: usize) {
        let entries = &snapshot.entries;
        let shown: Vec<_> = (0..entries.len()).filter(|at| entries[*at].matches(&self.filter)).collect();
        self.items.clear();
        for group in Attention::ALL {
            let of_group: Vec<_> = shown.iter().filter(|at| entries[**at].group == group).collect();
            // That nobody is waited for is worth a line; that nothing lands is not.
            if !of_group.is_empty() || (group == Attention::NeedsYou && self.filter.is_empty()) {
                self.items.push(Item::Heading { group, count: of_group.len() });
                self.items.extend(of_group.into_iter().map(|entry| Item::Task { entry: *entry, group }));
            }
            let ready = snapshot.ready.len();
            if group == Attention::NeedsYou && ready > 0 && self.filter.is_empty() {
                self.items.push(Item::Projects { count: ready });
                self.items.extend((0..ready).map(|at| Item::Project { at }));
            }
        }
        let is_selected = |item: &Item| item.is_selectable() && item.selected(snapshot) == self.selected;
        let found = self.items.iter().position(is_selected);
        let near = self.at.unwrap_or_default();
        self.at = found.or_else(|| self.next_from(near)).or_else(|| self.last_before(near));
        self.remember(snapshot);
        self.keep_in_sight(height);
    }

    /// Selects the first task of a group from the present place on, or else the first of the group; nothing changes where it
    /// has none.
    pub(super) fn select_near(&mut self, group: Attention, from: usize, snapshot: &Snapshot, height: usize) {
        let is_of = |at: &usize| matches!(self.items[*at], Item::Task { group: other, .. } if other == group);
        let mut all = 0..self.items.len();
        let found = (from.min(self.items.len())..self.items.len()).find(is_of).or_else(|| all.find(is_of));
        if let Some(at) = found {
            self.at = Some(at);
            self.remember(snapshot);
            self.keep_in_sight(height);
        }
    }

    /// Moves the selection by so many items.
    pub(super) fn step(&mut self, by: isize, snapshot: &Snapshot, height: usize) {
        for _ in 0..by.unsigned_abs() {
            let next = match (self.at, by > 0) {
                (Some(at), true) => self.next_from(at + 1),
                (Some(at), false) => self.last_before(at),
                (None, _) => self.next_from(0),
            };
            let Some(next) = next else { break };
            self.at = Some(next);
        }
        self.remember(snapshot);
        self.keep_in_sight(height);
    }

    /// Selects the first item, or the last one.
    pub(super) fn jump(&mut self, to_end: bool, snapshot: &Snapshot, height: usize) {
        self.at = if to_end { self.last_before(self.items.len()) } else { self.next_from(0) };
        self.remember(snapshot);
        self.keep_in_sight(height);
    }

    fn next_from(&self, at: usize) -> Option<usize> {
        (at..self.items.len()).find(|at| self.items[*at].is_selectable())
    }

    fn last_before(&self, at: usize) -> Option<usize> {
        (0..at.min(self.items.len())).rev().find(|at| self.items[*at].is_selectable())
    }

    fn remember(&mut self, snapshot: &Snapshot) {
        let item = self.at.and_then(|at| self.items.get(at));
        self.selected = item.and_then(|item| item.selected(snapshot));
    }

    /// Returns the selected task.
    pub(super) fn task(&self) -> Option<&TaskId> {
        match &self.selected {
            Some(Selected::Task(task)) => Some(task),
            Some(Selected::Project(_)) | None => None,
        }
    }

    /// Returns the entry of the selected task.
    pub(super) fn entry<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Entry> {
        match self.items.get(self.at?)? {
            Item::Task { entry, .. } => snapshot.entries.get(*entry),
            Item::Heading { .. } | Item::Projects { .. } | Item::Project { .. } => None,
        }
    }

    /// Moves what is in sight so that the selected item is, with the heading above it where that is next to it.
    pub(super) fn keep_in_sight(&mut self, height: usize) {
        let Some(at) = self.at else {
            self.top = 0;
            return;
        };
        let has_heading = at > 0 && !self.items[at - 1].is_selectable();
        self.top = self.top.min(if has_heading { at - 1 } else { at });
        let mut used: usize = self.items[self.top..=at].iter().map(|item| item.height()).sum();
        while used > height && self.top < at {
            used -= self.items[self.top].height();
            self.top += 1;
        }
        // No empty lines at the end while there is something above.
        let mut below: usize = self.items[self.top..].iter().map(|item| item.height()).sum();
        while self.top > 0 && below + self.items[self.top - 1].height() <= height {
            self.top -= 1;
            below += self.items[self.top].height();
        }
    }

    /// Returns the items in sight, as far as they begin within the height.
    pub(super) fn visible(&self, height: usize) -> impl Iterator<Item = (usize, Item, usize)> {
        let mut line = 0;
        let items = self.items.iter().enumerate().skip(self.top);
        items.map_while(move |(at, item)| {
            let shown = (line < height).then_some((at, *item, line));
            line += item.height();
            shown
        })
    }
}
