//! Tasks: list, create, read, change, delete.

use super::queue::{check_role, place, places};
use super::{Answer, Gone, LONGEST, PAGE, actor, checked, checked_option, page};
use crate::server::api::app::App;
use crate::server::api::auth::Caller;
use crate::server::api::input::{Empty, Name, Params, ScopeParams, Write, WriteParams, number};
use crate::server::api::problem::{Code, Problem};
use crate::wire::{CreateTask, Flag, Names, PatchTask, ProblemBody, TaskBody, Tasks, Viewer};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use octopoid_core::model::{
    AgentName, NewTask, Place, Priority, ProjectId, Queue, RoleName, Scope, StateName, Task, TaskId,
    TaskPatch,
};
use octopoid_core::ops::find_duplicate;
use octopoid_core::store::{
    ArtifactStore as _, ErrorKind, RequestKey, Store, TaskOrder, TaskQuery, UsageQuery,
};
use octopoid_core::transition::{Actor, Command};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Filters, order and page of a list of tasks.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only these queues, with commas between.
    #[param(value_type = Option<String>)]
    queue: Option<Names>,
    /// Only these states that flows add, also where no flow is registered, with commas between; beside the queues.
    #[param(value_type = Option<String>)]
    state: Option<Names>,
    /// Only these priorities.
    #[param(value_type = Option<String>)]
    priority: Option<Names>,
    /// Only these roles.
    #[param(value_type = Option<String>)]
    role: Option<Names>,
    /// Only these types.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>)]
    kind: Option<Names>,
    /// Only what this agent has claimed.
    claimed_by: Option<String>,
    /// Only what this machine has claimed.
    orchestrator_id: Option<String>,
    /// Only tasks of this project.
    project_id: Option<String>,
    /// Only tasks that wait for a person, or only those that do not.
    #[param(value_type = Option<bool>)]
    needs_intervention: Option<Flag>,
    /// Only tasks with this text in their title or id.
    q: Option<String>,
    /// The tenant.
    scope: Option<String>,
    /// Largest number of records. Default: 50.
    #[serde(deserialize_with = "number")]
    limit: Option<u32>,
    /// Number of records to skip.
    #[serde(deserialize_with = "number")]
    offset: Option<u64>,
    /// Continue after this position: the last answer's `next`.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
    /// `priority` (the most urgent, then the oldest), `newest` or `oldest`.
    sort: Option<String>,
}

fn order(sort: Option<&str>) -> Result<TaskOrder, Problem> {
    match sort {
        None | Some("newest") => Ok(TaskOrder::Newest),
        Some("oldest") => Ok(TaskOrder::Oldest),
        Some("priority") => Ok(TaskOrder::Priority),
        Some(_) => Err(Problem::invalid("sort", "sort: use `priority`, `newest` or `oldest`")),
    }
}

fn words<T>(names: Option<Names>, field: &str) -> Result<Vec<T>, Problem>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let names = names.unwrap_or_default();
    names
        .iter()
        .map(|name| name.parse().map_err(|error| Problem::invalid(field, format!("{field}: {error}"))))
        .collect()
}

/// Lists tasks.
#[utoipa::path(get, path = "/tasks", tag = "tasks", params(ListParams),
    responses((status = 200, body = Tasks), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_tasks(
    State(app): State<App>,
    caller: Caller,
    viewer: Viewer,
    Params(params): Params<ListParams>,
) -> Answer<Tasks> {
    let scope = caller.scope(params.scope.as_deref())?;
    let mut query = TaskQuery::new(scope.clone());
    (query.queues, query.states) = places(&*app.store, &scope, &params.queue.unwrap_or_default()).await?;
    query.states.extend(words::<StateName>(params.state, "state")?);
    query.priorities = words::<Priority>(params.priority, "priority")?;
    query.roles = words::<RoleName>(params.role, "role")?;
    query.types = params.kind.unwrap_or_default().0;
    query.agent = checked_option::<AgentName>(params.claimed_by, "claimed_by")?;
    query.claimed_by = checked_option(params.orchestrator_id, "orchestrator_id")?;
    query.project = checked_option::<ProjectId>(params.project_id, "project_id")?;
    query.needs_person = params.needs_intervention.map(|flag| flag.0);
    query.search = params.q.filter(|words| !words.is_empty());
    query.order = order(params.sort.as_deref())?;
    query.after = params.after;
    query.offset = params.offset.unwrap_or_default();
    let limit = page(params.limit);
    query.limit = limit.max(1);
    let found = app.store.list_tasks(&query).await?;
    let shown = if limit == 0 { Vec::new() } else { found.items };
    let full = shown.len() == usize::try_from(query.limit).unwrap_or(usize::MAX);
    let next = shown.last().filter(|_| full && query.order != TaskOrder::Priority).map(|task| task.seq);
    Ok(Json(Tasks {
        tasks: shown.into_iter().map(|task| viewer.task(task, None)).collect(),
        total: found.total,
        limit,
        offset: query.offset,
        next,
    }))
}

/// Creates a task.
#[utoipa::path(post, path = "/tasks", tag = "tasks", params(ScopeParams), request_body = CreateTask,
    responses((status = 201, body = TaskBody), (status = 400, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create_task(
    State(app): State<App>,
    Write { body, caller, viewer, store, any_place, request, .. }: Write<CreateTask>,
) -> Result<(StatusCode, Json<TaskBody>), Problem> {
    let present = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    if !present(&body.title) && !present(&body.file_path) {
        return Err(Problem::invalid("title", "Missing required field: title or file_path"));
    }
    let scope = caller.scope(body.scope.as_deref())?;
    if let Some(role) = &body.role {
        check_role(&app, &scope, role, "role").await?;
    }
    let refuses_duplicates = body.allow_duplicate.as_ref().is_some_and(|flag| !flag.0);
    let mut new = new_task(&*store, scope, body, any_place).await?;
    if refuses_duplicates {
        // By its key, the task of the same request before is told from another one.
        new.key = new.key.or_else(|| request.as_ref().map(task_key));
        refuse_duplicate(&*store, &new).await?;
    }
    let task = store.create_task(new).await.map_err(|error| Problem::of_task(&error))?;
    Ok((StatusCode::CREATED, Json(viewer.task(task, None))))
}

/// Refuses a task that is open already (I25).
async fn refuse_duplicate(store: &dyn Store, new: &NewTask) -> Result<(), Problem> {
    let Some(twin) = find_duplicate(store, new).await? else { return Ok(()) };
    let message = format!("{} says exactly the same and is in `{}`", twin.id, twin.queue());
    Err(Problem::new(Code::Conflict, message).with_field("duplicate_of", twin.id.as_str()))
}

/// The key of the task that a request makes: short enough, whatever the request's own is.
fn task_key(request: &RequestKey) -> String {
    let mut key = String::from("request/");
    for byte in Sha256::digest(&request.key) {
        key.push_str(&format!("{byte:02x}"));
    }
    key
}

async fn new_task(
    store: &dyn Store,
    scope: Scope,
    body: CreateTask,
    any_place: bool,
) -> Result<NewTask, Problem> {
    let mut attributes = body.attributes.unwrap_or_default();
    attributes.kind = body.kind.or(attributes.kind);
    attributes.file_path = body.file_path.or(attributes.file_path);
    attributes.flow = body.flow.or(attributes.flow).filter(|flow| flow != "default");
    attributes.flow_overrides = body.flow_overrides.or(attributes.flow_overrides);
    attributes.hooks = body.hooks.or(attributes.hooks);
    attributes.checks = body.checks.or(attributes.checks);
    attributes.original = body.original.or(attributes.original);
    attributes.project = checked_option::<ProjectId>(body.project_id, "project_id")?.or(attributes.project);
    attributes.parent = checked_option::<TaskId>(body.parent_id, "parent_id")?.or(attributes.parent);
    attributes.auto_accept = body.auto_accept.map_or(attributes.auto_accept, |flag| flag.0);
    attributes.needs_breakdown = body.needs_breakdown.map_or(attributes.needs_breakdown, |flag| flag.0);
    let place = match (body.state, &body.queue) {
        (Some(state), _) => Some(Place::State(checked(state, "state")?)),
        (None, Some(name)) => Some(place(store, &scope, attributes.flow.as_deref(), name).await?),
        (None, None) => None,
    };
    let place = match place {
        Some(Place::Queue(Queue::Incoming | Queue::Blocked)) if !any_place => None,
        Some(Place::Queue(queue)) if !any_place && queue != Queue::Backlog => {
            let rule = "a new task stands in `incoming`, `backlog` or a state that its flow adds";
            return Err(Problem::invalid("queue", format!("queue: {rule}")));
        }
        place => place,
    };
    // The contract allows a task that is only a name or a file; what is to be done is then what that says.
    let named = body.title.filter(|title| !title.trim().is_empty());
    let file = attributes.file_path.clone().filter(|path| !path.trim().is_empty());
    let id = checked_option::<TaskId>(body.id, "id")?;
    let title = match (&named, &id, &file) {
        (Some(title), _, _) => title.clone(),
        (None, Some(id), _) => id.to_string(),
        (None, None, file) => file.clone().unwrap_or_default(),
    };
    let description = match (body.content, &file) {
        (Some(content), _) => content,
        (None, Some(file)) => format!("See `{file}`."),
        (None, None) => title.clone(),
    };
    let mut new = NewTask::new(title, description).with_scope(scope);
    new.id = id;
    new.key = body.key;
    new.role = checked_option(body.role, "role")?.unwrap_or_else(RoleName::implement);
    new.priority = body.priority.unwrap_or_default();
    new.complexity = body.complexity;
    new.branch = body.branch;
    new.blocked_by = ids(body.blocked_by)?;
    new.place = place;
    new.created_by = actor(body.created_by.unwrap_or_else(|| "api".to_owned()), "created_by")?;
    new.attributes = attributes;
    Ok(new)
}

fn ids(names: Option<Names>) -> Result<Vec<TaskId>, Problem> {
    names.unwrap_or_default().0.into_iter().map(|name| checked(name, "blocked_by")).collect()
}

/// A task's id; one that cannot be is one that is not there.
pub(super) fn task_id(id: &str) -> Result<TaskId, Problem> {
    TaskId::new(id).map_err(|_| Problem::no_task(id))
}

/// Reads a task.
#[utoipa::path(get, path = "/tasks/{id}", tag = "tasks", params(("id" = String, Path), ScopeParams),
    responses((status = 200, body = TaskBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn get_task(
    State(app): State<App>,
    caller: Caller,
    viewer: Viewer,
    Name(id): Name,
    Params(params): Params<ScopeParams>,
) -> Answer<TaskBody> {
    let scope = caller.scope(params.scope.as_deref())?;
    let task_id = task_id(&id)?;
    let task =
        app.store.task(&scope, &task_id).await.map_err(|error| Problem::of_verb("read", &id, &error))?;
    let mut query = UsageQuery::new(scope);
    query.task = Some(task_id);
    let usage = app.store.usage(&query).await?;
    Ok(Json(viewer.task(task, Some(&usage))))
}

/// How often a patch is tried where others change the task at the same time.
const TRIES: u32 = 10;

/// Changes a task: all that is asked, or nothing.
#[utoipa::path(patch, path = "/tasks/{id}", tag = "tasks", params(("id" = String, Path), ScopeParams), request_body = PatchTask,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn patch_task(
    State(app): State<App>,
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<PatchTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let task_id = task_id(&id)?;
    let failed = |error| Problem::of_verb("update", &id, &error);
    // What is to be done depends on what was read, and is done only as long as that is so: another's change at the same
    // moment lets it be decided anew, unless the request names its version.
    for tries in 1.. {
        let before = app.store.task(&scope, &task_id).await.map_err(failed)?;
        let commands = patch_commands(&*app.store, &before, body.clone()).await?;
        if commands.is_empty() {
            return Err(Problem::invalid("body", "No fields to update"));
        }
        let version = Some(body.version.unwrap_or(before.version));
        match store.apply_all(&scope, &task_id, version, commands).await {
            Err(error) if tries < TRIES && body.version.is_none() && *error.kind() == ErrorKind::Conflict => {
            }
            done => return Ok(Json(viewer.task(done.map_err(failed)?, None))),
        }
    }
    unreachable!("the last try gives an answer")
}

/// A patch as commands: first what the task says, then where it stands.
pub(crate) async fn patch_commands(
    store: &dyn Store,
    before: &Task,
    body: PatchTask,
) -> Result<Vec<Command>, Problem> {
    let by = || Actor::Person("api".to_owned());
    let to = match &body.queue {
        None => None,
        Some(name) if name == "done" => {
            let words = "Cannot set queue to \"done\" by PATCH. Use POST /api/v1/tasks/{id}/accept instead.";
            return Err(Problem::invalid("queue", words));
        }
        Some(name) => Some(place(store, &before.scope, before.attributes.flow.as_deref(), name).await?),
    };
    let mut commands = Vec::new();
    let mut patch = TaskPatch::default();
    patch.attributes = body.attributes();
    patch.title = body.title;
    patch.description = body.content;
    patch.role = checked_option(body.role, "role")?;
    patch.priority = body.priority;
    patch.complexity = body.complexity;
    patch.branch = body.branch;
    if patch != TaskPatch::default() {
        commands.push(Command::Update { actor: by(), patch });
    }
    if let Some(blockers) = body.blocked_by {
        let wanted = ids(blockers)?;
        let gone = before.unresolved_blockers().filter(|id| !wanted.contains(id));
        commands.extend(gone.map(|id| Command::Unblock { actor: by(), blocker: id.clone() }));
        if wanted.iter().any(|id| !before.unresolved_blockers().any(|known| known == id)) {
            commands.push(Command::Block { actor: by(), on: wanted });
        }
    }
    match (body.needs_intervention, before.needs_person().is_some()) {
        (Some(Flag(false)), _) if before.attributes.needs_intervention => {
            let mut patch = TaskPatch::default();
            patch.attributes.insert("needs_intervention".to_owned(), Value::Bool(false));
            commands.push(Command::Update { actor: by(), patch });
        }
        (Some(Flag(true)), false) => commands.push(Command::Suspend {
            actor: by(),
            reason: "a person is needed".to_owned(),
            question: false,
        }),
        (Some(Flag(false)), true) => commands.push(Command::Continue { actor: by(), note: String::new() }),
        _ => {}
    }
    if let Some(to) = to
        && to != before.place()
    {
        let reason = format!("set to `{to}` by PATCH");
        commands.push(match to {
            Place::Queue(Queue::Failed) => Command::Fail { actor: by(), reason },
            _ => Command::Force { actor: by(), to, reason },
        });
    }
    Ok(commands)
}

/// How to delete.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteParams {
    /// Whether it is deleted even if it is claimed.
    #[param(value_type = Option<bool>)]
    force: Option<Flag>,
    /// Person who requests it.
    deleted_by: Option<String>,
    /// The tenant.
    scope: Option<String>,
}

impl WriteParams for DeleteParams {
    fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

/// Deletes a task with its history, thread, runs and artifacts.
#[utoipa::path(delete, path = "/tasks/{id}", tag = "tasks", params(("id" = String, Path), DeleteParams),
    responses((status = 200, body = Gone), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn delete_task(
    State(app): State<App>,
    Name(id): Name,
    Write { caller, store, params, .. }: Write<Empty, DeleteParams>,
) -> Answer<Gone> {
    let scope = caller.scope(None)?;
    let task_id = task_id(&id)?;
    let failed = |error| Problem::of_verb("delete", &id, &error);
    let by = actor(params.deleted_by.unwrap_or_else(|| "api".to_owned()), "deleted_by")?;
    if params.force.is_some_and(|flag| flag.0) {
        let task = store.task(&scope, &task_id).await.map_err(failed)?;
        if task.state.claim().is_some() {
            let actor = Actor::Person(by.clone());
            let reason = "taken away to be deleted".to_owned();
            store.apply(&scope, &task_id, Command::Requeue { actor, reason }).await.map_err(failed)?;
        }
    }
    store.delete_task(&scope, &task_id, &by).await.map_err(failed)?;
    if let Some(artifacts) = &app.artifacts
        && let Err(error) = artifacts.remove(&scope, &task_id).await
    {
        tracing::warn!(error = %error, task.id = %task_id, "the artifacts of a deleted task stay until they are old");
    }
    Ok(Json(Gone { task_id: Some(id), ..Gone::new("Task deleted") }))
}

const _: () = assert!(PAGE <= LONGEST && LONGEST == TaskQuery::MAX_LIMIT);
