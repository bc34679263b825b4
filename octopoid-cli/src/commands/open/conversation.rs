//! The conversation of a task's agent.

use crate::assembly::{Roles, agents};
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use octopoid_core::model::Task;
use octopoid_core::store::{RunQuery, Store};

/// The runner whose program can open a conversation by its id.
const CLAUDE: &str = "claude";

/// Returns the command line that goes on in the newest conversation about a task.
///
/// # Errors
/// There is none, or its program cannot open one.
pub(super) async fn conversation(
    task: &Task,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<Vec<String>> {
    let id = &task.id;
    let runs = store.list_runs(&RunQuery::new(task.scope.clone()).of_task(id.clone())).await?;
    let works = runs.iter().filter(|run| run.role.as_ref().is_some_and(|role| *role == task.role));
    let Some((run, session)) = works.filter_map(|run| Some((run, run.session.as_ref()?))).next() else {
        return Err(CliError::refused(format!("no conversation about {id} is on record"))
            .hint(format!("`octopoid open {id} --shell` opens its worktree")));
    };
    let roles = Roles::load(installation, &context.environment).await;
    let all = agents(installation, &roles);
    let runner = all.iter().find(|agent| agent.name == run.agent).and_then(|agent| agent.runner.as_deref());
    match runner {
        Some(CLAUDE) => Ok(vec![CLAUDE.to_owned(), "--resume".to_owned(), session.to_string()]),
        Some(other) => Err(CliError::refused(format!(
            "the conversation of {} is that of the runner `{other}`, which cannot open it for you",
            run.agent
        ))
        .hint(format!("its program may: the conversation is `{session}`; `octopoid open {id} --shell` opens the worktree"))),
        None => Err(CliError::refused(format!("the agent {} is not in agents.yaml any more", run.agent))
            .hint(format!("the conversation is `{session}`; `octopoid open {id} --shell` opens the worktree"))),
    }
}
