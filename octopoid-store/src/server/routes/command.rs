//! Any command of the state machine.

use super::tasks::task_id;
use super::{Answer, ScopeParams};
use crate::server::app::App;
use crate::server::input::{Name, Write};
use crate::server::shell::{Code, Problem};
use crate::wire::{CommandTask, ProblemBody, TaskBody, Viewer};
use axum::Json;
use axum::extract::State;
use octopoid_core::model::ClaimToken;
use octopoid_core::transition::Command;

/// Carries out a command on a task.
#[utoipa::path(post, path = "/tasks/{id}/commands", tag = "tasks", params(("id" = String, Path), ScopeParams),
    request_body = CommandTask,
    responses((status = 200, body = TaskBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
              (status = 409, body = ProblemBody)))]
pub(crate) async fn command_task(
    State(app): State<App>,
    Name(id): Name,
    Write { body, caller, viewer, store, .. }: Write<CommandTask>,
) -> Answer<TaskBody> {
    let scope = caller.scope(body.scope.as_deref())?;
    let task_id = task_id(&id)?;
    if body.command.token() == Some(&ClaimToken::hidden()) {
        return Err(Problem::invalid("token", "token: that of the claim is needed"));
    }
    if matches!(body.command, Command::Expire { .. }) && app.in_grace() {
        let words = "the server has just started: whoever could not renew meanwhile comes back first";
        return Err(Problem::new(Code::Conflict, words));
    }
    let verb = body.command.name();
    let shown = body.command.token().cloned();
    let task = store
        .apply(&scope, &task_id, body.command)
        .await
        .map_err(|error| Problem::of_verb(verb, &id, &error))?;
    // Whoever shows the token may see it.
    let holds = task.state.claim().is_some_and(|claim| Some(&claim.token) == shown.as_ref());
    let viewer = if holds { Viewer::holder_of(&task) } else { viewer };
    Ok(Json(viewer.task(&task, None)))
}
