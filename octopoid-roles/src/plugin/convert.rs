//! Conversions from the orchestrator's values to the messages of the boundary.

use octopoid_core::model as core;
use octopoid_core::role::{RoleContext, Workspace};
use octopoid_plugin::message::{self, RunRequest, Task};

pub(super) fn task(task: &core::Task) -> Task {
    let mut shown = Task::new(task.id.to_string(), &task.title, &task.description);
    shown.role = task.role.to_string();
    shown.priority = task.priority.to_string();
    shown.complexity = task.complexity.map(|complexity| complexity.to_string());
    shown.queue = task.queue().to_string();
    shown.rejections = task.counters.rejections;
    shown.blockers = task.blockers.iter().map(|blocker| blocker.id.to_string()).collect();
    shown
}

pub(super) fn thread(thread: &[core::Message]) -> Vec<message::Message> {
    let shown = |message: &core::Message| {
        message::Message::new(message.kind.as_str(), &message.author, &message.body)
    };
    thread.iter().map(shown).collect()
}

fn workspace(workspace: &Workspace) -> message::Workspace {
    let text = |commit: &Option<core::CommitId>| commit.as_ref().map(ToString::to_string);
    let mut shown = message::Workspace::new(&workspace.path);
    shown.base_branch.clone_from(&workspace.base_branch);
    shown.base = text(&workspace.base);
    shown.tip = text(&workspace.tip);
    shown.head = text(&workspace.head);
    shown
}

pub(super) fn request(context: &RoleContext, role: &str, features: &[String]) -> RunRequest {
    let mut request =
        RunRequest::new(context.run.to_string(), role, task(&context.task), workspace(&context.workspace));
    request.attempt = context.attempt;
    request.features = features.to_vec();
    request.thread = thread(&context.thread);
    request.checks.clone_from(&context.checks);
    request.resolution = context.resolution().map(|resolution| {
        let mut shown = message::Resolution::default();
        shown.changed = resolution.changed.iter().map(|file| file.path.clone()).collect();
        shown.unchanged.clone_from(&resolution.unchanged);
        shown
    });
    request.session = context.session.as_ref().map(ToString::to_string);
    request.previous = context.previous.as_ref().map(|previous| {
        let mut shown = message::PreviousAttempt::new(previous.number, &previous.why);
        shown.last_words.clone_from(&previous.last_words);
        shown
    });
    request
}

/// Returns the settings as JSON for the plugin; an empty object if there are none.
pub(super) fn config(settings: &serde_json::Value) -> String {
    if settings.is_null() { "{}".to_owned() } else { settings.to_string() }
}

pub(super) fn diff(diff: core::Diff, wanted: &message::DiffRequest) -> message::Diff {
    let is_wanted = |file: &core::FileDiff| wanted.paths.is_empty() || wanted.paths.contains(&file.path);
    let shown = |file: core::FileDiff| {
        let change = match file.change {
            core::Change::Added => message::Change::Added,
            core::Change::Modified => message::Change::Modified,
            core::Change::Deleted => message::Change::Deleted,
            core::Change::Renamed => message::Change::Renamed,
            core::Change::TypeChanged => message::Change::TypeChanged,
        };
        let mut shown = message::FileDiff::new(file.path, change, "");
        shown.old_path = file.old_path;
        (shown.added, shown.removed, shown.binary) = (file.added, file.removed, file.binary);
        if wanted.patches {
            shown.patch = file.patch;
        }
        shown
    };
    message::Diff::new(diff.files.into_iter().filter(is_wanted).map(shown).collect())
}

pub(super) fn usage(usage: &core::Usage) -> message::Usage {
    let mut shown = message::Usage::default();
    shown.turns = usage.turns;
    shown.input_tokens = usage.input_tokens;
    shown.output_tokens = usage.output_tokens;
    shown.cost_usd = usage.cost_usd;
    shown
}

pub(super) fn core_usage(usage: &message::Usage) -> core::Usage {
    let cost_usd = if usage.cost_usd.is_finite() { usage.cost_usd.max(0.0) } else { 0.0 };
    core::Usage::default()
        .with_turns(usage.turns)
        .with_tokens(usage.input_tokens, usage.output_tokens)
        .with_cost_usd(cost_usd)
}
