//! The keys: what each does, and the command that does the same.

mod table;

pub(super) use table::BINDINGS;

use super::pane::Pane;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Something that a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    // Decisions about the selected task.
    Approve,
    Reject,
    Retry,
    Requeue,
    Cancel,
    Unblock,
    Force,
    /// Adds a remark to the thread.
    Comment,
    /// Answers the open question, or the review comment at the cursor.
    Answer,
    /// Sends a review with the drafts.
    Review,
    /// Begins a range of lines, or ends it.
    Range,
    /// Marks the review comment at the cursor as dealt with, or as open again.
    Resolve,
    /// Deletes the draft at the cursor.
    Discard,
    /// Tells its agent something.
    Tell,
    Revert,
    Raise,
    Lower,
    /// Opens it in the editor.
    Edit,
    /// Opens its worktree.
    Worktree,
    // Beside the tasks.
    Enqueue,
    Pause,
    // What is shown.
    Show(Pane),
    /// Shows what has changed since the last review.
    SinceReview,
    Search,
    /// Goes to the next head of the pane: a file, a message, a run.
    Next,
    Previous,
    /// Goes to the attempt or round before.
    Older,
    Newer,
    /// Scrolls the pane, wherever the keys go to.
    PaneDown,
    PaneUp,
    Zoom,
    /// Shows the diff in two columns, or in one.
    Split,
    Switch,
    Help,
    Refresh,
    Suspend,
    Quit,
    // Moving.
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Left,
    Right,
    Open,
    Back,
}

/// Part of the help that a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Decide,
    /// With the cursor in the diff.
    Diff,
    /// With the cursor at a machine, a project or a draft.
    Machines,
    Projects,
    Drafts,
    Queue,
    Panes,
    Move,
}

impl Verb {
    /// Returns whether it is about a task, or a line of its work.
    pub(super) const fn is_about_task(self) -> bool {
        match self {
            Verb::Approve
            | Verb::Reject
            | Verb::Retry
            | Verb::Requeue
            | Verb::Cancel
            | Verb::Unblock
            | Verb::Force
            | Verb::Comment
            | Verb::Answer
            | Verb::Review
            | Verb::Range
            | Verb::Resolve
            | Verb::Discard
            | Verb::Tell
            | Verb::Revert
            | Verb::Raise
            | Verb::Lower
            | Verb::Edit
            | Verb::Worktree => true,
            Verb::Enqueue
            | Verb::Pause
            | Verb::Show(_)
            | Verb::SinceReview
            | Verb::Search
            | Verb::Next
            | Verb::Previous
            | Verb::Older
            | Verb::Newer
            | Verb::PaneDown
            | Verb::PaneUp
            | Verb::Zoom
            | Verb::Split
            | Verb::Switch
            | Verb::Help
            | Verb::Refresh
            | Verb::Suspend
            | Verb::Quit
            | Verb::Up
            | Verb::Down
            | Verb::PageUp
            | Verb::PageDown
            | Verb::First
            | Verb::Last
            | Verb::Left
            | Verb::Right
            | Verb::Open
            | Verb::Back => false,
        }
    }
}

impl Section {
    pub(super) const ALL: [Section; 8] = [
        Section::Decide,
        Section::Diff,
        Section::Machines,
        Section::Projects,
        Section::Drafts,
        Section::Queue,
        Section::Panes,
        Section::Move,
    ];

    pub(super) const fn heading(self) -> &'static str {
        match self {
            Section::Decide => "The selected task",
            Section::Diff => "The line at the cursor of the diff",
            Section::Machines => "The machine at the cursor",
            Section::Projects => "The project at the cursor",
            Section::Drafts => "The draft at the cursor",
            Section::Queue => "The queue",
            Section::Panes => "What is shown",
            Section::Move => "Moving",
        }
    }

    /// Returns whether its keys mean something else there than elsewhere.
    #[cfg(test)]
    pub(super) const fn is_at_cursor(self) -> bool {
        match self {
            Section::Diff | Section::Machines | Section::Projects | Section::Drafts => true,
            Section::Decide | Section::Queue | Section::Panes | Section::Move => false,
        }
    }
}

/// Key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) code: KeyCode,
    pub(super) ctrl: bool,
}

impl Key {
    const fn of(code: KeyCode) -> Self {
        Self { code, ctrl: false }
    }

    const fn letter(letter: char) -> Self {
        Self::of(KeyCode::Char(letter))
    }

    const fn ctrl(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), ctrl: true }
    }

    /// Returns whether it was pressed. Shift is part of the letter.
    fn is(self, pressed: KeyEvent) -> bool {
        let ctrl = pressed.modifiers.contains(KeyModifiers::CONTROL);
        let alt = pressed.modifiers.contains(KeyModifiers::ALT);
        self.code == pressed.code && self.ctrl == ctrl && !alt
    }

    /// Returns its name.
    pub(super) fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "space".to_owned(),
            KeyCode::Char(letter) => letter.to_string(),
            KeyCode::Enter => "Enter".to_owned(),
            KeyCode::Esc => "Esc".to_owned(),
            KeyCode::Tab => "Tab".to_owned(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            other => format!("{other:?}"),
        };
        if self.ctrl { format!("ctrl-{name}") } else { name }
    }
}

/// Key, or several that do the same, with what it does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding {
    pub(super) keys: &'static [Key],
    pub(super) verb: Verb,
    pub(super) section: Section,
    /// What it does, in a few words.
    pub(super) about: &'static str,
    /// The command that does the same; none for what only a screen has.
    pub(super) command: Option<&'static str>,
}

/// Returns what a key does.
pub(super) fn verb(pressed: KeyEvent) -> Option<Verb> {
    let is_bound = |binding: &&Binding| binding.keys.iter().any(|key| key.is(pressed));
    BINDINGS.iter().find(is_bound).map(|binding| binding.verb)
}

/// Returns the first key of a verb.
pub(super) fn key_of(verb: Verb) -> String {
    let binding = BINDINGS.iter().find(|binding| binding.verb == verb);
    binding.and_then(|binding| binding.keys.first()).map_or_else(String::new, |key| key.name())
}
