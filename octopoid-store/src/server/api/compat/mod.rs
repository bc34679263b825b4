//! Programs that were written for the original server, served as it served them.
//!
//! A layer between the check of the caller and the routes: it says what such programs leave out (the scope of an id, a
//! claim's token), takes what the routes refuse (other words for statuses, a state that no flow registered, a longer
//! lease), and puts the answers into the shapes that these programs read. The routes know nothing of it. What they cannot
//! express at all is carried out here, by commands on the store: a change of any field, a decision on a task whose flow
//! allows it.
//!
//! Requests of this project's own client pass untouched: it speaks the contract.

mod answer;
mod call;
mod claim;
mod create;
mod decide;
mod list;
mod locks;
mod overlay;
mod patch;
mod place;
mod records;
mod request;
mod scopes;
mod submit;

use super::app::App;
use super::auth::Caller;
use super::problem::Problem;
use crate::wire::Viewer;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use call::{Call, Entity, Scoping};
use locks::Locks;
use octopoid_core::model::{Scope, Task};
use request::Incoming;
use serde_json::Value;
use std::sync::Arc;

/// Prefix of the user agent of this project's clients.
const OWN: &str = "octopoid/";

/// Outcome of a request.
enum Reply {
    /// A JSON value under a status.
    Json(StatusCode, Value),
    /// Any other response, passed on unchanged.
    Other(Response),
}

impl Reply {
    const fn ok(value: Value) -> Self {
        Self::Json(StatusCode::OK, value)
    }

    /// Answers with a task, as a viewer may see it.
    fn task(viewer: &Viewer, task: Task) -> Result<Self, Problem> {
        serde_json::to_value(viewer.task(task, None)).map(Self::ok).map_err(Problem::internal)
    }

    /// Returns the value of a successful answer.
    fn success(&mut self) -> Option<&mut Value> {
        match self {
            Reply::Json(status, value) if status.is_success() => Some(value),
            _ => None,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Reply::Json(status, _) => *status,
            Reply::Other(response) => response.status(),
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        match self {
            Reply::Json(status, value) => (status, axum::Json(value)).into_response(),
            Reply::Other(response) => response,
        }
    }
}

/// State of the layer.
#[derive(Debug, Clone)]
pub(super) struct CompatState {
    app: App,
    locks: Arc<Locks>,
}

impl CompatState {
    pub(super) fn new(app: App) -> Self {
        Self { app, locks: Arc::new(Locks::new()) }
    }
}

/// Serves a request as the original server did.
pub(super) async fn translate(State(state): State<CompatState>, request: Request, next: Next) -> Response {
    let Some(call) = Call::of(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    if is_our_client(request.headers()) {
        return next.run(request).await;
    }
    let incoming = match Incoming::read(request, call == Call::Heartbeat).await {
        Ok(incoming) => incoming,
        // What is no JSON object is for the routes to refuse.
        Err(request) => return next.run(request.map(Body::from)).await,
    };
    let CompatState { app, locks } = state;
    let context = Context { app, next, locks, caller: incoming.caller() };
    match context.serve(call, incoming).await {
        Ok(reply) => reply.into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn is_our_client(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.starts_with(OWN))
}

/// Caller of a request, and what the layer needs to serve it.
#[derive(Clone)]
struct Context {
    app: App,
    next: Next,
    locks: Arc<Locks>,
    caller: Caller,
}

impl Context {
    async fn serve(&self, call: Call, mut request: Incoming) -> Result<Reply, Problem> {
        for group in call.required() {
            if group.iter().any(|field| !request.given(field)) {
                return Err(Problem::missing(group));
            }
        }
        match call.scoping() {
            Scoping::OfId(entity) => self.find_scope(&mut request, entity).await?,
            Scoping::Named if request.scope().is_none() => return Err(Problem::missing(&["scope"])),
            Scoping::Named | Scoping::Optional => {}
        }
        request.read_times();
        let mut reply = match &call {
            Call::List(list) => self.list(*list, request).await?,
            Call::CreateTask => self.create_task(request).await?,
            Call::Claim => self.claim(request).await?,
            Call::PatchTask(id) => self.patch_task(id, request).await?,
            Call::DeleteTask(id) => self.delete_task(id, request).await?,
            Call::Submit(id) => self.submit(id, request).await?,
            Call::HolderWrite(id) => self.holder_write(id, request).await?,
            Call::Accept(id) => self.accept(id, request).await?,
            Call::Reject(id) => self.reject(id, request).await?,
            Call::Requeue(id) => self.requeue(id, request).await?,
            Call::Force(id) => self.force(id, request).await?,
            Call::PostMessage => {
                request.body.insert("detached".to_owned(), Value::Bool(true));
                self.forward(request).await
            }
            Call::CreateProject => self.create_project(request).await?,
            Call::PatchProject(id) => self.patch_project(id, request).await?,
            Call::CreateDraft => self.create_draft(request).await?,
            Call::PatchDraft(id) => self.patch_draft(id, request).await?,
            Call::Register => self.register(request).await?,
            Call::RegisterRoles => {
                records::without_nameless(&mut request);
                self.forward(request).await
            }
            Call::Poll => self.poll(request).await?,
            Call::Draft(id) => {
                records::draft_number(id)?;
                self.forward(request).await
            }
            Call::OfId(Entity::Action) => self.on_action(request).await?,
            Call::Heartbeat => {
                // The server's own time counts.
                request.body.remove("timestamp");
                self.forward(request).await
            }
            Call::OfId(_) | Call::Scoped | Call::Propose => self.forward(request).await,
        };
        // A list is shaped before it is filtered.
        if !matches!(call, Call::List(_))
            && let Some(value) = reply.success()
        {
            answer::shape(value);
        }
        Ok(reply)
    }

    /// Passes a request on to the routes.
    async fn forward(&self, request: Incoming) -> Reply {
        let response = self.next.clone().run(request.into_request()).await;
        request::reply(response).await
    }

    /// Returns the scope of a request.
    fn scope(&self, request: &Incoming) -> Result<Scope, Problem> {
        self.caller.scope(request.scope())
    }
}
