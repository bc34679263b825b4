//! The messages as they are documented: the schemas beside the header, and the examples in MESSAGES.md.

use octopoid_plugin::Error;
use octopoid_plugin::message::{
    AgentCall, AgentReport, Artifact, Commit, Diff, DiffRequest, Kept, LogEvent, Manifest, Message, Outcome,
    Progress, RunRequest, SCHEMA, Task, op, schemas,
};
use octopoid_plugin::serde_json::{self, Value, json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::Path;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/octopoid_messages.schema.json");
const PAGE: &str = include_str!("../../MESSAGES.md");

fn current() -> String {
    format!("{:#}\n", schemas())
}

/// Run with `--ignored` after a change of the messages.
#[test]
#[ignore = "writes a file of the repository"]
fn write_the_schemas() {
    std::fs::write(FILE, current()).unwrap();
}

#[test]
fn the_schemas_are_current() {
    let shipped = std::fs::read_to_string(Path::new(FILE)).unwrap();
    assert!(
        shipped == current(),
        "the messages have changed: run `cargo test -p octopoid-plugin --test it -- write_the_schemas --ignored`"
    );
}

/// What does not fit a message's schema.
fn wrong(name: &str, value: &Value) -> Vec<String> {
    let mut schema = schemas();
    schema["$ref"] = format!("#/$defs/{name}").into();
    let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Whether a value is read and written again as it was, so that it has no field that the type does not have.
fn kept<T: Serialize + DeserializeOwned>(value: &Value) -> bool {
    let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"));
    has_all(&serde_json::to_value(read).unwrap(), value)
}

fn has_all(written: &Value, example: &Value) -> bool {
    match (written, example) {
        (Value::Object(written), Value::Object(example)) => example
            .iter()
            .all(|(name, value)| written.get(name).is_some_and(|written| has_all(written, value))),
        (Value::Array(written), Value::Array(example)) => {
            written.len() == example.len()
                && written.iter().zip(example).all(|(one, other)| has_all(one, other))
        }
        (written, example) => written == example,
    }
}

fn is_kept(name: &str, value: &Value) -> bool {
    match name {
        "Manifest" => kept::<Manifest>(value),
        "RunRequest" => kept::<RunRequest>(value),
        "Outcome" => kept::<Outcome>(value),
        "Error" => kept::<Error>(value),
        "LogEvent" => kept::<LogEvent>(value),
        "AgentCall" => kept::<AgentCall>(value),
        "AgentReport" => kept::<AgentReport>(value),
        "Progress" => kept::<Progress>(value),
        "DiffRequest" => kept::<DiffRequest>(value),
        "Diff" => kept::<Diff>(value),
        "Commits" => kept::<Vec<Commit>>(value),
        "Task" => kept::<Task>(value),
        "Thread" => kept::<Vec<Message>>(value),
        "Artifact" => kept::<Artifact>(value),
        "Kept" => kept::<Kept>(value),
        other => panic!("MESSAGES.md has an example of `{other}`, which is no message"),
    }
}

/// The examples of MESSAGES.md, each with the name of its message.
fn examples() -> Vec<(String, Value)> {
    let mut examples = Vec::new();
    let mut name = String::new();
    let mut json: Option<String> = None;
    for line in PAGE.lines() {
        match &mut json {
            Some(text) if line == "```" => {
                let value =
                    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
                examples.push((name.clone(), value));
                json = None;
            }
            Some(text) => text.push_str(&format!("{line}\n")),
            None if line == "```json" => json = Some(String::new()),
            None => {
                if let Some(heading) = line.strip_prefix("### `") {
                    name = heading.split('`').next().unwrap_or_default().to_owned();
                }
            }
        }
    }
    examples
}

#[test]
fn every_message_has_an_example_that_is_valid_and_read_in_full() {
    let examples = examples();
    for (name, value) in &examples {
        assert_eq!(wrong(name, value), Vec::<String>::new(), "the example of {name}");
        assert!(is_kept(name, value), "the example of {name} has a field that is not read");
    }
    let shown: BTreeSet<&str> = examples.iter().map(|(name, _)| name.as_str()).collect();
    let all = [
        "Manifest",
        "RunRequest",
        "Outcome",
        "Error",
        "LogEvent",
        "AgentCall",
        "AgentReport",
        "Progress",
        "DiffRequest",
        "Diff",
        "Commits",
        "Task",
        "Thread",
        "Artifact",
        "Kept",
    ];
    assert_eq!(shown, BTreeSet::from(all));
    for operation in op::ALL {
        assert!(PAGE.contains(&format!("| `{operation}` |")), "{operation} is not in MESSAGES.md");
    }
    // Each kind of outcome and of error is there to be copied.
    let outcomes = examples.iter().filter(|(name, _)| name == "Outcome").count();
    assert_eq!(outcomes, 8);
}

#[test]
fn what_is_no_message_is_refused_by_the_schemas() {
    for (name, value) in [
        ("Manifest", json!({ "name": "p", "version": "1", "schema": SCHEMA })),
        ("Manifest", json!({ "name": "p", "version": "1", "schema": SCHEMA, "roles": [{ "name": "r" }] })),
        ("RunRequest", json!({ "schema": SCHEMA })),
        ("Outcome", json!({ "outcome": "submitted" })),
        ("Outcome", json!({ "outcome": "famous", "reason": "" })),
        ("Error", json!({ "kind": "bad luck", "message": "" })),
        ("AgentCall", json!({ "prompt": 7 })),
        ("Commits", json!([{ "id": "c" }])),
    ] {
        assert!(!wrong(name, &value).is_empty(), "{name} {value}");
    }
    let later = json!({ "outcome": "submitted", "summary": "", "mood": "good" });
    assert!(wrong("Outcome", &later).is_empty(), "unknown fields are ignored");
}
