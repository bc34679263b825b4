//! The forms that create a task and change one.

use super::board::select;
use super::card::meaning;
use super::layout::{Page, Section, token};
use crate::access::Visit;
use crate::form::Fields;
use crate::hub::Snapshot;
use crate::text::T;
use maud::{Markup, html};
use octopoid_core::model::{Complexity, Priority, ProjectId, RoleName, Task, TaskId};
use octopoid_core::ops::EditField;

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
    html! {
        div.row {
            label { span { "Role" } (role_field(options, role)) }
            label { span { "Priority" } (priority_field(priority)) }
            @if !options.projects.is_empty() || !project.is_empty() {
                label { span { "Project" } (project_field(options, project)) }
            }
            @if !options.flows.is_empty() || !flow.is_empty() {
                label { span { "Flow" } (flow_field(options, flow)) }
            }
        }
    }
}

fn role_field(options: &Options, role: &str) -> Markup {
    html! {
        input name="role" list="roles" required value=(role);
        datalist #roles { @for one in &options.roles { option value=(one.as_str()) {} } }
    }
}

fn priority_field(priority: &str) -> Markup {
    let all =
        Priority::ALL.into_iter().map(|one| (one.as_str(), format!("{} {}", one.as_str(), meaning(one))));
    html! { select name="priority" { @for (value, words) in all { option value=(value) selected[value == priority] { (words) } } } }
}

fn project_field(options: &Options, project: &str) -> Markup {
    select("project", "None", project, options.projects.iter().map(|id| (id.as_str(), id.to_string())))
}

fn flow_field(options: &Options, flow: &str) -> Markup {
    select("flow", "default", flow, options.flows.iter().map(|name| (name.as_str(), name.clone())))
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
    // What cannot be changed any more says why, and is not sent.
    let locked = |field: EditField| field.refusal(task).is_some();
    let why = |field: EditField| {
        html! { @if let Some(refusal) = field.refusal(task) { span.hint { " It stays as it is: " (refusal) "." } } }
    };
    let attributes = &task.attributes;
    let waits: Vec<_> = task.unresolved_blockers().map(TaskId::as_str).collect();
    let project = attributes.project.as_ref().map_or("", |id| id.as_str());
    let flow = attributes.flow.as_deref().unwrap_or_default();
    let turns = attributes.max_turns.map_or_else(String::new, |turns| turns.to_string());
    let budget = attributes.budget_usd.map_or_else(String::new, |budget| budget.dollars().to_string());
    let sizes = Complexity::ALL.into_iter().map(|one| (one.as_str(), one.as_str().to_owned()));
    let content = html! {
        header.title { p.crumbs { a href=(visit.url(&format!("/tasks/{}", task.id))) { (task.id) } } h1 { "Edit the task" } }
        form.panel.sheet method="post" action=(visit.url(&format!("/tasks/{}/edit", task.id))) {
            (token(visit))
            input type="hidden" name="version" value=(task.version);
            @if let Some((_, refused)) = written { p.problem role="alert" { (T(refused)) } }
            label for="title" { "Title" (why(EditField::Title)) }
            input #title name="title" required maxlength="300" value=(value("title", &task.title)) disabled[locked(EditField::Title)];
            label for="description" { "Description" (why(EditField::Description)) }
            textarea #description name="description" rows="12" required disabled[locked(EditField::Description)] { (value("description", &task.description)) }
            div.row {
                label { span { "Priority" } (priority_field(&value("priority", task.priority.as_str()))) }
                label { span { "Size" } (select("complexity", "Not estimated", &value("complexity", task.complexity.map_or("", Complexity::as_str)), sizes)) }
                label { span { "Model" } input name="model" value=(value("model", attributes.model.as_deref().unwrap_or_default())) placeholder="the agent's"; }
                label { span { "At most so many turns" } input name="max_turns" type="number" min="1" value=(value("max_turns", &turns)) placeholder="the agent's"; }
                label { span { "Budget in dollars" } input name="budget_usd" inputmode="decimal" value=(value("budget_usd", &budget)) placeholder="the configured one"; }
            }
            fieldset disabled[locked(EditField::Role)] {
                legend { "How it is done" (why(EditField::Role)) }
                div.row {
                    label { span { "Role" } (role_field(options, &value("role", task.role.as_str()))) }
                    label { span { "Project" } (project_field(options, &value("project", project))) }
                    label { span { "Flow" } (flow_field(options, &value("flow", flow))) }
                    label { span { "Branch to land on" } input name="branch" value=(value("branch", task.branch.as_deref().unwrap_or_default())) placeholder=(snapshot.facts.base_branch.as_deref().unwrap_or("the configured one")); }
                }
            }
            label for="blocked_by" { "After these tasks" (why(EditField::BlockedBy)) }
            input #blocked_by name="blocked_by" value=(value("blocked_by", &waits.join(", "))) disabled[locked(EditField::BlockedBy)];
            div.choice { button.primary { "Save" } a.button href=(visit.url(&format!("/tasks/{}", task.id))) { "Back" } }
        }
    };
    Page { feed: None, ..Page::new("Edit", Section::Other, content) }.render(visit, snapshot)
}
