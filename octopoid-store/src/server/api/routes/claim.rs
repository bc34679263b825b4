//! Claims.

use super::queue::{check_role, place};
use super::{Answer, checked, required, waited};
use crate::server::api::app::App;
use crate::server::api::input::{ScopeParams, Write};
use crate::server::api::problem::Problem;
use crate::wire::{ClaimTask, Names, ProblemBody, TaskBody, Viewer};
use axum::Json;
use axum::extract::State;
use octopoid_core::model::{
    AgentName, ClaimToken, Holder, OrchestratorId, Place, Priority, Queue, RoleName, Scope, StateName, Task,
};
use octopoid_core::store::{ClaimRequest, ErrorKind, Store, TaskOrder, TaskQuery};
use octopoid_core::transition::Purpose;
use std::time::Duration;
use uuid::Uuid;

/// Default lease.
const LEASE: Duration = Duration::from_secs(300);

/// Claims the next task: the most urgent, then the oldest that the request allows.
#[utoipa::path(post, path = "/tasks/claim", tag = "tasks", params(ScopeParams), request_body = ClaimTask,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody),
              (status = 404, body = ProblemBody, description = "No tasks available"),
              (status = 409, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(crate) async fn claim_task(
    State(app): State<App>,
    Write { mut body, caller, store, .. }: Write<ClaimTask>,
) -> Answer<TaskBody> {
    let missing: Vec<_> = [("orchestrator_id", &body.orchestrator_id), ("agent_name", &body.agent_name)]
        .into_iter()
        .filter(|(_, value)| value.as_ref().is_none_or(|text| text.is_empty()))
        .map(|(field, _)| field)
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let scope = caller.scope(body.scope.as_deref())?;
    let wait = waited(body.wait_seconds)?;
    let order: Vec<Priority> = priorities(body.priority_order.take())?;
    let request = claim_request(&app, scope, body).await?;
    let take = async |store: &dyn Store| match order.as_slice() {
        [] => store.claim(&request).await.map_err(|error| refused(&request, &error)),
        order => by_order(&app, store, &request, order).await,
    };
    if wait == 0 {
        let task = take(&*store).await?.ok_or_else(Problem::no_tasks)?;
        app.hub.dispatcher().claimed(&task);
        return Ok(Json(Viewer::holder_of(&task).task(task, None)));
    }
    // Registered before the first look, so that nothing is missed.
    let mut news = app.hub.subscribe().await?;
    let mut claimed = take(&*store).await?;
    let timeout = app.clock.sleep(Duration::from_secs(wait));
    tokio::pin!(timeout);
    while claimed.is_none() {
        tokio::select! {
            () = &mut timeout => break,
            () = app.shutdown.wait() => break,
            woken = news.changed() => if woken.is_err() { break },
        }
        claimed = take(&*store).await?;
    }
    let task = claimed.ok_or_else(Problem::no_tasks)?;
    app.hub.dispatcher().claimed(&task);
    Ok(Json(Viewer::holder_of(&task).task(task, None)))
}

fn priorities(names: Option<Names>) -> Result<Vec<Priority>, Problem> {
    let wrong = |error| Problem::invalid("priority_order", format!("priority_order: {error}"));
    names.unwrap_or_default().iter().map(|name| name.parse().map_err(wrong)).collect()
}

async fn claim_request(app: &App, scope: Scope, body: ClaimTask) -> Result<ClaimRequest, Problem> {
    let orchestrator: OrchestratorId =
        checked(required(body.orchestrator_id, "orchestrator_id")?, "orchestrator_id")?;
    let agent: AgentName = checked(required(body.agent_name, "agent_name")?, "agent_name")?;
    let mut roles = Vec::new();
    for name in body.role_filter.unwrap_or_default().iter() {
        check_role(app, &scope, name, "role_filter").await?;
        roles.push(checked::<RoleName>(name.to_owned(), "role_filter")?);
    }
    let (purpose, state) = match (body.purpose, body.state, &body.queue) {
        (purpose, Some(state), _) => (purpose.unwrap_or(Purpose::Work), Some(checked(state, "state")?)),
        (Some(purpose), None, _) => (purpose, None),
        (None, None, Some(name)) => claimed_from(place(&*app.store, &scope, None, name).await?)?,
        (None, None, None) => match roles.first() {
            None => (Purpose::Work, None),
            Some(first) => claims_from(app, &scope, first).await?,
        },
    };
    let token = match body.claim_token {
        Some(token) => {
            let token: ClaimToken = checked(token, "claim_token")?;
            if token == ClaimToken::hidden() {
                return Err(Problem::invalid("claim_token", "claim_token: choose a random one"));
            }
            token
        }
        None => ClaimToken::new(Uuid::new_v4().simple().to_string())
            .map_err(|error| Problem::invalid("claim_token", error.to_string()))?,
    };
    let lease = match (body.lease_duration_ms, body.lease_duration_seconds) {
        (Some(millis), _) => Duration::from_millis(millis),
        (None, Some(seconds)) => Duration::from_secs(seconds),
        (None, None) => LEASE.min(app.store.policy().max_lease),
    };
    let mut request = ClaimRequest::new(scope, purpose, Holder::new(orchestrator, agent), token, lease);
    request.roles = roles;
    request.types = body.type_filter.unwrap_or_default().0;
    request.state = state;
    request.task = body.task_id.map(|id| checked(id, "task_id")).transpose()?;
    request.max_claimed = body.max_claimed;
    Ok(request)
}

/// Returns the purpose of a claim from a place, and its state if the place is not a queue.
fn claimed_from(place: Place) -> Result<(Purpose, Option<StateName>), Problem> {
    match place {
        Place::Queue(Queue::Incoming) => Ok((Purpose::Work, None)),
        Place::Queue(Queue::Provisional) => Ok((Purpose::Review, None)),
        Place::Queue(_) => {
            let rule =
                "queue: tasks are claimed from `incoming`, `provisional` and the states that flows add";
            Err(Problem::invalid("queue", rule))
        }
        Place::State(state) => Ok((Purpose::Work, Some(state))),
    }
}

/// Returns what a registered role claims from.
async fn claims_from(
    app: &App,
    scope: &Scope,
    role: &RoleName,
) -> Result<(Purpose, Option<StateName>), Problem> {
    let roles = app.roles.of(scope).await?;
    let known = roles.iter().find(|known| &known.name == role);
    match known {
        None => Ok((Purpose::Work, None)),
        Some(known) => claimed_from(place(&*app.store, scope, None, &known.claims_from).await?),
    }
}

fn refused(request: &ClaimRequest, error: &octopoid_core::store::StoreError) -> Problem {
    match (error.kind(), &request.task, request.max_claimed) {
        (ErrorKind::Conflict, None, Some(_)) => {
            Problem::too_many(error.to_string(), Duration::from_secs(1)).with_field("reason", "max_claimed")
        }
        (_, Some(id), _) => Problem::of_verb("claim", id.as_str(), error),
        _ => Problem::of_task(error),
    }
}

/// Claims the next task by the claimer's own order of priorities.
async fn by_order(
    app: &App,
    store: &dyn Store,
    request: &ClaimRequest,
    order: &[Priority],
) -> Result<Option<Task>, Problem> {
    let mut rest: Vec<Priority> = order.to_vec();
    rest.extend(Priority::ALL.into_iter().filter(|priority| !order.contains(priority)));
    for priority in rest {
        let mut query = TaskQuery::new(request.scope.clone());
        match (&request.state, request.purpose) {
            (Some(state), _) => query.states = vec![state.clone()],
            (None, Purpose::Work) => query.queues = vec![Queue::Incoming],
            (None, Purpose::Review | Purpose::Land) => query.queues = vec![Queue::Provisional],
        }
        query.priorities = vec![priority];
        query.roles.clone_from(&request.roles);
        query.types.clone_from(&request.types);
        query.order = TaskOrder::Oldest;
        for candidate in app.store.list_tasks(&query).await?.items {
            match store.claim(&request.clone().with_task(candidate.id)).await {
                Ok(Some(task)) => return Ok(Some(task)),
                // Somebody else was faster, or a person has it in hand: the next one.
                Ok(None) => {}
                Err(error) if at_bound(app, request).await? => return Err(refused(request, &error)),
                Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {}
                Err(error) => return Err(refused(request, &error)),
            }
        }
    }
    Ok(None)
}

/// Returns whether the machine holds as many tasks as it may.
async fn at_bound(app: &App, request: &ClaimRequest) -> Result<bool, Problem> {
    let Some(most) = request.max_claimed else { return Ok(false) };
    let mut query = TaskQuery::new(request.scope.clone()).in_queue(Queue::Claimed);
    query.claimed_by = Some(request.holder.orchestrator.clone());
    query.limit = 1;
    Ok(app.store.list_tasks(&query).await?.total >= u64::from(most))
}
