//! What every agent program is told by its environment.

use crate::process::{PROMPT, StartFolder, TASK};
use octopoid_core::runner::AgentRequest;
use std::collections::BTreeMap;

/// The files of a start: the prompt, which is also what the program reads, and the task.
pub(crate) fn files(request: &AgentRequest) -> Vec<(&'static str, Vec<u8>)> {
    vec![(PROMPT, request.prompt.clone().into_bytes()), (TASK, request.task_json.clone().into_bytes())]
}

/// The request's environment and the variables of the protocol.
pub(crate) fn environment(folder: &StartFolder, request: &AgentRequest) -> BTreeMap<String, String> {
    let path = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    let mut environment = request.environment.clone();
    let mut set = |name: &str, value: String| environment.insert(format!("OCTOPOID_{name}"), value);
    set("TASK_ID", request.task.to_string());
    set("RUN_ID", request.run.to_string());
    set("ATTEMPT", request.attempt.to_string());
    set("ROLE", request.role.to_string());
    set("AGENT", request.agent.to_string());
    set("WORKTREE", path(request.directory.clone()));
    set("PROMPT_FILE", path(folder.path().join(PROMPT)));
    set("TASK_FILE", path(folder.path().join(TASK)));
    set("RESULT", path(folder.result()));
    if let Some(commit) = &request.base {
        set("BASE", commit.to_string());
    }
    if let Some(commit) = &request.base_tip {
        set("BASE_TIP", commit.to_string());
    }
    if let Some(session) = &request.resume {
        set("SESSION", session.to_string());
    }
    environment
}
