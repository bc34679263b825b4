//! Any command of the state machine.

use super::Answer;
use super::tasks::task_id;
use crate::server::api::app::App;
use crate::server::api::input::{Name, ScopeParams, Write};
use crate::server::api::problem::{Code, Problem};
use crate::wire::{CommandTask, ProblemBody, TaskBody, Viewer};
use axum::Json;
use axum::extract::State;
use octopoid_core::model::ClaimToken;
use octopoid_core::transition::Command;

/// Applies a command to a task, or several: all of them or none.
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
    let commands = match (body.command, body.commands) {
        (Some(one), None) => vec![one],
        (None, Some(several)) => several,
        (None, None) => return Err(Problem::missing(&["command"])),
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("commands", "commands: send `command` or `commands`, not both"));
        }
    };
    if commands.iter().any(|command| command.token() == Some(&ClaimToken::hidden())) {
        return Err(Problem::invalid("token", "token: that of the claim is needed"));
    }
    if commands.iter().any(|command| matches!(command, Command::Expire { .. })) && app.in_grace() {
        let words = "the server has just started: whoever could not renew meanwhile comes back first";
        return Err(Problem::new(Code::Conflict, words));
    }
    let verb = commands.last().map_or("read", Command::name);
    let shown = commands.iter().find_map(Command::token).cloned();
    let task = store.apply_all(&scope, &task_id, body.version, commands).await;
    let task = task.map_err(|error| Problem::of_verb(verb, &id, &error))?;
    // Whoever shows the token may see it.
    let holds = task.state.claim().is_some_and(|claim| Some(&claim.token) == shown.as_ref());
    let viewer = if holds { Viewer::holder_of(&task) } else { viewer };
    Ok(Json(viewer.task(task, None)))
}
