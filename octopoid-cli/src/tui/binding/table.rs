//! All keys.

use super::{Binding, Key, Section, Verb};
use crate::tui::pane::Pane;
use crossterm::event::KeyCode;

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
const MACHINES: Section = Section::Machines;
const PROJECTS: Section = Section::Projects;
const DRAFTS: Section = Section::Drafts;
const QUEUE: Section = Section::Queue;
const PANES: Section = Section::Panes;
const MOVE: Section = Section::Move;

/// All keys, in the order of the help.
#[rustfmt::skip]
pub(in crate::tui) const BINDINGS: &[Binding] = &[
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
    bind(&[Key::letter('s')], Verb::Pause, MACHINES, "out of service, or back into it", Some("machines drain MACHINE")),
    bind(&[Key::letter('a')], Verb::Approve, PROJECTS, "approve it, so that it lands", Some("project approve PROJECT")),
    bind(&[Key::letter('x')], Verb::Cancel, PROJECTS, "put it away", Some("project update PROJECT --status archived")),
    bind(&[Key::letter('n')], Verb::Enqueue, PROJECTS, "new project", Some("project create TITLE")),
    bind(&[Key::of(KeyCode::Enter)], Verb::Open, PROJECTS, "show only its tasks", Some("list --project PROJECT")),
    bind(&[Key::letter('a')], Verb::Approve, DRAFTS, "make a task or a project of it", Some("draft approve DRAFT")),
    bind(&[Key::letter('e')], Verb::Edit, DRAFTS, "edit it, in your editor", Some("draft edit DRAFT")),
    bind(&[Key::letter('x')], Verb::Cancel, DRAFTS, "put it away", Some("draft archive DRAFT")),
    bind(&[Key::of(KeyCode::Delete), Key::of(KeyCode::Backspace)], Verb::Discard, DRAFTS, "delete it for good", Some("draft delete DRAFT --force")),
    bind(&[Key::letter('n')], Verb::Enqueue, DRAFTS, "new draft", Some("draft create TITLE")),
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
    bind(&[Key::letter('9'), Key::letter('p')], Verb::Show(Pane::Projects), PANES, "projects", Some("project list")),
    bind(&[Key::letter('0'), Key::letter('i')], Verb::Show(Pane::Drafts), PANES, "drafts: ideas for tasks", Some("draft list")),
    bind(&[Key::letter('w')], Verb::Split, PANES, "the diff in two columns, or in one", None),
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
