//! The list of tasks: what is in it, what is selected, and which part is in sight. Pure.

use super::entry::Entry;
use octopoid_core::model::TaskId;
use octopoid_core::ops::Attention;

/// Item of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// The heading of a group, with the number of its tasks.
    Heading { group: Attention, count: usize },
    /// A task, by its place among the entries.
    Task { entry: usize, group: Attention },
}

impl Item {
    /// Returns how many lines it takes.
    pub(super) const fn height(self) -> usize {
        match self {
            Item::Heading { .. } => 1,
            Item::Task { group: Attention::Done, .. } => 1,
            Item::Task {
                group: Attention::NeedsYou | Attention::Working | Attention::Landing | Attention::Waiting,
                ..
            } => 2,
        }
    }
}

/// List with its selection. The selection stays with a task while others come and go.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    pub(super) items: Vec<Item>,
    pub(super) selected: Option<TaskId>,
    /// The item that is selected.
    pub(super) at: Option<usize>,
    /// The first item in sight.
    pub(super) top: usize,
    /// The words that are searched for; empty for all.
    pub(super) filter: String,
}

impl List {
    /// Shows other entries. If the selected task is gone, what stands in its place is selected.
    pub(super) fn set(&mut self, entries: &[Entry], height: usize) {
        let shown = (0..entries.len()).filter(|at| entries[*at].matches(&self.filter));
        let shown: Vec<_> = shown.collect();
        self.items.clear();
        for group in Attention::ALL {
            let of_group: Vec<_> = shown.iter().filter(|at| entries[**at].group == group).collect();
            // That nobody is waited for is worth a line; that nothing lands is not.
            if of_group.is_empty() && (group != Attention::NeedsYou || !self.filter.is_empty()) {
                continue;
            }
            self.items.push(Item::Heading { group, count: of_group.len() });
            self.items.extend(of_group.into_iter().map(|entry| Item::Task { entry: *entry, group }));
        }
        let is_selected = |item: &Item| match item {
            Item::Task { entry, .. } => Some(&entries[*entry].task.id) == self.selected.as_ref(),
            Item::Heading { .. } => false,
        };
        let found = self.items.iter().position(is_selected);
        let near = self.at.unwrap_or_default();
        self.at = found.or_else(|| self.task_from(near)).or_else(|| self.task_before(near));
        self.remember(entries);
        self.keep_in_sight(height);
    }

    /// Selects the first task of a group from the present place on, or else the first of the group; nothing changes where it
    /// has none.
    pub(super) fn select_near(&mut self, group: Attention, from: usize, entries: &[Entry], height: usize) {
        let is_of = |at: &usize| matches!(self.items[*at], Item::Task { group: other, .. } if other == group);
        let mut all = 0..self.items.len();
        let found = (from.min(self.items.len())..self.items.len()).find(is_of).or_else(|| all.find(is_of));
        if let Some(at) = found {
            self.at = Some(at);
            self.remember(entries);
            self.keep_in_sight(height);
        }
    }

    /// Moves the selection by so many tasks.
    pub(super) fn step(&mut self, by: isize, entries: &[Entry], height: usize) {
        for _ in 0..by.unsigned_abs() {
            let next = match (self.at, by > 0) {
                (Some(at), true) => self.task_from(at + 1),
                (Some(at), false) => self.task_before(at),
                (None, _) => self.task_from(0),
            };
            let Some(next) = next else { break };
            self.at = Some(next);
        }
        self.remember(entries);
        self.keep_in_sight(height);
    }

    /// Selects the first task, or the last one.
    pub(super) fn jump(&mut self, to_end: bool, entries: &[Entry], height: usize) {
        self.at = if to_end { self.task_before(self.items.len()) } else { self.task_from(0) };
        self.remember(entries);
        self.keep_in_sight(height);
    }

    fn task_from(&self, at: usize) -> Option<usize> {
        (at..self.items.len()).find(|at| matches!(self.items[*at], Item::Task { .. }))
    }

    fn task_before(&self, at: usize) -> Option<usize> {
        (0..at.min(self.items.len())).rev().find(|at| matches!(self.items[*at], Item::Task { .. }))
    }

    fn remember(&mut self, entries: &[Entry]) {
        self.selected = self.entry_index().map(|entry| entries[entry].task.id.clone());
    }

    /// Returns the place of the selected task among the entries.
    pub(super) fn entry_index(&self) -> Option<usize> {
        match self.items.get(self.at?)? {
            Item::Task { entry, .. } => Some(*entry),
            Item::Heading { .. } => None,
        }
    }

    /// Moves what is in sight so that the selected task is, with the heading above it where that is next to it.
    pub(super) fn keep_in_sight(&mut self, height: usize) {
        let Some(at) = self.at else {
            self.top = 0;
            return;
        };
        let has_heading = at > 0 && matches!(self.items[at - 1], Item::Heading { .. });
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
