//! Writes of holders, which the original asked for no token.

use super::place::shown;
use super::request::Incoming;
use super::{Context, Reply};
use crate::server::api::auth::Caller;
use crate::server::api::problem::{Code, Problem};
use crate::server::api::routes::refused;
use crate::wire::IDEMPOTENCY_KEY;
use axum::http::StatusCode;
use octopoid_core::model::{EventKind, TaskId};
use octopoid_core::store::EventQuery;
use serde_json::Value;

impl Context {
    pub(super) async fn submit(&self, id: &str, mut request: Incoming) -> Result<Reply, Problem> {
        let counted = ["commits_count", "turns_used"].iter().all(|field| request.body.contains_key(*field));
        if !counted || request.given("claim_token") {
            return self.holder_write(id, request).await;
        }
        for field in ["check_results", "execution_notes"] {
            if request.body.get(field).is_some_and(Value::is_null) {
                request.body.remove(field);
            }
        }
        let _alone = self.locks.of(id).await;
        let task = match self.task("submit", id, &request).await {
            Ok(task) => task,
            Err(problem) => return self.deleted_or(id, &request, Err(problem)).await,
        };
        // A repetition shows the token that its first request had.
        let repeated = request.headers().contains_key(IDEMPOTENCY_KEY);
        let settled = task.settled.as_ref().filter(|settled| repeated && settled.command == "submit");
        let token = task.state.claim().map(|claim| &claim.token).or(settled.map(|settled| &settled.token));
        let Some(token) = token else {
            return Err(refused(
                "submit",
                match shown(&task).as_str() {
                    "claimed" => "No active lease".to_owned(),
                    queue => format!("Invalid transition: task is in {queue}, expected claimed"),
                },
            ));
        };
        request.body.insert("claim_token".to_owned(), Value::from(token.as_str()));
        Ok(self.forward(request).await)
    }

    /// Passes on a write that shows a token. If the task was deleted, its claim is lost.
    pub(super) async fn holder_write(&self, id: &str, request: Incoming) -> Result<Reply, Problem> {
        let reply = self.forward(request.clone()).await;
        if reply.status() != StatusCode::NOT_FOUND {
            return Ok(reply);
        }
        self.deleted_or(id, &request, Ok(reply)).await
    }

    async fn deleted_or(
        &self,
        id: &str,
        request: &Incoming,
        otherwise: Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let Ok(task) = TaskId::new(id) else { return otherwise };
        let mut query = EventQuery::of_all_scopes(0).of_task(task);
        query.scope = match (&self.caller, request.scope()) {
            (Caller::Key { scope, .. }, _) => Some(scope.clone()),
            (_, Some(_)) => Some(self.scope(request)?),
            (_, None) => None,
        };
        let events = self.app.store.events(&query).await?;
        if events.last().is_some_and(|event| event.kind == EventKind::Deleted) {
            let words = format!("{id} was deleted, and its claim ended with it");
            let failed = format!("Failed to {} task", request.segment(2));
            return Err(Problem::new(Code::LeaseLost, failed).with_details([words]));
        }
        otherwise
    }
}
