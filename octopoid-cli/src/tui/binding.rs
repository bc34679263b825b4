//! The keys: what each does, and the command that does the same.

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
    Queue,
    Panes,
    Move,
}

impl Section {
    pub(super) const ALL: [Section; 5] =
        [Section::Decide, Section::Diff, Section::Queue, Section::Panes, Section::Move];

    pub(super) const fn heading(self) -> &'static str {
        match self {
            Section::Decide => "The selected task",
            Section::Diff => "The line at the cursor of the diff",
            Section::Queue => "The queue",
            Section::Panes => "What is shown",
            Section::Move => "Moving",
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

const fn bind(
    keys: &'static [Key],
    verb: Verb,
    section: Section,
    about: &'static str,
    command: Option<&'static str>,
) -> Binding {
    Binding { keys, verb, section, about, command }
}

const DECIDE: Section = Section::Decide;
const DIFF: Section = Section::Diff;
const QUEUE: Section = Section::Queue;
const PANES: Section = Section::Panes;
const MOVE: Section = Section::Move;

/// All keys, in the order of the help.
#[rustfmt::skip]
pub(super) const BINDINGS: &[Binding] = &[
    bind(&[Key::letter('a')], Verb::Approve, DECIDE, "approve, so that it lands", Some("approve ID")),
    bind(&[Key::letter('r')], Verb::Reject, DECIDE, "request changes", Some("reject ID REASON")),
    bind(&[Key::letter('y')], Verb::Answer, DECIDE, "answer its question", Some("comment ID TEXT --reply-to N")),
    bind(&[Key::letter('c')], Verb::Comment, DECIDE, "comment", Some("comment ID TEXT")),
    bind(&[Key::letter('R')], Verb::Review, DECIDE, "send the review with its drafts", Some("review ID")),
    bind(&[Key::letter('T')], Verb::Tell, DECIDE, "tell its agent something", Some("tell ID TEXT")),
    bind(&[Key::letter('t')], Verb::Retry, DECIDE, "let it go on", Some("retry ID")),
    bind(&[Key::letter('u')], Verb::Requeue, DECIDE, "put it back into the queue", Some("requeue ID")),
    bind(&[Key::letter('x')], Verb::Cancel, DECIDE, "cancel", Some("cancel ID")),
    bind(&[Key::letter('b')], Verb::Unblock, DECIDE, "end a wait for another task", Some("unblock ID --blocker ID")),
    bind(&[Key::letter('f')], Verb::Force, DECIDE, "move it anywhere", Some("force ID QUEUE --reason TEXT")),
    bind(&[Key::letter('v')], Verb::Revert, DECIDE, "undo what it landed", Some("revert ID --reason TEXT")),
    bind(&[Key::letter('+')], Verb::Raise, DECIDE, "more urgent", Some("edit ID --priority P1")),
    bind(&[Key::letter('-')], Verb::Lower, DECIDE, "less urgent", Some("edit ID --priority P3")),
    bind(&[Key::letter('e')], Verb::Edit, DECIDE, "edit it, in your editor", Some("edit ID")),
    bind(&[Key::letter('o')], Verb::Worktree, DECIDE, "open its worktree", Some("open ID")),
    bind(&[Key::letter('c')], Verb::Comment, DIFF, "a draft of a comment on the line", Some("review ID --draft --comment FILE:1 TEXT")),
    bind(&[Key::letter('V')], Verb::Range, DIFF, "begin a range of lines, or end it", None),
    bind(&[Key::letter('y')], Verb::Answer, DIFF, "reply to the comment", Some("comments ID --reply N TEXT")),
    bind(&[Key::letter('=')], Verb::Resolve, DIFF, "the comment is dealt with, or open again", Some("comments ID --resolve N")),
    bind(&[Key::of(KeyCode::Delete), Key::of(KeyCode::Backspace)], Verb::Discard, DIFF, "delete the draft", Some("comments ID --delete N")),
    bind(&[Key::letter('n')], Verb::Enqueue, QUEUE, "new task", Some("enqueue TITLE")),
    bind(&[Key::letter('s')], Verb::Pause, QUEUE, "pause or resume the orchestrator", Some("pause")),
    bind(&[Key::letter('/')], Verb::Search, QUEUE, "search", Some("list")),
    bind(&[Key::letter('1')], Verb::Show(Pane::Task), PANES, "the task", Some("show ID")),
    bind(&[Key::letter('2'), Key::letter('l')], Verb::Show(Pane::Log), PANES, "its log", Some("logs ID")),
    bind(&[Key::letter('3'), Key::letter('d')], Verb::Show(Pane::Diff), PANES, "its diff", Some("diff ID")),
    bind(&[Key::letter('D')], Verb::SinceReview, PANES, "the diff since the last review", Some("diff ID --since-review")),
    bind(&[Key::letter('4')], Verb::Show(Pane::Thread), PANES, "its thread", Some("show ID")),
    bind(&[Key::letter('5')], Verb::Show(Pane::Runs), PANES, "its runs", Some("show ID")),
    bind(&[Key::letter('6')], Verb::Show(Pane::Graph), PANES, "what it waits for, and the reverse", Some("show ID")),
    bind(&[Key::letter('7'), Key::letter('m')], Verb::Show(Pane::Machines), PANES, "machines and agents", Some("status")),
    bind(&[Key::letter('8')], Verb::Show(Pane::Costs), PANES, "costs and limits", Some("cost")),
    bind(&[Key::letter('<')], Verb::Older, PANES, "attempt or round before", None),
    bind(&[Key::letter('>')], Verb::Newer, PANES, "attempt or round after", None),
    bind(&[Key::letter('z')], Verb::Zoom, PANES, "the pane alone, or both again", None),
    bind(&[Key::letter('?')], Verb::Help, PANES, "these keys", None),
    bind(&[Key::of(KeyCode::Down), Key::letter('j')], Verb::Down, MOVE, "down", None),
    bind(&[Key::of(KeyCode::Up), Key::letter('k')], Verb::Up, MOVE, "up", None),
    bind(&[Key::of(KeyCode::PageDown), Key::letter(' '), Key::ctrl('d')], Verb::PageDown, MOVE, "a page down", None),
    bind(&[Key::of(KeyCode::PageUp), Key::ctrl('u')], Verb::PageUp, MOVE, "a page up", None),
    bind(&[Key::letter('J')], Verb::PaneDown, MOVE, "the pane down, also from the list", None),
    bind(&[Key::letter('K')], Verb::PaneUp, MOVE, "the pane up, also from the list", None),
    bind(&[Key::letter(']')], Verb::Next, MOVE, "to the next file, message or run", None),
    bind(&[Key::letter('[')], Verb::Previous, MOVE, "to the one before", None),
    bind(&[Key::letter('g'), Key::of(KeyCode::Home)], Verb::First, MOVE, "to the beginning", None),
    bind(&[Key::letter('G'), Key::of(KeyCode::End)], Verb::Last, MOVE, "to the end; follows a log", None),
    bind(&[Key::of(KeyCode::Left), Key::letter('h')], Verb::Left, MOVE, "left in long lines", None),
    bind(&[Key::of(KeyCode::Right)], Verb::Right, MOVE, "right in long lines", None),
    bind(&[Key::of(KeyCode::Tab)], Verb::Switch, MOVE, "between the list and the pane", None),
    bind(&[Key::of(KeyCode::Enter)], Verb::Open, MOVE, "into the pane", None),
    bind(&[Key::of(KeyCode::Esc)], Verb::Back, MOVE, "back", None),
    bind(&[Key::ctrl('l')], Verb::Refresh, MOVE, "read and draw everything again", None),
    bind(&[Key::ctrl('z')], Verb::Suspend, MOVE, "suspend; `fg` goes on", None),
    bind(&[Key::letter('q'), Key::ctrl('c')], Verb::Quit, MOVE, "quit", None),
];

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
