//! The messages as JSON schemas, for authors in other languages.

use super::{
    AgentCall, AgentReport, Artifact, Commit, Diff, DiffRequest, Kept, LogEvent, Manifest, Message, Outcome,
    Progress, RunRequest, Task,
};
use crate::Error;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// Returns one JSON schema (draft 2020-12) with every message under `$defs`, by its name. It is shipped as
/// `include/octopoid_messages.schema.json`.
pub fn schemas() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<Manifest>();
    generator.subschema_for::<RunRequest>();
    generator.subschema_for::<Outcome>();
    generator.subschema_for::<Error>();
    generator.subschema_for::<LogEvent>();
    generator.subschema_for::<AgentCall>();
    generator.subschema_for::<AgentReport>();
    generator.subschema_for::<Progress>();
    generator.subschema_for::<DiffRequest>();
    generator.subschema_for::<Diff>();
    generator.subschema_for::<Commit>();
    generator.subschema_for::<Task>();
    generator.subschema_for::<Message>();
    generator.subschema_for::<Artifact>();
    generator.subschema_for::<Kept>();
    let mut definitions = generator.take_definitions(true);
    definitions
        .insert("Commits".to_owned(), json!({ "type": "array", "items": { "$ref": "#/$defs/Commit" } }));
    definitions
        .insert("Thread".to_owned(), json!({ "type": "array", "items": { "$ref": "#/$defs/Message" } }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The messages between Octopoid and a role plugin",
        "$comment": format!("Version {} of the messages. Unknown fields are ignored on both sides.", super::SCHEMA),
        "$defs": definitions,
    })
}
