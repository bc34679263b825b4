//! What becomes of a claimed task, in the contract's words.

use super::queue::{Transition, place, refused};
use super::tasks::task_id;
use super::{Answer, actor, checked, checked_option, person, required};
use crate::server::api::app::App;
use crate::server::api::input::{Name, ScopeParams, Write};
use crate::server::api::problem::Problem;
use crate::wire::{
    AcceptTask, ExpireLeases, ForceTask, HookDone, ProblemBody, RejectTask, ReleaseTask, RenewTask,
    RequeueTask, SubmitTask, TaskBody, Tasks,
};
use axum::Json;
use axum::extract::State;
use octopoid_core::model::{
    ClaimToken, CommitId, OrchestratorId, Queue, Scope, Submission, TaskId, TaskPatch, Timestamp,
};
use octopoid_core::store::{ErrorKind, Store};
use octopoid_core::transition::{Actor, Cause, Command};
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// Until when a claim is held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Renewed {
    /// End of the lease, unless renewed again.
    #[schema(value_type = String, format = DateTime)]
    lease_expires_at: Timestamp,
}

/// A claim's token; a missing one is a claim that is not held.
fn token(shown: Option<String>, verb: &str) -> Result<ClaimToken, Problem> {
    match shown {
        Some(token) => checked(token, "claim_token"),
        None => Err(Problem::missing(&["claim_token"]).with_field(
            "hint",
            format!("{verb} is for whoever holds the claim; the answer to the claim has its token"),
        )),
    }
}

/// Renews a claim.
#[utoipa::path(post, path = "/tasks/{id}/renew", tag = "tasks", params(("id" = String, Path), ScopeParams), request_body = RenewTask,
    responses((status = 200, body = Renewed), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn renew_task(
    Name(id): Name,
    Write { body, caller, store, .. }: Write<RenewTask>,
) -> Answer<Renewed> {
    let scope = caller.scope(body.scope.as_deref())?;
    let token = token(body.claim_token, "renew")?;
    let lease = Duration::from_secs(body.lease_duration_seconds.unwrap_or(300)).min(store.policy().max_lease);
    let task = apply(&*store, &scope, &id, Command::Renew { token, lease }).await?;
    let until = task.state.claim().map_or(task.updated_at, |claim| claim.lease_expires_at);
    Ok(Json(Renewed { lease_expires_at: until }))
}

async fn apply(
    store: &dyn Store,
    scope: &Scope,
    id: &str,
    command: Command,
) -> Result<octopoid_core::model::Task, Problem> {
    let verb = command.name();
    let task = task_id(id)?;
    store.apply(scope, &task, command).await.map_err(|error| Problem::of_verb(verb, id, &error))
}

/// Submits work.
#[utoipa::path(post, path = "/tasks/{id}/submit", tag = "tasks", params(("id" = String, Path), ScopeParams),
    request_body = SubmitTask,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn submit_task(
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<SubmitTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let submission = match (body.submission, body.commits_count, body.turns_used) {
        (Some(submission), _, _) => submission,
        (None, Some(commits), Some(turns)) => Submission::new(commits, turns),
        (None, commits, turns) => {
            let mut missing = Vec::new();
            missing.extend(commits.is_none().then_some("commits_count"));
            missing.extend(turns.is_none().then_some("turns_used"));
            return Err(Problem::missing(&missing));
        }
    };
    let token = token(body.claim_token, "submit")?;
    let mut attributes = Map::new();
    for (field, value) in [
        ("check_results", body.check_results.map(Value::from)),
        ("execution_notes", body.execution_notes.map(Value::from)),
        ("pr_number", body.pr_number.map(Value::from)),
        ("pr_url", body.pr_url.map(Value::from)),
    ] {
        attributes.extend(value.map(|value| (field.to_owned(), value)));
    }
    let mut commands = Vec::new();
    if !attributes.is_empty() {
        let mut patch = TaskPatch::default();
        patch.attributes = attributes;
        commands.push(Command::Update { actor: Actor::Holder(token.clone()), patch });
    }
    commands.push(Command::Submit { token, submission });
    let task = store.apply_all(&scope, &task_id(&id)?, None, commands).await;
    let task = task.map_err(|error| Problem::of_verb("submit", &id, &error))?;
    Ok(Json(viewer.task(task, None)))
}

/// Returns who decides on a task: the holder that shows the claim's token, or a person if nobody holds the task.
fn decider(by: String, shown: Option<String>) -> Result<Actor, Problem> {
    match shown {
        Some(token) => checked(token, "claim_token").map(Actor::Holder),
        None => Ok(Actor::Bystander(person(&by))),
    }
}

/// Finishes a task, and frees those that waited for it.
#[utoipa::path(post, path = "/tasks/{id}/accept", tag = "tasks", params(("id" = String, Path), ScopeParams),
    request_body = AcceptTask,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn accept_task(
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<AcceptTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let by = actor(required(body.accepted_by, "accepted_by")?, "accepted_by")?;
    let landed = checked_option::<CommitId>(body.merged_commit, "merged_commit")?;
    let actor = decider(by, body.claim_token)?;
    let task_id = task_id(&id)?;
    let failed = |error| Problem::of_verb("accept", &id, &error);
    let before = store.task(&scope, &task_id).await.map_err(failed)?;
    let mut commands = vec![Command::Accept { actor: actor.clone(), landed }];
    // What is done already is for the store to say.
    if !before.is_done() {
        let from = before.flow_state().map_or_else(|| before.queue().to_string(), ToString::to_string);
        match Transition::of(&*store, &before, &from, "done").await? {
            Transition::Refused(words) => return Err(refused("accept", words)),
            Transition::Allowed if !matches!(before.queue(), Queue::Provisional | Queue::Claimed) => {
                let (to, reason) = (Queue::Provisional.into(), format!("accepted in `{from}`"));
                commands.insert(0, Command::Force { actor, to, reason });
            }
            Transition::Allowed | Transition::NoFlow => {}
        }
    }
    let task = store.apply_all(&scope, &task_id, None, commands).await.map_err(failed)?;
    Ok(Json(viewer.task(task, None)))
}

/// Rejects work, with feedback.
#[utoipa::path(post, path = "/tasks/{id}/reject", tag = "tasks", params(("id" = String, Path), ScopeParams),
    request_body = RejectTask,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn reject_task(
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<RejectTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let mut missing = Vec::new();
    missing.extend(body.reason.as_ref().is_none_or(|text| text.trim().is_empty()).then_some("reason"));
    missing
        .extend(body.rejected_by.as_ref().is_none_or(|text| text.trim().is_empty()).then_some("rejected_by"));
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let by = actor(required(body.rejected_by, "rejected_by")?, "rejected_by")?;
    let reason = required(body.reason, "reason")?;
    let actor = decider(by, body.claim_token)?;
    let task = apply(&*store, &scope, &id, Command::Reject { actor, reason, cause: Cause::Review }).await?;
    Ok(Json(viewer.task(task, None)))
}

/// Puts a task back into the queue; the attempt counts.
#[utoipa::path(post, path = "/tasks/{id}/requeue", tag = "tasks", params(("id" = String, Path), ScopeParams),
    request_body = RequeueTask,
    responses((status = 200, body = TaskBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn requeue_task(
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<RequeueTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let actor = match body.claim_token {
        Some(token) => Actor::Holder(checked(token, "claim_token")?),
        None => {
            let by = actor(body.requeued_by.unwrap_or_else(|| "api".to_owned()), "requeued_by")?;
            Actor::Person(person(&by))
        }
    };
    let reason = body.reason.unwrap_or_else(|| "requeued".to_owned());
    let task = apply(&*store, &scope, &id, Command::Requeue { actor, reason }).await?;
    Ok(Json(viewer.task(task, None)))
}

/// Releases a claim; no attempt counts.
#[utoipa::path(post, path = "/tasks/{id}/release", tag = "tasks", params(("id" = String, Path), ScopeParams),
    request_body = ReleaseTask,
    responses((status = 200, body = TaskBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn release_task(
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<ReleaseTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let token = token(body.claim_token, "release")?;
    let reason = body.reason.unwrap_or_else(|| "released".to_owned());
    let task = apply(&*store, &scope, &id, Command::Release { token, reason }).await?;
    Ok(Json(viewer.task(task, None)))
}

/// Moves a task to any queue, by a person's decision.
#[utoipa::path(post, path = "/tasks/{id}/force-queue", tag = "tasks", params(("id" = String, Path), ScopeParams),
    request_body = ForceTask,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn force_task(
    State(app): State<App>,
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<ForceTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let mut missing = Vec::new();
    missing.extend(body.queue.as_ref().is_none_or(|text| text.is_empty()).then_some("queue"));
    missing.extend(body.reason.as_ref().is_none_or(|text| text.trim().is_empty()).then_some("reason"));
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let flow = task_flow(&*app.store, &scope, &id).await?;
    let to = place(&*app.store, &scope, flow.as_deref(), &required(body.queue, "queue")?).await?;
    let reason = required(body.reason, "reason")?;
    let by = actor(body.forced_by.unwrap_or_else(|| "api".to_owned()), "forced_by")?;
    let actor = Actor::Person(person(&by));
    let task = apply(&*store, &scope, &id, Command::Force { actor, to, reason }).await?;
    Ok(Json(viewer.task(task, None)))
}

/// The flow that a task follows; none for the default one.
async fn task_flow(store: &dyn Store, scope: &Scope, id: &str) -> Result<Option<String>, Problem> {
    let task = store.task(scope, &task_id(id)?).await;
    Ok(task.map_err(|error| Problem::of_verb("force", id, &error))?.attributes.flow)
}

/// Marks a hook of a task as passed or failed.
#[utoipa::path(post, path = "/tasks/{id}/hooks/{name}/complete", tag = "tasks",
    params(("id" = String, Path), ("name" = String, Path), ScopeParams), request_body = HookDone,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn complete_hook(
    State(app): State<App>,
    axum::extract::Path((id, name)): axum::extract::Path<(String, String)>,
    Write { body, caller, viewer, store, .. }: Write<HookDone>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let status = body.status.filter(|status| status == "passed" || status == "failed");
    let status =
        status.ok_or_else(|| Problem::invalid("status", "status must be \"passed\" or \"failed\""))?;
    let task_id: TaskId = task_id(&id)?;
    // Somebody else may mark another hook at the same moment: what was read must still be there when it is written.
    loop {
        let task = app.store.task(&scope, &task_id).await;
        let task = task.map_err(|error| Problem::of_verb("update", &id, &error))?;
        let hooks = task.attributes.hooks.as_deref().unwrap_or("[]");
        let mut hooks: Vec<Map<String, Value>> = serde_json::from_str(hooks)
            .map_err(|_| Problem::invalid("hooks", "Invalid hooks data on task"))?;
        let named = |hook: &&mut Map<String, Value>| hook.get("name").and_then(Value::as_str) == Some(&name);
        let Some(hook) = hooks.iter_mut().find(named) else {
            let name: String = name.chars().take(100).collect();
            return Err(Problem::not_found(format!("Hook '{name}' not found on task")));
        };
        hook.insert("status".to_owned(), Value::from(status.clone()));
        if let Some(evidence) = &body.evidence {
            hook.insert("evidence".to_owned(), evidence.clone());
        }
        let text = serde_json::to_string(&hooks)
            .map_err(|error| Problem::invalid("evidence", format!("evidence: {error}")))?;
        let mut patch = TaskPatch::default();
        patch.attributes.insert("hooks".to_owned(), Value::from(text));
        patch.version = Some(task.version);
        let command = Command::Update { actor: Actor::Person("api".to_owned()), patch };
        match store.apply(&scope, &task_id, command).await {
            Ok(task) => return Ok(Json(viewer.task(task, None))),
            Err(error) if *error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(Problem::of_verb("update", &id, &error)),
        }
    }
}

/// Expires the claims of a scope whose lease has run out. The server does it by itself every second, but in its first
/// minute no claim expires, by this route neither: machines that could not renew while it was away come back first.
#[utoipa::path(post, path = "/tasks/expire", tag = "tasks", params(ScopeParams), request_body = ExpireLeases,
    responses((status = 200, body = Tasks)))]
pub(crate) async fn expire_leases(
    State(app): State<App>,
    Write { body, caller, viewer, store, .. }: Write<ExpireLeases>,
) -> Answer<Tasks> {
    let scope = caller.scope(body.scope.as_deref())?;
    let spare = checked_option::<OrchestratorId>(body.spare, "spare")?;
    let freed = if app.in_grace() { Vec::new() } else { store.expire_leases(&scope, spare.as_ref()).await? };
    let total = freed.len() as u64;
    let tasks = freed.into_iter().map(|task| viewer.task(task, None)).collect();
    Ok(Json(Tasks { tasks, total, limit: u32::MAX, offset: 0, next: None }))
}
