//! What happens to the screen, and what is to follow.

use super::actions::Action;
use super::pane::Pane;
use super::snapshot::Snapshot;
use crossterm::event::KeyEvent;
use octopoid_core::model::{
    CommitId, Diff, Draft, Message, PlacedComment, Project, Run, TaskId, Timestamp, Usage,
};
use octopoid_core::ops::Costs;
use octopoid_core::ops::project::Progress;
use std::collections::BTreeSet;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Time has passed, by which ages change.
    Tick(Timestamp),
    /// The queue was read. `changed` are the tasks with new events, none for all of them.
    Snapshot { snapshot: Box<Snapshot>, changed: Option<BTreeSet<TaskId>>, now: Timestamp },
    /// What a pane shows was read.
    Loaded(Wanted, Data),
    /// Lines were added to the log that is shown.
    Logged(Wanted, Vec<String>),
    /// Something was carried out, with what it came to: the action of that number, or else a command.
    Done { text: String, number: Option<u64> },
    /// Something failed: what, and what to do next.
    Failed { message: String, hint: Option<String>, number: Option<u64> },
    /// The editor was closed, with the text.
    Edited(Written, String),
}

/// What is written in the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// The text of the prompt.
    Prompt,
    /// A draft, by its number.
    Draft(u64),
}

/// What a pane is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) pane: Pane,
    /// None for panes that show no task, or without one.
    pub(super) task: Option<TaskId>,
    /// The attempt whose log, or the round whose diff is shown; none for the newest.
    pub(super) attempt: Option<u32>,
    /// Whether only what has changed since the last review is shown.
    pub(super) since_review: bool,
}

/// What was read for a pane.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    /// The thread, the runs, oldest first, and the review comments of a task.
    Details { thread: Vec<Message>, runs: Vec<Run>, comments: Vec<PlacedComment> },
    /// A log so far.
    Log(Log),
    /// The changes of a task's work.
    Diff(Changes),
    /// Sums by day, role and agent.
    Costs(Vec<(&'static str, Costs)>),
    /// The projects that are not archived.
    Projects(Vec<ProjectView>),
    /// The drafts that are not archived, newest first, and how many more there are.
    Drafts(Vec<Draft>, u64),
    /// Nothing, and why.
    Nothing(String),
}

/// Project with how far it is, and what its tasks used.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProjectView {
    pub(super) project: Project,
    pub(super) progress: Progress,
    pub(super) used: Usage,
}

/// Changes of a task's work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Changes {
    pub(super) diff: Diff,
    /// The number of the round, and of the newest one.
    pub(super) round: u32,
    pub(super) newest: u32,
    /// The newest commit of the round; none where it is not known.
    pub(super) head: Option<CommitId>,
    /// The round since which the changes are; none for all of them.
    pub(super) since: Option<u32>,
    /// What the reader has to know about it.
    pub(super) note: Option<String>,
    /// The review comments, with where they are in the newest round.
    pub(super) comments: Vec<PlacedComment>,
}

impl Changes {
    /// Returns whether its lines are those of the newest round, at which comments are made.
    pub(super) fn is_newest(&self) -> bool {
        self.round == self.newest
    }
}

/// A log, or the end of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Log {
    /// What the orchestrator did with the task.
    pub(super) summary: Vec<String>,
    /// The number of the attempt and its lines; none before the first.
    pub(super) attempt: Option<(u32, Vec<String>)>,
    /// The attempts that have a log.
    pub(super) attempts: Vec<u32>,
    /// Whether lines before these were left out.
    pub(super) is_cut: bool,
}

/// Something to do outside of the screen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Quit,
    /// Stop this process until the shell lets it go on.
    Suspend,
    /// Draw everything, without regard to what the terminal shows.
    Repaint,
    /// Read the queue again.
    Refresh,
    /// Read what a pane shows.
    Load(Wanted),
    /// Carry something out. The number comes back with what it came to.
    Act(Box<Action>, u64),
    /// Open an editor with a text.
    Edit(Written, String),
    /// Let a task be edited in the editor.
    EditTask(TaskId),
    /// Give the terminal to a command.
    Run(Vec<String>),
    /// Ring the terminal's bell.
    Bell,
}
