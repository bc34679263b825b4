//! Creating and changing tasks.

use super::{Page, next, page, task_id};
use crate::access::{Submitted, Visit};
use crate::failure::Answer;
use crate::form::Fields;
use crate::pages::task_form::{Options, edit_task, new_task};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use octopoid_core::model::{Attributes, NewTask, Priority, ProjectStatus, RoleName, Task, TaskId, TaskPatch};
use octopoid_core::ops::{self, Duplicates, Edit, Enqueued, OpError};
use octopoid_core::store::{ErrorKind, ProjectQuery};
use serde_json::Value;
use std::collections::BTreeSet;

/// Reads what can be chosen in the forms.
async fn options(visit: &Visit) -> Answer<Options> {
    let store = &*visit.shared.store;
    let known = [RoleName::implement(), RoleName::breakdown()].into_iter();
    let registered = store.roles(visit.scope()).await?.into_iter().map(|role| role.name);
    let roles: BTreeSet<_> = known.chain(registered).filter(|role| *role != RoleName::review()).collect();
    let projects = store.list_projects(&ProjectQuery::new(visit.scope().clone())).await?.items;
    let open = projects
        .into_iter()
        .filter(|project| matches!(project.status, ProjectStatus::Draft | ProjectStatus::Active));
    let flows =
        store.flows(visit.scope()).await?.into_iter().map(|flow| flow.name).filter(|name| name != "default");
    Ok(Options {
        roles: roles.into_iter().collect(),
        projects: open.map(|project| project.id).collect(),
        flows: flows.collect(),
    })
}

pub(super) async fn new(visit: Visit) -> Answer<Page> {
    let snapshot = visit.hub().now().await?;
    let options = options(&visit).await?;
    Ok(page(new_task(&visit, &snapshot, &options, &visit.fields, None)))
}

pub(super) async fn create(submitted: Submitted) -> Answer<Response> {
    let Submitted { visit, form } = submitted.decider()?;
    let refused = match enqueue(&visit, &form).await {
        Ok(Enqueued::Created(task)) => {
            visit.say(format!("{} is in the queue.", task.id));
            return Ok(next(&visit.shared, None, &format!("/tasks/{}", task.id)).into_response());
        }
        Ok(Enqueued::Duplicate(twin)) => {
            format!(
                "{} says the same and is not finished; tick “Even if an open task says the same” to add another",
                twin.id
            )
        }
        Err(refused) => refused,
    };
    let snapshot = visit.hub().now().await?;
    let form_again = new_task(&visit, &snapshot, &options(&visit).await?, &form, Some(&refused));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(form_again)).into_response())
}

/// Adds the task that a form describes.
///
/// # Errors
/// The reason why it is refused, for the person.
async fn enqueue(visit: &Visit, form: &Fields) -> Result<Enqueued, String> {
    let mut new = NewTask::new(form.text("title").unwrap_or_default(), form.lines("description"));
    new = new.with_scope(visit.scope().clone()).with_author(visit.viewer.author());
    new.role = form.text("role").unwrap_or("implement").parse().map_err(|error| format!("role: {error}"))?;
    new.priority = priority(form)?.unwrap_or_default();
    new.blocked_by = blockers(form)?;
    new.branch = form.text("branch").map(str::to_owned);
    let mut attributes = Attributes::default();
    attributes.project =
        form.text("project").map(str::parse).transpose().map_err(|error| format!("project: {error}"))?;
    attributes.flow = form.text("flow").map(str::to_owned);
    new.attributes = attributes;
    if form.get("backlog").is_some() {
        new = new.in_backlog();
    }
    let duplicates = if form.get("again").is_some() { Duplicates::Allow } else { Duplicates::Refuse };
    ops::enqueue(&*visit.shared.store, new, duplicates).await.map_err(|error| error.to_string())
}

fn priority(form: &Fields) -> Result<Option<Priority>, String> {
    form.text("priority").map(str::parse).transpose().map_err(|error| format!("priority: {error}"))
}

fn blockers(form: &Fields) -> Result<Vec<TaskId>, String> {
    let names = form.get("blocked_by").unwrap_or_default();
    let names =
        names.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|name| !name.is_empty());
    names.map(|name| TaskId::new(name).map_err(|error| error.to_string())).collect()
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer<Page> {
    let task = visit.shared.store.task(visit.scope(), &task_id(&id)?).await?;
    let snapshot = visit.hub().now().await?;
    Ok(page(edit_task(&visit, &snapshot, &task, &options(&visit).await?, None)))
}

pub(super) async fn save(Path(id): Path<String>, submitted: Submitted) -> Answer<Response> {
    let Submitted { visit, form } = submitted.decider()?;
    let id = task_id(&id)?;
    let task = visit.shared.store.task(visit.scope(), &id).await?;
    let refused = match change(&visit, &task, &form).await {
        Ok(()) => {
            visit.say(format!("{id}: saved."));
            return Ok(next(&visit.shared, None, &format!("/tasks/{id}")).into_response());
        }
        Err(refused) => refused,
    };
    let snapshot = visit.hub().now().await?;
    let form_again = edit_task(&visit, &snapshot, &task, &options(&visit).await?, Some((&form, &refused)));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(form_again)).into_response())
}

/// Changes a task to what a form says; what the form leaves as it is does not change.
///
/// # Errors
/// The reason why it is refused, for the person.
async fn change(visit: &Visit, task: &Task, form: &Fields) -> Result<(), String> {
    let mut patch = TaskPatch::default();
    let differs = |new: Option<String>, old: &str| new.filter(|new| new != old);
    patch.title = differs(form.get("title").map(|title| title.trim().to_owned()), &task.title);
    let description = form.get("description").map(|_| form.lines("description"));
    patch.description = differs(description, task.description.trim_end());
    if let Some(role) = form.get("role") {
        let role: RoleName = role.trim().parse().map_err(|error| format!("role: {error}"))?;
        patch.role = Some(role).filter(|role| *role != task.role);
    }
    patch.priority = priority(form)?.filter(|priority| *priority != task.priority);
    if form.get("complexity").is_some() {
        let size =
            form.text("complexity").map(str::parse).transpose().map_err(|error| format!("size: {error}"))?;
        patch.complexity = (size != task.complexity).then_some(size);
    }
    if form.get("branch").is_some() {
        let branch = form.text("branch").map(str::to_owned);
        patch.branch = (branch != task.branch).then_some(branch);
    }
    let attributes = &task.attributes;
    let number = |text: &str, field: &str| {
        text.parse::<f64>().map(Value::from).map_err(|_| format!("{field}: {text:?} is not a number"))
    };
    let turns = attributes.max_turns.map(|turns| turns.to_string());
    let budget = attributes.budget_usd.map(|budget| budget.dollars().to_string());
    for (field, attribute, now) in [
        ("project", "project_id", attributes.project.as_ref().map(|id| id.as_str())),
        ("flow", "flow", attributes.flow.as_deref()),
        ("model", "model", attributes.model.as_deref()),
        ("max_turns", "max_turns", turns.as_deref()),
        ("budget_usd", "budget_usd", budget.as_deref()),
    ] {
        let new = form.text(field);
        if form.get(field).is_none() || new == now {
            continue;
        }
        let value = match (new, attribute) {
            (None, _) => Value::Null,
            (Some(text), "max_turns") => text
                .parse::<u32>()
                .map(Value::from)
                .map_err(|_| format!("turns: {text:?} is not a number"))?,
            (Some(text), "budget_usd") => number(text, "budget")?,
            (Some(text), _) => Value::from(text),
        };
        patch.attributes.insert(attribute.to_owned(), value);
    }
    patch.version = form.text("version").and_then(|version| version.parse().ok());
    let mut edit = Edit::new(patch);
    if form.get("blocked_by").is_some() {
        let waits = blockers(form)?;
        if waits != task.unresolved_blockers().cloned().collect::<Vec<_>>() {
            edit = edit.with_blocked_by(waits);
        }
    }
    match ops::edit(&*visit.shared.store, task, &edit, &visit.viewer.actor()).await {
        Ok(_) => Ok(()),
        Err(OpError::Store(error)) if *error.kind() == ErrorKind::Conflict => Err(format!(
            "{error}; what you have written is below, and saving it again overwrites the other change"
        )),
        Err(error) => Err(error.to_string()),
    }
}
