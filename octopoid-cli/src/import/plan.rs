//! What each thing of an original becomes here. Only decides: the store is neither read nor written.

use super::destination::Destination;
use super::order::ordered;
use super::source::{Draft, Message, Project, Skipped, Source, Task};
use crate::config::role_of_original;
use octopoid_core::model::{
    Complexity, DraftStatus, NewDraft, NewProject, NewTask, Priority, ProjectId, ProjectStatus, Queue,
    RoleName, Scope, TaskId,
};
use octopoid_core::transition::check_branch;
use std::collections::{BTreeMap, BTreeSet};

/// The author of what the import says itself.
pub(super) const AUTHOR: &str = "octopoid import";

/// The longest title, in characters.
const TITLE: usize = 300;

/// What exists here already.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) scope: Scope,
    pub(crate) base_branch: String,
    pub(crate) branches: Vec<String>,
    /// The roles that take tasks.
    pub(crate) workers: BTreeSet<RoleName>,
    pub(crate) flows: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct PlannedProject {
    pub(super) id: String,
    pub(super) new: NewProject,
    pub(super) status: ProjectStatus,
    pub(super) notes: Vec<String>,
}

#[derive(Debug)]
pub(super) struct PlannedTask {
    pub(super) id: String,
    /// The task, without what it waits for.
    pub(super) new: NewTask,
    /// The original ids of what it waits for.
    pub(super) waits_for: Vec<String>,
    pub(super) project: Option<String>,
    pub(super) place: Destination,
    pub(super) notes: Vec<String>,
    /// What its thread begins with.
    pub(super) word: String,
}

#[derive(Debug)]
pub(super) struct PlannedDraft {
    pub(super) id: String,
    pub(super) new: NewDraft,
    pub(super) task: Option<String>,
    pub(super) project: Option<String>,
    pub(super) notes: Vec<String>,
}

/// Everything to create, in order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) source: String,
    pub(super) projects: Vec<PlannedProject>,
    pub(super) tasks: Vec<PlannedTask>,
    pub(super) drafts: Vec<PlannedDraft>,
    pub(super) messages: Vec<Message>,
    pub(super) skipped: Vec<Skipped>,
}

impl Plan {
    /// Plans an import.
    pub(crate) fn of(mut source: Source, known: &Known) -> Self {
        let mut projects = Vec::new();
        for project in std::mem::take(&mut source.projects) {
            match plan_project(&project, known) {
                Ok(planned) => projects.push(planned),
                Err(why) => source.skip(format!("project {}", project.id), why),
            }
        }
        let branches: BTreeMap<_, _> =
            projects.iter().map(|project| (project.id.clone(), project.new.branch.clone())).collect();
        let mut tasks = plan_tasks(&mut source, &branches, known);
        let drafts = std::mem::take(&mut source.drafts);
        let drafts = drafts.into_iter().map(|draft| plan_draft(draft, &source, known)).collect();
        let ids: BTreeSet<_> = tasks.iter().map(|task| task.id.clone()).collect();
        let mut messages = Vec::new();
        for message in std::mem::take(&mut source.messages) {
            if ids.contains(&message.task) {
                messages.push(message);
            } else {
                source.skip(
                    format!("message {}", message.id),
                    format!("its task {} is not there", message.task),
                );
            }
        }
        messages.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        for task in &mut tasks {
            task.word = word(task, &source.name);
        }
        Self { source: source.name, projects, tasks, drafts, messages, skipped: source.skipped }
    }
}

fn plan_project(project: &Project, known: &Known) -> Result<PlannedProject, String> {
    let id = ProjectId::new(&project.id).map_err(|error| error.to_string())?;
    let mut notes = Vec::new();
    let base = match &project.base_branch {
        Some(base) if known.branches.contains(base) => base.clone(),
        Some(base) => {
            notes.push(format!("the repository has no branch `{base}`; it goes to `{}`", known.base_branch));
            known.base_branch.clone()
        }
        None => known.base_branch.clone(),
    };
    let title = line(project.title.as_deref().unwrap_or(&project.id));
    let mut new = NewProject::new(known.scope.clone(), title, base);
    (new.id, new.description, new.created_by) =
        (Some(id), project.description.clone(), project.created_by.clone());
    new.auto_accept = project.auto_accept;
    new.branch = project.branch.clone().filter(|branch| *branch != new.base_branch);
    if new.branch.as_ref().is_some_and(|branch| check_branch(branch).is_err()) {
        notes.push(format!("`{}` is no name of a branch", new.branch.take().unwrap_or_default()));
    }
    let told = project.status.as_deref().unwrap_or("draft");
    let status = ProjectStatus::ALL.into_iter().find(|status| status.as_str() == told).unwrap_or_else(|| {
        notes.push(format!("its status was `{told}`"));
        ProjectStatus::Active
    });
    // Until everything of it is there it is a draft, so that an import that was cut off is seen.
    new.status = ProjectStatus::Draft;
    Ok(PlannedProject { id: project.id.clone(), new, status, notes })
}

fn plan_tasks(
    source: &mut Source,
    projects: &BTreeMap<String, Option<String>>,
    known: &Known,
) -> Vec<PlannedTask> {
    let tasks = std::mem::take(&mut source.tasks);
    let waits: Vec<_> = tasks.iter().map(|task| (task.id.as_str(), task.blocked_by.as_slice())).collect();
    let order = ordered(&waits);
    let dropped: BTreeSet<(String, String)> =
        order.dropped.iter().map(|(task, on)| ((*task).to_owned(), (*on).to_owned())).collect();
    let mut by_id: BTreeMap<_, _> = tasks.iter().map(|task| (task.id.as_str(), task)).collect();
    let tasks = order.order.iter().filter_map(|id| by_id.remove(id));
    let ids: BTreeSet<_> = waits.iter().map(|(id, _)| *id).collect();
    let planned = tasks.map(|task| {
        let mut planned = plan_task(task, source, projects, known);
        for on in &task.blocked_by {
            if dropped.contains(&(task.id.clone(), on.clone())) {
                planned.notes.push(format!("it waited for {on}, which waits for it"));
            } else if !ids.contains(on.as_str()) {
                planned.notes.push(format!("it waited for {on}, which is not there"));
            } else {
                planned.waits_for.push(on.clone());
            }
        }
        planned
    });
    planned.collect()
}

fn plan_task(
    task: &Task,
    source: &Source,
    projects: &BTreeMap<String, Option<String>>,
    known: &Known,
) -> PlannedTask {
    let mut notes = Vec::new();
    let title = line(task.title.as_deref().unwrap_or(&task.id));
    let from_file = || task.file_path.as_deref().and_then(|path| source.text_of(path));
    let description = task.content.clone().or_else(from_file).unwrap_or_else(|| {
        if let Some(path) = &task.file_path {
            notes.push(format!("its description is in {path}, which is not here; its title stands for it"));
        }
        title.clone()
    });
    let mut new = NewTask::new(title, description)
        .with_scope(known.scope.clone())
        .with_priority(word_of(&task.priority, Priority::default(), "priority", &mut notes))
        .with_author(task.created_by.clone().unwrap_or_else(|| AUTHOR.to_owned()));
    new.complexity =
        task.complexity.as_ref().and_then(|word| word.trim().to_uppercase().parse::<Complexity>().ok());
    new.id = TaskId::new(&task.id).ok();
    new.key = Some(key_of(&task.id));
    let breaks_down = task.needs_breakdown || task.role.as_deref() == Some("breakdown");
    new.role = role(task.role.as_deref().filter(|role| *role != "breakdown"), known, &mut notes);
    let project = task.project.clone().filter(|id| {
        let there = projects.contains_key(id);
        if !there {
            notes.push(format!("its project {id} is not there"));
        }
        there
    });
    let of_project = project.as_ref().and_then(|id| projects.get(id)).and_then(Option::as_ref);
    new.branch =
        task.branch.clone().filter(|branch| *branch != known.base_branch && Some(branch) != of_project);
    if let Some(branch) = new.branch.take_if(|branch| !known.branches.contains(branch)) {
        notes.push(format!("it was for the branch `{branch}`, which the repository does not have"));
    }
    let attributes = &mut new.attributes;
    attributes.needs_breakdown = breaks_down;
    attributes.auto_accept = task.auto_accept;
    attributes.flow = task.flow.clone().filter(|flow| flow != "default");
    if let Some(flow) = attributes.flow.take_if(|flow| !known.flows.contains(flow)) {
        notes.push(format!("it followed the flow `{flow}`, which is not here"));
    }
    attributes.kind.clone_from(&task.kind);
    attributes.file_path.clone_from(&task.file_path);
    attributes.hooks.clone_from(&task.hooks);
    attributes.checks.clone_from(&task.checks);
    attributes.check_results.clone_from(&task.check_results);
    attributes.execution_notes.clone_from(&task.notes);
    if attributes.check().is_err() {
        (attributes.hooks, attributes.checks, attributes.check_results, attributes.execution_notes) =
            (None, None, None, None);
        notes.push("its hooks, checks and notes are too long".to_owned());
    }
    new.place = Some(Queue::Backlog.into());
    let place = Destination::of(task, &mut notes);
    let waits_for = Vec::new();
    PlannedTask { id: task.id.clone(), new, waits_for, project, place, notes, word: task_word(task) }
}

fn role(told: Option<&str>, known: &Known, notes: &mut Vec<String>) -> RoleName {
    let Some(told) = told else { return RoleName::implement() };
    match RoleName::new(role_of_original(told).unwrap_or(told)) {
        Ok(role) if known.workers.contains(&role) => role,
        _ => {
            notes.push(format!(
                "it was for the role `{told}`, which takes no tasks here; `implement` does it"
            ));
            RoleName::implement()
        }
    }
}

fn plan_draft(draft: Draft, source: &Source, known: &Known) -> PlannedDraft {
    let mut notes = Vec::new();
    let title = line(draft.title.as_deref().unwrap_or(&draft.id));
    let mut new =
        NewDraft::new(known.scope.clone(), title, draft.author.unwrap_or_else(|| "unknown".to_owned()));
    let told = draft.status.as_deref().unwrap_or("idea");
    new.status = match told {
        "superseded" | "rejected" => DraftStatus::Archived,
        "complete" | "completed" | "done" => DraftStatus::Implemented,
        told => DraftStatus::ALL.into_iter().find(|status| status.as_str() == told).unwrap_or_else(|| {
            notes.push(format!("its status was `{told}`"));
            DraftStatus::Idea
        }),
    };
    new.domain = draft.domain;
    new.body = draft.body.or_else(|| draft.file_path.as_deref().and_then(|path| source.text_of(path)));
    if let (None, Some(path)) = (&new.body, &draft.file_path) {
        notes.push(format!("its text is in {path}, which is not here"));
    }
    new.file_path = draft.file_path;
    new.tags = Some(draft.tags.into_iter().chain([key_of(&format!("draft-{}", draft.id))]).collect());
    PlannedDraft { id: draft.id, new, task: draft.task, project: draft.project, notes }
}

impl Source {
    /// Reads a file that something names, where it is in the folder.
    fn text_of(&self, path: &str) -> Option<String> {
        let root = self.files.as_ref()?.canonicalize().ok()?;
        let path = root.join(path).canonicalize().ok().filter(|path| path.starts_with(&root))?;
        let text = octopoid_roles::regular_file::read_to_string(path).ok()?;
        Some(text).filter(|text| !text.trim().is_empty())
    }
}

/// The key by which a thing of the original is known here. Its files begin with `TASK-` where its server may not.
pub(super) fn key_of(id: &str) -> String {
    let id = id.strip_prefix("TASK-").unwrap_or(id);
    format!("original:{}", id.chars().take(200).collect::<String>())
}

/// Returns the facts of a task that have no field here, as text.
fn task_word(task: &Task) -> String {
    let mut parts = Vec::new();
    if let Some(at) = task.created_at {
        parts.push(format!("created {at}"));
    }
    for (count, what) in [(task.attempts, "attempts"), (task.rejections, "rejections")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    if let Some(page) = &task.pull_request {
        parts.push(format!("pull request {page}"));
    }
    parts.join(", ")
}

/// Returns the first message of a task's thread.
fn word(task: &PlannedTask, source: &str) -> String {
    let mut text = format!("Imported from {source}, where it was {}", task.id);
    if !task.word.is_empty() {
        text.push_str(&format!(": {}", task.word));
    }
    text.push('.');
    for note in &task.notes {
        text.push_str(&format!("\n- {note}"));
    }
    text
}

/// A title: one line that is not too long.
fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace(char::is_control, "").chars().take(TITLE).collect()
}

fn word_of<T: std::str::FromStr>(
    told: &Option<String>,
    default: T,
    what: &str,
    notes: &mut Vec<String>,
) -> T {
    let Some(told) = told else { return default };
    told.trim().parse().unwrap_or_else(|_| {
        notes.push(format!("its {what} was `{told}`"));
        default
    })
}
