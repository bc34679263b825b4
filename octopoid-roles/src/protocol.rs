//! What every agent program is told by its environment.

use crate::process::{PROMPT, StartFolder, TASK};
use octopoid_core::runner::AgentRequest;
use serde_json::Value;
use std::collections::BTreeMap;

/// The file with the JSON schema of the result.
const SCHEMA: &str = "schema.json";

/// What a program may say in its result about the call, beside the result itself.
const ENVELOPE: [&str; 5] = ["turns", "tokens", "cost_usd", "session_id", "retry_at"];

/// Removes what a result says about the call, so that only what the role asked for is left. A field that the role's schema names is the
/// role's.
pub(crate) fn without_envelope(mut result: Value, request: &AgentRequest) -> Value {
    let properties = request.output_schema.as_ref().and_then(|schema| schema.get("properties"));
    if let Value::Object(fields) = &mut result {
        for name in ENVELOPE {
            if properties.is_none_or(|properties| properties.get(name).is_none()) {
                fields.remove(name);
            }
        }
    }
    result
}

/// The files of a start: the prompt, which is also what the program reads, and the task.
pub(crate) fn files(request: &AgentRequest) -> Vec<(&'static str, Vec<u8>)> {
    let schema = request.output_schema.as_ref().map(|schema| (SCHEMA, schema.to_string().into_bytes()));
    [(PROMPT, request.prompt.clone().into_bytes()), (TASK, request.task_json.clone().into_bytes())]
        .into_iter()
        .chain(schema)
        .collect()
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
    if request.output_schema.is_some() {
        set("SCHEMA_FILE", path(folder.path().join(SCHEMA)));
    }
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
