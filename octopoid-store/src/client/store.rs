//! The store itself: each method is one request.

use super::HttpOptions;
use super::call::{Answer, Call, Wire};
use super::feed::follow;
use super::machine_feed::MachineFeed;
use crate::backend::RequestWrites;
use crate::feed::Feed;
use crate::limits;
use crate::wire::{
    ClaimTask, CommandTask, CreateTask, Events, ExpireLeases, MessageBody, Messages, Names, NewMessage, Runs,
    SaveRun, Scopes, TaskBody, Tasks, UsageBody,
};
use async_trait::async_trait;
use octopoid_core::model::{
    Event, Message, MessageDraft, NewTask, OrchestratorId, Place, Policy, Run, RunId, Scope, Task, TaskId,
    Timestamp, Usage,
};
use octopoid_core::store::{
    ArtifactPart, ClaimRequest, ErrorKind, EventFeed, EventLog, EventQuery, IdempotentStore, Interest,
    MessageStore, Page, PruneRequest, Pruned, QueueCounts, RequestKey, Result, RetentionStore, RunQuery,
    RunStore, Store, StoreError, TaskOrder, TaskQuery, TaskStore, UsageQuery,
};
use octopoid_core::transition::Command;
use reqwest::Method;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A store on another machine.
#[derive(Debug)]
pub struct HttpStore {
    pub(super) shared: Arc<Shared>,
    /// Whose writes these are, where they may come twice by another's doing than ours.
    request: Option<Arc<RequestWrites>>,
}

#[derive(Debug)]
pub(super) struct Shared {
    wire: Arc<Wire>,
    policy: Policy,
    feed: Arc<Feed>,
    /// Follows the feed; started by the first who waits for an event.
    follower: Mutex<Option<tokio::task::AbortHandle>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(follower) = self.follower.lock().unwrap_or_else(PoisonError::into_inner).take() {
            follower.abort();
        }
    }
}

impl HttpStore {
    /// Reaches a server and learns the bounds that it applies.
    ///
    /// # Errors
    /// `Invalid` for the address, the key or the certificates; `Unauthorized` where the key opens nothing;
    /// `Forbidden` where it opens another scope than the options name; `Unavailable` where
    /// the server does not answer for as long as the options' patience.
    pub async fn connect(options: HttpOptions) -> Result<Self> {
        let wire = Arc::new(Wire::new(options)?);
        // With the scope, so that a key of another one is found at once.
        let call = Call::get("policy").with_some("scope", wire.options().scope.clone());
        let Answer { body: policy, .. } = wire.call(&call).await?;
        let shared = Shared { wire, policy, feed: Arc::new(Feed::new(0)), follower: Mutex::default() };
        Ok(Self { shared: Arc::new(shared), request: None })
    }

    /// Since when the server has not answered; none while it does.
    pub fn away_since(&self) -> Option<Timestamp> {
        self.shared.wire.away_since()
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T> {
        Ok(self.shared.wire.call(&call).await?.body)
    }

    pub(super) async fn get_part(&self, call: Call<'_>) -> Result<ArtifactPart> {
        self.shared.wire.part(&call).await
    }

    /// The key of the next write: the request's, or a fresh one.
    pub(super) fn next_key(&self) -> RequestKey {
        match &self.request {
            Some(request) => request.next_write(),
            // They grow with time, so that the server finds the place of the next one at the end of its index.
            None => RequestKey::new(Uuid::now_v7().simple().to_string(), [0; 32]),
        }
    }

    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Answer<T>> {
        let key = self.next_key();
        self.shared.wire.call(&Call::write(method, path, &key, body)?).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<T> {
        Ok(self.put(Method::POST, path, body).await?.body)
    }

    /// Sends commands on a task; one that changes what it says has the model's names in its errors.
    async fn command(&self, id: &TaskId, update: bool, body: &CommandTask) -> Result<Task> {
        let applied: Result<TaskBody> = self.post(format!("tasks/{id}/commands"), body).await;
        let applied = applied.map_err(renamed("lease_duration_seconds", "lease"));
        let applied = if update { applied.map_err(renamed("content", "description")) } else { applied };
        read(applied?)
    }

    pub(super) async fn delete(&self, path: impl Into<String>, scope: &Scope) -> Result<()> {
        let key = self.next_key();
        let call = Call::write(Method::DELETE, path, &key, &serde_json::Map::new())?.with("scope", scope);
        self.shared.wire.call::<serde::de::IgnoredAny>(&call).await.map(drop)
    }
}

/// A value that the server sent, as the model has it.
pub(super) fn read<T, B>(body: B) -> Result<T>
where
    T: TryFrom<B>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(body)
        .map_err(|error| StoreError::internal("the server sent something that cannot be").with_source(error))
}

pub(super) fn read_all<T, B>(bodies: Vec<B>) -> Result<Vec<T>>
where
    T: TryFrom<B>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    bodies.into_iter().map(read).collect()
}

/// With the model's name for a field that has another one on the wire.
fn renamed(wire: &str, model: &str) -> impl Fn(StoreError) -> StoreError {
    let (wire, model) = (wire.to_owned(), model.to_owned());
    move |error| match error.kind() {
        ErrorKind::Invalid { field } if *field == wire => {
            let message = error.to_string().replacen(&format!("{wire}: "), &format!("{model}: "), 1);
            StoreError::new(ErrorKind::Invalid { field: model.clone() }, message)
        }
        _ => error,
    }
}

fn order(order: TaskOrder) -> &'static str {
    match order {
        TaskOrder::Newest => "newest",
        TaskOrder::Priority => "priority",
        _ => "oldest",
    }
}

#[async_trait]
impl TaskStore for HttpStore {
    async fn create_task(&self, new: NewTask) -> Result<Task> {
        let (queue, state) = match new.place {
            None => (None, None),
            Some(Place::Queue(queue)) => (Some(queue.to_string()), None),
            Some(Place::State(state)) => (None, Some(state.into())),
        };
        let body = CreateTask {
            id: new.id.map(Into::into),
            key: new.key,
            title: Some(new.title),
            content: Some(new.description),
            role: Some(new.role.into()),
            priority: Some(new.priority),
            complexity: new.complexity,
            branch: new.branch,
            blocked_by: Some(Names(new.blocked_by.into_iter().map(Into::into).collect())),
            queue,
            state,
            created_by: Some(new.created_by),
            attributes: Some(new.attributes),
            scope: Some(new.scope.into()),
            ..CreateTask::default()
        };
        let made: TaskBody = self.post("tasks", &body).await.map_err(renamed("content", "description"))?;
        read(made)
    }

    async fn task(&self, scope: &Scope, id: &TaskId) -> Result<Task> {
        let body: TaskBody = self.get(Call::get(format!("tasks/{id}")).with("scope", scope)).await?;
        read(body)
    }

    async fn list_tasks(&self, query: &TaskQuery) -> Result<Page<Task>> {
        limits::check_task_query(query)?;
        let call = Call::get("tasks")
            .with("scope", &query.scope)
            .with_list("queue", &query.queues)
            .with_list("state", &query.states)
            .with_list("priority", &query.priorities)
            .with_list("role", &query.roles)
            .with_list("type", &query.types)
            .with_some("orchestrator_id", query.claimed_by.as_ref())
            .with_some("claimed_by", query.agent.as_ref())
            .with_some("project_id", query.project.as_ref())
            .with_some("needs_intervention", query.needs_person)
            .with_some("q", query.search.as_ref())
            .with_some("after", query.after)
            .with("offset", query.offset)
            .with("sort", order(query.order))
            .with("limit", query.limit);
        let page: Tasks = self.get(call).await?;
        Ok(Page::new(read_all(page.tasks)?, page.total))
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Task>> {
        self.shared.wire.add_holder(&request.holder.orchestrator);
        let body = ClaimTask {
            orchestrator_id: Some(request.holder.orchestrator.to_string()),
            agent_name: Some(request.holder.agent.to_string()),
            scope: Some(request.scope.to_string()),
            role_filter: Some(Names(request.roles.iter().map(ToString::to_string).collect())),
            type_filter: Some(Names(request.types.clone())),
            purpose: Some(request.purpose),
            state: request.state.as_ref().map(ToString::to_string),
            task_id: request.task.as_ref().map(ToString::to_string),
            lease_duration_ms: Some(u64::try_from(request.lease.as_millis()).unwrap_or(u64::MAX)),
            max_claimed: request.max_claimed,
            claim_token: Some(request.token.to_string()),
            ..ClaimTask::default()
        };
        let key = self.next_key();
        let call = Call::write(Method::POST, "tasks/claim", &key, &body)?;
        let nothing =
            |problem: &crate::wire::ProblemBody| problem.error.is_none() && problem.message.is_some();
        let claimed: Option<TaskBody> = self
            .shared
            .wire
            .find(&call, nothing)
            .await
            .map_err(renamed("lease_duration_seconds", "lease"))?;
        claimed.map(read).transpose()
    }

    async fn apply(&self, scope: &Scope, id: &TaskId, command: Command) -> Result<Task> {
        let update = matches!(command, Command::Update { .. });
        let body =
            CommandTask { command: Some(command), scope: Some(scope.to_string()), ..CommandTask::default() };
        self.command(id, update, &body).await
    }

    async fn apply_all(
        &self,
        scope: &Scope,
        id: &TaskId,
        version: Option<u64>,
        commands: Vec<Command>,
    ) -> Result<Task> {
        let update = commands.iter().any(|command| matches!(command, Command::Update { .. }));
        let (commands, scope) = (Some(commands), Some(scope.to_string()));
        self.command(id, update, &CommandTask { commands, version, scope, ..CommandTask::default() }).await
    }

    async fn delete_task(&self, scope: &Scope, id: &TaskId, actor: &str) -> Result<()> {
        let key = self.next_key();
        let call = Call::write(Method::DELETE, format!("tasks/{id}"), &key, &serde_json::Map::new())?
            .with("scope", scope)
            .with("deleted_by", actor);
        self.shared.wire.call::<serde::de::IgnoredAny>(&call).await.map(drop)
    }

    async fn expire_leases(&self, scope: &Scope, spare: Option<&OrchestratorId>) -> Result<Vec<Task>> {
        let body = ExpireLeases { spare: spare.map(ToString::to_string), scope: Some(scope.to_string()) };
        let freed: Tasks = self.post("tasks/expire", &body).await?;
        read_all(freed.tasks)
    }

    async fn scopes(&self) -> Result<Vec<Scope>> {
        let body: Scopes = self.get(Call::get("scopes")).await?;
        read_all(body.scopes)
    }

    async fn queue_counts(&self, scope: &Scope) -> Result<QueueCounts> {
        self.get(Call::get("scheduler/counts").with("scope", scope)).await
    }

    fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// The server does, by its own clock.
    fn expires_leases(&self) -> bool {
        true
    }
}

#[async_trait]
impl RunStore for HttpStore {
    async fn save_run(&self, run: &Run) -> Result<()> {
        if !run.usage.cost_usd.is_finite() {
            return Err(StoreError::invalid("usage.cost_usd", "must be a number"));
        }
        let body = SaveRun { run: run.clone() };
        self.put::<SaveRun>(Method::PUT, format!("runs/{}", run.id), &body).await.map(drop)
    }

    async fn run(&self, scope: &Scope, id: &RunId) -> Result<Run> {
        let body: SaveRun = self.get(Call::get(format!("runs/{id}")).with("scope", scope)).await?;
        Ok(body.run)
    }

    async fn list_runs(&self, query: &RunQuery) -> Result<Vec<Run>> {
        limits::check_run_query(query)?;
        let call = Call::get("runs")
            .with("scope", &query.scope)
            .with_some("task_id", query.task.as_ref())
            .with("unsettled", query.unsettled)
            .with("limit", query.limit);
        let body: Runs = self.get(call).await?;
        Ok(body.runs)
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Usage> {
        let call = Call::get("usage")
            .with("scope", &query.scope)
            .with_some("task_id", query.task.as_ref())
            .with_some("since", query.since);
        let body: UsageBody = self.get(call).await?;
        Ok(body.usage)
    }
}

#[async_trait]
impl MessageStore for HttpStore {
    async fn post_message(&self, scope: &Scope, task: &TaskId, message: MessageDraft) -> Result<Message> {
        let body = NewMessage::of(scope, task, message);
        let posted: MessageBody = self.post("messages", &body).await.map_err(renamed("content", "body"))?;
        read(posted)
    }

    async fn messages(&self, scope: &Scope, task: &TaskId) -> Result<Vec<Message>> {
        let mut all = Vec::new();
        loop {
            let call = Call::get(format!("tasks/{task}/messages"))
                .with("scope", scope)
                .with("limit", TaskQuery::MAX_LIMIT)
                .with("offset", all.len());
            let page: Messages = self.get(call).await?;
            let came = page.messages.len();
            all.extend(read_all::<Message, _>(page.messages)?);
            if came == 0 || all.len() as u64 >= page.total {
                return Ok(all);
            }
        }
    }
}

#[derive(Deserialize)]
struct Last {
    last: u64,
}

#[async_trait]
impl EventLog for HttpStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<Event>> {
        limits::check_event_query(query)?;
        let scope = query.scope.as_ref().map_or("*", Scope::as_str);
        let call = Call::get("events")
            .with("scope", scope)
            .with("after", query.after)
            .with_some("task_id", query.task.as_ref())
            .with("limit", query.limit);
        let body: Events = self.get(call).await?;
        Ok(body.events)
    }

    async fn last_event(&self) -> Result<u64> {
        let body: Last = self.get(Call::get("events/last")).await?;
        Ok(body.last)
    }

    async fn wait_for_event(&self, after: u64) -> Result<()> {
        {
            let mut follower = self.shared.follower.lock().unwrap_or_else(PoisonError::into_inner);
            if follower.is_none() {
                let following = follow(Arc::clone(&self.shared.wire), Arc::clone(&self.shared.feed));
                *follower = Some(tokio::spawn(following).abort_handle());
            }
        }
        self.shared.feed.wait(after).await
    }

    fn subscribe(&self, interest: &Interest, after: u64) -> Option<Box<dyn EventFeed>> {
        Some(Box::new(MachineFeed::open(Arc::clone(&self.shared.wire), interest.clone(), after)))
    }
}

#[async_trait]
impl IdempotentStore for HttpStore {
    fn for_request(self: Arc<Self>, request: RequestKey) -> Arc<dyn Store> {
        Arc::new(Self { shared: Arc::clone(&self.shared), request: Some(RequestWrites::new(request)) })
    }

    /// The server forgets by itself.
    async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        #[derive(Deserialize)]
        struct Forgotten {
            forgotten: u64,
        }
        let body: Forgotten = self.post("requests/forget", &serde_json::json!({ "before": before })).await?;
        Ok(body.forgotten)
    }
}

#[async_trait]
impl RetentionStore for HttpStore {
    /// Does nothing: the server does it by its own settings.
    async fn prune(&self, request: &PruneRequest) -> Result<Pruned> {
        limits::check_prune_request(request)?;
        Ok(Pruned::by_server())
    }
}
