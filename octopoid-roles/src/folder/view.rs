//! What a prompt's template can speak about.

use super::changes::{Changes, on_one_line};
use super::outcomes::OutcomeWord;
use octopoid_core::model::{Message, MessageKind, Task};
use octopoid_core::role::{CommitLine, RoleContext};
use serde::Serialize;
use serde_json::Value;

/// The names at the top.
pub(super) const NAMES: [&str; 12] = [
    "task",
    "messages",
    "newest",
    "round",
    "attempt",
    "resumed",
    "workspace",
    "commits",
    "changes",
    "checks",
    "settings",
    "outcomes",
];

#[derive(Debug, Serialize)]
pub(super) struct View {
    task: TaskView,
    /// The task's thread, oldest first.
    messages: Vec<MessageView>,
    /// The kind of the message that sent the work back last; none in the first round.
    newest: Option<&'static str>,
    /// Counted from 1; a rejection of any kind begins the next.
    round: u32,
    attempt: u32,
    /// Whether the agent goes on in the conversation of the round before.
    resumed: bool,
    workspace: WorkspaceView,
    /// The work's own commits, oldest first.
    commits: Vec<CommitLine>,
    changes: Option<Changes>,
    checks: Option<String>,
    settings: Value,
    outcomes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TaskView {
    id: String,
    title: String,
    description: String,
    role: String,
    priority: &'static str,
    complexity: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct MessageView {
    kind: &'static str,
    author: String,
    body: String,
    /// Whether this is what the work was last sent back for.
    newest: bool,
}

#[derive(Debug, Serialize)]
struct WorkspaceView {
    path: String,
    base_branch: String,
    base: Option<String>,
    tip: Option<String>,
    head: Option<String>,
}

/// What had to be asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) resumed: bool,
    pub(super) commits: Vec<CommitLine>,
    pub(super) changes: Option<Changes>,
    pub(super) checks: Option<String>,
}

impl View {
    pub(super) fn new(context: &RoleContext, outcomes: &[OutcomeWord], asked: Asked) -> Self {
        let newest = newest_return(&context.thread);
        let message = |(index, message): (usize, &Message)| MessageView {
            kind: message.kind.as_str(),
            author: on_one_line(&message.author),
            body: message.body.clone(),
            newest: newest == Some(index),
        };
        let workspace = &context.workspace;
        Self {
            task: TaskView::new(&context.task),
            messages: context.thread.iter().enumerate().map(message).collect(),
            newest: newest.map(|index| context.thread[index].kind.as_str()),
            round: context.task.counters.rejections + 1,
            attempt: context.attempt,
            resumed: asked.resumed,
            workspace: WorkspaceView {
                path: workspace.path.display().to_string(),
                base_branch: workspace.base_branch.clone(),
                base: workspace.base.as_ref().map(ToString::to_string),
                tip: workspace.tip.as_ref().map(ToString::to_string),
                head: workspace.head.as_ref().map(ToString::to_string),
            },
            commits: asked.commits,
            changes: asked.changes,
            checks: asked.checks,
            settings: match &context.settings {
                Value::Null => Value::Object(serde_json::Map::new()),
                settings => settings.clone(),
            },
            outcomes: outcomes.iter().map(|known| known.word.clone()).collect(),
        }
    }
}

impl TaskView {
    fn new(task: &Task) -> Self {
        Self {
            id: task.id.to_string(),
            title: task.title.clone(),
            description: task.description.clone(),
            role: task.role.to_string(),
            priority: task.priority.as_str(),
            complexity: task.complexity.map(|complexity| complexity.as_str()),
        }
    }
}

/// The message that sent the work back last.
fn newest_return(thread: &[Message]) -> Option<usize> {
    let back = |message: &Message| {
        matches!(message.kind, MessageKind::Feedback | MessageKind::TestFailure | MessageKind::Conflict)
    };
    thread.iter().rposition(back)
}
