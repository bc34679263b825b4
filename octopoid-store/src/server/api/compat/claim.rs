//! Claims: leases of any length, and claims from any queue.

use super::request::Incoming;
use super::{Context, Reply};
use crate::server::api::problem::Problem;
use crate::server::api::routes::checked;
use crate::wire::Viewer;
use axum::http::StatusCode;
use octopoid_core::model::{
    AgentName, Claim, ClaimToken, Holder, OrchestratorId, Place, Priority, Queue, Scope, Task, Timestamp,
};
use octopoid_core::store::{ErrorKind, StoreExt, TaskQuery};
use octopoid_core::transition::{Actor, Command, Purpose};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Default lease in seconds.
const LEASE: f64 = 300.0;
/// Field that says the lease in seconds.
const LEASE_FIELD: &str = "lease_duration_seconds";

impl Context {
    pub(super) async fn claim(&self, mut request: Incoming) -> Result<Reply, Problem> {
        let scope = self.scope(&request)?;
        let lease = self.lease(request.body.get(LEASE_FIELD))?;
        request.body.insert(LEASE_FIELD.to_owned(), json!(lease));
        adapt_filters(&mut request);
        let mut reply = self.take(&scope, request, lease).await?;
        if let Some(Value::Object(task)) = reply.success() {
            task.insert(LEASE_FIELD.to_owned(), json!(lease));
        }
        Ok(reply)
    }

    /// Claims the next task of the place that a claim takes tasks from.
    async fn take(&self, scope: &Scope, mut request: Incoming, lease: u64) -> Result<Reply, Problem> {
        match self.source(scope, &request).await? {
            Place::State(state) => {
                request.body.insert("state".to_owned(), Value::from(state.as_str()));
                Ok(self.forward(request).await)
            }
            Place::Queue(Queue::Incoming) => {
                request.body.insert("queue".to_owned(), Value::from(Queue::Incoming.as_str()));
                Ok(self.forward(request).await)
            }
            Place::Queue(Queue::Provisional) => {
                request.body.insert("queue".to_owned(), Value::from(Queue::Provisional.as_str()));
                let review = self.forward(request.clone()).await;
                if review.status() != StatusCode::NOT_FOUND {
                    return Ok(review);
                }
                // What needs no review stood there like the rest.
                request.body.insert("purpose".to_owned(), json!(Purpose::Land));
                Ok(self.forward(request).await)
            }
            Place::Queue(queue) => self.claim_from(queue, scope, &request, Duration::from_secs(lease)).await,
        }
    }

    /// Returns the lease in seconds, clamped to the policy's bounds.
    fn lease(&self, asked: Option<&Value>) -> Result<u64, Problem> {
        let most = self.app.store.policy().max_lease.as_secs();
        let seconds = match asked {
            None | Some(Value::Null) => LEASE,
            Some(value) => value.as_f64().ok_or_else(|| {
                Problem::invalid(LEASE_FIELD, format!("{LEASE_FIELD}: must be a number of seconds"))
            })?,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped at once")]
        Ok((seconds.round() as u64).clamp(1, most))
    }

    /// Returns the place that a claim takes tasks from: the one it names, or that of its first role.
    async fn source(&self, scope: &Scope, request: &Incoming) -> Result<Place, Problem> {
        if let Some(name) = request.text("queue").filter(|name| !name.is_empty()) {
            return self.place(scope, None, name).await;
        }
        let first = match request.body.get("role_filter") {
            Some(Value::String(role)) => Some(role.as_str()),
            Some(Value::Array(roles)) => roles.first().and_then(Value::as_str),
            _ => None,
        };
        let roles = self.app.store.roles(scope).await?;
        match roles.iter().find(|known| Some(known.name.as_str()) == first) {
            Some(role) => super::place::named(&role.claims_from),
            None => Ok(Place::Queue(Queue::Incoming)),
        }
    }

    /// Claims the next task of a queue that the contract allows no claims from: moves it to `incoming` and claims it there, in
    /// one transaction.
    async fn claim_from(
        &self,
        queue: Queue,
        scope: &Scope,
        request: &Incoming,
        lease: Duration,
    ) -> Result<Reply, Problem> {
        let text = |field: &str| request.text(field).unwrap_or_default().to_owned();
        let orchestrator: OrchestratorId = checked(text("orchestrator_id"), "orchestrator_id")?;
        let agent: AgentName = checked(text("agent_name"), "agent_name")?;
        let mut candidates = self.app.store.all_tasks(&TaskQuery::new(scope.clone()).in_queue(queue)).await?;
        candidates.retain(|task| task.unresolved_blockers().next().is_none() && fits(task, request));
        candidates.sort_by_key(|task: &Task| (task.priority, task.seq));
        let store = request.store(self.app.store.clone())?;
        for candidate in candidates {
            let token = ClaimToken::new(Uuid::new_v4().simple().to_string()).map_err(Problem::internal)?;
            let holder = Holder::new(orchestrator.clone(), agent.clone());
            // The store reckons the lease by its own clock.
            let claimed_at = Timestamp::default();
            let claim = Claim::new(token, holder, claimed_at, claimed_at + lease);
            let actor = Actor::Person(agent.to_string());
            let reason = format!("claimed from `{queue}`, {}", super::patch::BY_PATCH);
            let commands = vec![
                Command::Force { actor, to: Queue::Incoming.into(), reason },
                Command::Claim { purpose: Purpose::Work, claim },
            ];
            match store.apply_all(scope, &candidate.id, Some(candidate.version), commands).await {
                // A repeated request may find its task with somebody else by now, whose token is not shown.
                Ok(task) => return Reply::task(&Viewer { orchestrators: vec![orchestrator] }, task),
                Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {}
                Err(error) => return Err(Problem::of_task(&error)),
            }
        }
        Err(Problem::no_tasks())
    }
}

/// Returns whether a task passes the filters of a claim.
fn fits(task: &Task, request: &Incoming) -> bool {
    let takes = |field: &str, is: &str| match request.body.get(field) {
        Some(Value::String(word)) => word.split(',').any(|word| word.trim() == is),
        Some(Value::Array(words)) => words.iter().any(|word| word == is),
        _ => true,
    };
    takes("role_filter", task.role.as_str())
        && takes("type_filter", task.attributes.kind.as_deref().unwrap_or_default())
}

/// Removes filters without a value.
fn adapt_filters(request: &mut Incoming) {
    for field in ["role_filter", "type_filter"] {
        let empty = match request.body.get(field) {
            Some(Value::Array(words)) => words.is_empty(),
            _ => !request.given(field),
        };
        if empty {
            request.body.remove(field);
        }
    }
    if let Some(Value::Array(words)) = request.body.get_mut("priority_order") {
        words.retain(|word| word.as_str().is_some_and(|word| word.parse::<Priority>().is_ok()));
    }
    if !matches!(request.body.get("priority_order"), Some(Value::Array(_))) {
        request.body.remove("priority_order");
    }
    if request.body.get("max_claimed").is_some_and(|most| !most.is_u64()) {
        request.body.remove("max_claimed");
    }
}
