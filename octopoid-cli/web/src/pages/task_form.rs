//! The forms that create a task and change one.

use super::board::select;
use super::card::meaning;
use super::layout::{Page, Section, token};
use crate::access::Visit;
use crate::form::Fields;
use crate::hub::Snapshot;
use crate::text::T;
use maud::{Markup, html};
use octopoid_core::model::{Priority, ProjectId, RoleName, Task, TaskId};

/// What can be chosen in the forms.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) roles: Vec<RoleName>,
    pub(crate) projects: Vec<ProjectId>,
    pub(crate) flows: Vec<String>,
}

/// Returns the page that creates a task. `written` has what was sent before, with the reason why it was refused.
pub(crate) fn new_task(
    visit: &Visit,
    snapshot: &Snapshot,
    options: &Options,
    written: &Fields,
    refused: Option<&str>,
) -> Markup {
    let value = |name: &str| written.get(name).unwrap_or_default().to_owned();
    let content = html! {
        header.title { h1 { "New task" } }
        form.panel.sheet method="post" action=(visit.url("/tasks")) {
            (token(visit))
            @if let Some(refused) = refused { p.problem role="alert" { (T(refused)) } }
            label for="title" { "Title" }
            input #title name="title" required maxlength="300" value=(value("title")) autofocus placeholder="Add a --version flag";
            label for="description" { "Description" }
            textarea #description name="description" rows="10" required placeholder="What is to be done, and how one can tell that it is. Markdown." { (value("description")) }
            (choices(options, written.get("role").unwrap_or("implement"), written.get("priority").unwrap_or("P2"), &value("project"), &value("flow")))
            label for="blocked_by" { "After these tasks (optional)" }
            input #blocked_by name="blocked_by" value=(value("blocked_by")) placeholder="task-3, task-4";
            label for="branch" { "Branch to land on (optional)" }
            input #branch name="branch" value=(value("branch")) placeholder=(snapshot.facts.base_branch.as_deref().unwrap_or("the configured one"));
            label.check { input type="checkbox" name="backlog" value="1" checked[written.get("backlog").is_some()]; " Put it aside for now" }
            label.check { input type="checkbox" name="again" value="1"; " Even if an open task says the same" }
            div.choice { button.primary { "Add to the queue" } a.button href=(visit.url("/")) { "Back" } }
        }
    };
    Page { feed: None, ..Page::new("New task", Section::Other, content) }.render(visit, snapshot)
}

fn choices(options: &Options, role: &str, priority: &str, project: &str, flow: &str) -> Markup {
    let priorities =
        Priority::ALL.into_iter().map(|one| (one.as_str(), format!("{} {}", one.as_str(), meaning(one))));
    html! {
        div.row {
            label { span { "Role" }
                input name="role" list="roles" required value=(role);
                datalist #roles { @for one in &options.roles { option value=(one.as_str()) {} } }
            }
            label { span { "Priority" }
                select name="priority" { @for (value, words) in priorities { option value=(value) selected[value == priority] { (words) } } }
            }
            @if !options.projects.is_empty() || !project.is_empty() {
                label { span { "Project" } (select("project", "None", project, options.projects.iter().map(|id| (id.as_str(), id.to_string())))) }
            }
            @if !options.flows.is_empty() || !flow.is_empty() {
                label { span { "Flow" } (select("flow", "default", flow, options.flows.iter().map(|name| (name.as_str(), name.clone())))) }
            }
        }
    }
}

/// Returns the page that changes a task. `written` has what was sent before, with the reason why it was refused.
pub(crate) fn edit_task(
    visit: &Visit,
    snapshot: &Snapshot,
    task: &Task,
    options: &Options,
    written: Option<(&Fields, &str)>,
) -> Markup {
    let value =
        |name: &str, now: &str| written.and_then(|(fields, _)| fields.get(name)).unwrap_or(now).to_owned();
    let waits: Vec<_> = task.unresolved_blockers().map(TaskId::as_str).collect();
    let project = task.attributes.project.as_ref().map_or("", |id| id.as_str());
    let flow = task.attributes.flow.as_deref().unwrap_or_default();
    let content = html! {
        header.title { p.crumbs { a href=(visit.url(&format!("/tasks/{}", task.id))) { (task.id) } } h1 { "Edit the task" } }
        form.panel.sheet method="post" action=(visit.url(&format!("/tasks/{}/edit", task.id))) {
            (token(visit))
            input type="hidden" name="version" value=(task.version);
            @if let Some((_, refused)) = written { p.problem role="alert" { (T(refused)) } }
            label for="title" { "Title" }
            input #title name="title" required maxlength="300" value=(value("title", &task.title));
            label for="description" { "Description" }
            textarea #description name="description" rows="12" required { (value("description", &task.description)) }
            (choices(options, &value("role", task.role.as_str()), &value("priority", task.priority.as_str()), &value("project", project), &value("flow", flow)))
            label for="blocked_by" { "After these tasks" }
            input #blocked_by name="blocked_by" value=(value("blocked_by", &waits.join(", ")));
            label for="branch" { "Branch to land on" }
            input #branch name="branch" value=(value("branch", task.branch.as_deref().unwrap_or_default()));
            div.choice { button.primary { "Save" } a.button href=(visit.url(&format!("/tasks/{}", task.id))) { "Back" } }
        }
    };
    Page { feed: None, ..Page::new("Edit", Section::Other, content) }.render(visit, snapshot)
}
