//! What is told, as text and as JSON.

use super::decide::{Seen, Standing};
use crate::output::text::{one_line, visible};
use octopoid_core::model::{TaskId, Timestamp};
use serde::Serialize;

/// The most tasks that the text names.
const NAMED: usize = 4;
/// The longest title and reason in the text.
const WIDTH: usize = 90;

/// News of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub(super) task: TaskId,
    pub(super) title: String,
    pub(super) kind: Kind,
    /// Why it waits, or what came of it.
    pub(super) text: String,
    /// Whether it was told before, and still needs a person.
    pub(super) again: bool,
    /// The commands that get it on.
    pub(super) commands: Vec<String>,
}

/// Kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    NeedsYou,
    Done,
}

impl Told {
    /// Returns the news of a task that needs a person or is done; of any other that it is done with.
    pub(super) fn of(seen: &Seen, again: bool) -> Self {
        let (kind, text, commands) = match &seen.standing {
            Standing::NeedsYou { why, commands } => (Kind::NeedsYou, why.clone(), commands.clone()),
            Standing::Done { what } => (Kind::Done, what.clone(), Vec::new()),
            Standing::Open | Standing::Aside => (Kind::Done, String::new(), Vec::new()),
        };
        Self { task: seen.task.clone(), title: seen.title.clone(), kind, text, again, commands }
    }

    /// Returns it in one line, without what could steer a terminal.
    fn line(&self) -> String {
        let (title, text) = (one_line(&self.title, WIDTH), one_line(&self.text, WIDTH));
        visible(&match self.kind {
            Kind::NeedsYou => format!("{} {title}: {text}", self.task),
            Kind::Done => format!("{} {title}: done, {text}", self.task),
        })
    }
}

/// One message to a person, about everything in a short time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    /// What it is about, in one line.
    pub(super) title: String,
    /// More, in a few lines.
    pub(super) text: String,
    /// The news, those that need a person first.
    pub(super) tasks: Vec<Told>,
    /// Whether nothing is left that goes on by itself.
    pub(super) queue_empty: bool,
    /// How many tasks need a person in all.
    pub(super) needs_you: usize,
    pub(super) at: Timestamp,
}

impl Message {
    pub(super) fn new(mut tasks: Vec<Told>, queue_empty: bool, needs_you: usize, at: Timestamp) -> Self {
        tasks.sort_by_key(|told| told.kind != Kind::NeedsYou);
        let mut lines: Vec<_> = tasks.iter().take(NAMED).map(Told::line).collect();
        if tasks.len() > NAMED {
            lines.push(format!("and {} more", tasks.len() - NAMED));
        }
        Self { title: title(&tasks, queue_empty), text: lines.join("\n"), tasks, queue_empty, needs_you, at }
    }
}

fn title(tasks: &[Told], queue_empty: bool) -> String {
    let count = |kind: Kind| tasks.iter().filter(|told| told.kind == kind).count();
    let again = tasks.iter().all(|told| told.again);
    let mut parts = Vec::new();
    match (count(Kind::NeedsYou), again) {
        (0, _) => {}
        (1, false) => parts.push("1 task needs you".to_owned()),
        (1, true) => parts.push("1 task still needs you".to_owned()),
        (many, false) => parts.push(format!("{many} tasks need you")),
        (many, true) => parts.push(format!("{many} tasks still need you")),
    }
    match count(Kind::Done) {
        0 => {}
        1 => parts.push("1 task is done".to_owned()),
        many => parts.push(format!("{many} tasks are done")),
    }
    if queue_empty {
        parts.push("nothing is left to work on".to_owned());
    }
    parts.join(", ")
}
