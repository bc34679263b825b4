//! The values of a prompt's variables. An [`Own`] text is ours; a `String` came from elsewhere.

use super::changes::{Changes, on_one_line};
use super::comments::CommentView;
use super::outcomes::OutcomeWord;
use super::resolution::Resolved;
use super::text::{own, own_json};
use minijinja::value::Value as Own;
use octopoid_core::model::{Message, MessageKind, Task};
use octopoid_core::role::{CommitLine, RoleContext};
use serde::Serialize;

/// The values of the variables in [`VARIABLES`](super::variables::VARIABLES), which describes each of them.
#[derive(Debug, Serialize)]
pub(super) struct View {
    task: TaskView,
    messages: Vec<MessageView>,
    newest: Option<Own>,
    round: u32,
    attempt: u32,
    resumed: bool,
    previous: Option<PreviousView>,
    workspace: WorkspaceView,
    commits: Vec<CommitView>,
    changes: Option<Changes>,
    resolution: Option<Resolved>,
    comments: Vec<CommentView>,
    comments_file: Option<Own>,
    checks: Option<String>,
    notices: Vec<NoticeView>,
    settings: Own,
    outcomes: Vec<Own>,
}

#[derive(Debug, Serialize)]
struct TaskView {
    id: Own,
    title: String,
    description: String,
    role: Own,
    priority: Own,
    complexity: Option<Own>,
}

#[derive(Debug, Serialize)]
struct MessageView {
    kind: Own,
    author: String,
    body: String,
    newest: bool,
}

#[derive(Debug, Serialize)]
struct WorkspaceView {
    path: Own,
    base_branch: Own,
    base: Option<Own>,
    tip: Option<Own>,
    head: Option<Own>,
}

#[derive(Debug, Serialize)]
struct PreviousView {
    number: u32,
    why: String,
    last_words: Option<String>,
}

#[derive(Debug, Serialize)]
struct NoticeView {
    text: String,
}

#[derive(Debug, Serialize)]
struct CommitView {
    id: Own,
    subject: String,
}

/// The values that were asked of the host.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) commits: Vec<CommitLine>,
    pub(super) changes: Option<Changes>,
    pub(super) resolution: Option<Resolved>,
    pub(super) checks: Option<String>,
    pub(super) comments_file: Option<String>,
}

impl View {
    pub(super) fn new(context: &RoleContext, outcomes: &[OutcomeWord], asked: Asked) -> Self {
        let newest = newest_return(&context.thread);
        let message = |(index, message): (usize, &Message)| MessageView {
            kind: own(message.kind.as_str()),
            author: on_one_line(&message.author),
            body: message.body.clone(),
            newest: newest == Some(index),
        };
        let commit = |commit: CommitLine| CommitView { id: own(commit.id.as_str()), subject: commit.subject };
        let workspace = &context.workspace;
        Self {
            task: TaskView::new(&context.task),
            messages: context.thread.iter().enumerate().map(message).collect(),
            newest: newest.map(|index| own(context.thread[index].kind.as_str())),
            round: context.task.counters.rejections + 1,
            attempt: context.attempt,
            resumed: context.session.is_some(),
            previous: context.previous.as_ref().map(|previous| PreviousView {
                number: previous.number,
                why: previous.why.clone(),
                last_words: previous.last_words.clone(),
            }),
            workspace: WorkspaceView {
                path: own(workspace.path.display().to_string()),
                base_branch: own(&workspace.base_branch),
                base: workspace.base.as_ref().map(|commit| own(commit.as_str())),
                tip: workspace.tip.as_ref().map(|commit| own(commit.as_str())),
                head: workspace.head.as_ref().map(|commit| own(commit.as_str())),
            },
            commits: asked.commits.into_iter().map(commit).collect(),
            changes: asked.changes,
            resolution: asked.resolution,
            comments: context.comments.iter().map(CommentView::of).collect(),
            comments_file: asked.comments_file.map(own),
            checks: asked.checks,
            notices: context.notices.iter().map(|text| NoticeView { text: text.clone() }).collect(),
            settings: match &context.settings {
                serde_json::Value::Null => own_json(&serde_json::Value::Object(serde_json::Map::new())),
                settings => own_json(settings),
            },
            outcomes: outcomes.iter().map(|known| own(&known.word)).collect(),
        }
    }
}

impl TaskView {
    fn new(task: &Task) -> Self {
        Self {
            id: own(task.id.as_str()),
            title: task.title.clone(),
            description: task.description.clone(),
            role: own(task.role.as_str()),
            priority: own(task.priority.as_str()),
            complexity: task.complexity.map(|complexity| own(complexity.as_str())),
        }
    }
}

/// Returns the message that sent the work back last.
fn newest_return(thread: &[Message]) -> Option<usize> {
    let back = |message: &Message| {
        matches!(message.kind, MessageKind::Feedback | MessageKind::TestFailure | MessageKind::Conflict)
    };
    thread.iter().rposition(back)
}
