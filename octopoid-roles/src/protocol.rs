//! The command protocol: what every agent program finds in its environment and its files, and where it gives its result.

use octopoid_core::process::Command;
use octopoid_core::runner::AgentRequest;
use octopoid_core::runner::detached::{Launch, StartFolder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The name of the file with the task and its thread.
const TASK: &str = "task.json";
/// The name of the file with the JSON schema of the result.
const SCHEMA: &str = "schema.json";
/// The name of the file in which the program gives its result.
const RESULT: &str = "result.json";

/// The fields of a result that are about the call, beside the result itself.
const ENVELOPE: [&str; 5] = ["turns", "tokens", "cost_usd", "session_id", "retry_at"];

/// Removes the fields that are about the call, so that only what the role asked for is left. A field that the role's schema names
/// is the role's.
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

/// Returns the path of the file in which the program gives its result.
pub(crate) fn result(folder: &StartFolder) -> PathBuf {
    folder.path().join(RESULT)
}

/// Returns the launch of a program that speaks the protocol: in the request's folder, with the prompt to read, and with the
/// files and variables of the protocol.
pub(crate) fn launch(program: PathBuf, folder: &StartFolder, request: &AgentRequest) -> Launch {
    let command = Command::new(program).envs(environment(folder, request)).current_dir(&request.directory);
    let launch =
        Launch::new(command).with_prompt(request.prompt.as_str()).with_file(TASK, request.task_json.as_str());
    match &request.output_schema {
        Some(schema) => launch.with_file(SCHEMA, schema.to_string()),
        None => launch,
    }
}

/// Returns the request's environment with the variables of the protocol.
fn environment(folder: &StartFolder, request: &AgentRequest) -> BTreeMap<String, String> {
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut environment = request.environment.clone();
    let mut set = |name: &str, value: String| environment.insert(format!("OCTOPOID_{name}"), value);
    set("TASK_ID", request.task.to_string());
    set("RUN_ID", request.run.to_string());
    set("ATTEMPT", request.attempt.to_string());
    set("ROLE", request.role.to_string());
    set("AGENT", request.agent.to_string());
    set("WORKTREE", path(request.directory.clone()));
    set("PROMPT_FILE", path(folder.path().join(StartFolder::PROMPT)));
    set("TASK_FILE", path(folder.path().join(TASK)));
    set("RESULT", path(result(folder)));
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
