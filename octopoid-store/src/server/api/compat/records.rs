//! Records beside the tasks: projects and drafts with any status, machines, roles, the scheduler's poll.

use super::call::Entity;
use super::create::keep_free_word;
use super::overlay::{ORIGINAL, Overlay};
use super::request::Incoming;
use super::{Context, Reply};
use crate::server::api::auth::{Caller, digest, generate_key, refuse_lost_secret};
use crate::server::api::problem::Problem;
use axum::http::StatusCode;
use octopoid_core::model::{DraftStatus, ProjectId, ProjectStatus, Queue, Scope};
use serde_json::Value;

impl Context {
    pub(super) async fn create_project(&self, mut request: Incoming) -> Result<Reply, Problem> {
        let mut overlay = Overlay::default();
        let known = ProjectStatus::ALL.map(ProjectStatus::as_str);
        keep_free_word(&mut request, &mut overlay, "status", &known, ProjectStatus::Draft.as_str());
        insert(&mut request, &Overlay::default(), &overlay);
        Ok(self.forward(request).await)
    }

    pub(super) async fn patch_project(&self, id: &str, mut request: Incoming) -> Result<Reply, Problem> {
        let project = match ProjectId::new(id) {
            Ok(id) => self.app.store.project(&self.scope(&request)?, &id).await,
            Err(_) => return Ok(self.forward(request).await),
        };
        // What is not there is for the route to say.
        if let Ok(project) = project {
            let before = Overlay::of(project.original.as_deref());
            let mut overlay = before.clone();
            let known = ProjectStatus::ALL.map(ProjectStatus::as_str);
            keep_free_word(&mut request, &mut overlay, "status", &known, project.status.as_str());
            insert(&mut request, &before, &overlay);
        }
        Ok(self.forward(request).await)
    }

    pub(super) async fn create_draft(&self, mut request: Incoming) -> Result<Reply, Problem> {
        let mut overlay = Overlay::default();
        let known = DraftStatus::ALL.map(DraftStatus::as_str);
        keep_free_word(&mut request, &mut overlay, "status", &known, DraftStatus::Idea.as_str());
        insert(&mut request, &Overlay::default(), &overlay);
        request.body.remove("id");
        Ok(self.forward(request).await)
    }

    pub(super) async fn patch_draft(&self, id: &str, mut request: Incoming) -> Result<Reply, Problem> {
        let number = draft_number(id)?;
        if let Ok(draft) = self.app.store.draft(&self.scope(&request)?, number).await {
            let before = Overlay::of(draft.original.as_deref());
            let mut overlay = before.clone();
            let known = DraftStatus::ALL.map(DraftStatus::as_str);
            keep_free_word(&mut request, &mut overlay, "status", &known, draft.status.as_str());
            insert(&mut request, &before, &overlay);
        }
        Ok(self.forward(request).await)
    }

    /// Serves a call on an action. Lists leave out expired actions, so the call is tried in each scope.
    pub(super) async fn on_action(&self, mut request: Incoming) -> Result<Reply, Problem> {
        if self.has_scope(&request) {
            return Ok(self.forward(request).await);
        }
        let mut missing = None;
        for scope in self.scopes().await? {
            request.set_query("scope", scope.as_str());
            let reply = self.forward(request.clone()).await;
            if reply.status() != StatusCode::NOT_FOUND {
                return Ok(reply);
            }
            missing = Some(reply);
        }
        missing.ok_or_else(|| Problem::not_found("Action not found"))
    }

    /// Registers a machine, and adds the scope's first key to the answer.
    pub(super) async fn register(&self, request: Incoming) -> Result<Reply, Problem> {
        let (scope, key) = (self.scope(&request)?, request.request_key()?);
        let mut reply = self.forward(request).await;
        if self.caller != Caller::Anybody {
            return Ok(reply);
        }
        let Ok(keys) = self.app.keyring.store_for(key.as_ref()) else { return Ok(reply) };
        let Some(Value::Object(registered)) = reply.success() else { return Ok(reply) };
        let (secret, label) = (generate_key(), "given at the first registration");
        if let Some(added) = keys.add_first_key(&scope, label, digest(&secret)).await? {
            self.app.keyring.invalidate();
            refuse_lost_secret(&added, &digest(&secret))?;
            registered.insert("api_key".to_owned(), Value::from(secret));
        }
        Ok(reply)
    }

    /// Polls the scope that is named, or that of the machine that asks.
    pub(super) async fn poll(&self, mut request: Incoming) -> Result<Reply, Problem> {
        if !self.has_scope(&request) {
            let id = request.query("orchestrator_id").unwrap_or_default().to_owned();
            let Some(scope) = self.scope_of(Entity::Machine, &id).await? else {
                let words = "Missing scope: send `scope`, or the `orchestrator_id` of a registered machine";
                return Err(Problem::invalid("scope", words));
            };
            request.set_query("scope", scope.as_str());
        }
        let mut reply = self.forward(request).await;
        if let Some(Value::Object(poll)) = reply.success()
            && let Some(scope) =
                poll.get("scope").and_then(Value::as_str).and_then(|name| Scope::new(name).ok())
            && let Some(Value::Object(counts)) = poll.get_mut("queue_counts")
        {
            let found = self.app.store.queue_counts(&scope).await?;
            // What waits for others stood with what can be worked on.
            let incoming = found.in_queue(Queue::Incoming) + found.in_queue(Queue::Blocked);
            counts.insert("incoming".to_owned(), Value::from(incoming));
        }
        Ok(reply)
    }
}

/// Parses a draft's number, by which alone the original addressed drafts.
pub(super) fn draft_number(id: &str) -> Result<u64, Problem> {
    id.parse().map_err(|_| Problem::invalid("id", "Draft ID must be an integer"))
}

/// Removes the roles without a name.
pub(super) fn without_nameless(request: &mut Incoming) {
    if let Some(Value::Array(roles)) = request.body.get_mut("roles") {
        roles.retain(|role| role.get("name").and_then(Value::as_str).is_some_and(|name| !name.is_empty()));
    }
}

/// Adds an overlay to the request if it has changed.
fn insert(request: &mut Incoming, before: &Overlay, overlay: &Overlay) {
    if overlay != before {
        request.body.insert(ORIGINAL.to_owned(), Value::from(overlay.to_string()));
    }
}
