//! The messages of real runs are the documented ones.

use super::host::Host;
use super::{build, context, load, named};
use crate::support::message;
use octopoid_core::model::{CommitId, MessageKind, Outcome, SessionId, StopReason, Usage};
use octopoid_core::role::{CommitLine, PreviousAttempt};
use octopoid_core::runner::AgentReport;
use octopoid_core::schema::JsonSchema;
use octopoid_roles::plugin::Isolation;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const SCHEMAS: &str = include_str!("../../../../plugins/sdk/include/octopoid_messages.schema.json");

fn schema(name: &str) -> JsonSchema {
    let mut schema: Value = serde_json::from_str(SCHEMAS).unwrap();
    schema["$ref"] = format!("#/$defs/{name}").into();
    JsonSchema::new(&schema).unwrap()
}

#[tokio::test]
async fn every_message_of_a_real_run_fits_the_schema_beside_the_header() {
    for isolation in [Isolation::Thread, Isolation::Process] {
        let plugin = load(&build::record(), isolation).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut report = AgentReport::stopped(StopReason::Completed);
        report.result = Some(json!({ "any": "thing" }));
        report.session = SessionId::new("s-1").ok();
        report.usage = Usage::default().with_turns(2).with_tokens(7, 8).with_cost_usd(0.5);
        let mut host = Host::new(super::host::Agent::Reports(Box::new(report)));
        // The whole of it would be more than a message may be.
        host.diff.files.truncate(1);
        let id = CommitId::new("c".repeat(40)).unwrap();
        host.commits = vec![CommitLine::new(id, "Do it")];
        let file = host.diff.files[0].clone();
        let host = Arc::new(host);
        let mut context = context(&host, json!({ "to": folder.path() }));
        context.thread = vec![message(MessageKind::Feedback, "Again.")];
        context.session = SessionId::new("s-0").ok();
        context.checks = Some("all pass".to_owned());
        context.previous = Some(PreviousAttempt::new(1, "cut off"));
        let resolution = json!({
            "changed": [{ "path": "small.txt", "approved": null, "now": file }], "unchanged": ["other.txt"],
        });
        context.resolution = Some(serde_json::from_value(resolution).unwrap());
        let outcome = named(&plugin, "record").run(&context).await.unwrap();
        assert_eq!(outcome, Outcome::Submitted { summary: "kept all".into() }, "{:?}", host.log());

        let mut seen = BTreeSet::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let name = stem.split('-').next().unwrap().to_owned();
            let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            schema(&name).check(&value).unwrap_or_else(|wrong| panic!("{stem}: {wrong}: {value}"));
            seen.insert(stem.to_owned());
        }
        let all = [
            "AgentReport",
            "Commits",
            "Diff",
            "Error-of-a-wrong-request",
            "Error-of-an-unknown-operation",
            "Kept",
            "RunRequest",
            "Task",
            "Thread",
        ];
        assert_eq!(seen, all.map(str::to_owned).into());
    }
}

#[tokio::test]
async fn every_manifest_fits_the_schema_and_so_do_no_settings_at_all() {
    let shipped = ["changelog", "dependency-audit", "secrets-guard"].map(build::library);
    for plugin in [build::record(), build::hello_c(), build::fixtures()].into_iter().chain(shipped) {
        let manifest = load(&plugin, Isolation::Process).await.unwrap().manifest().clone();
        schema("Manifest").check(&serde_json::to_value(&manifest).unwrap()).unwrap();
        for role in &manifest.roles {
            let Some(settings) = &role.settings else { continue };
            JsonSchema::new(settings).unwrap().check(&json!({})).unwrap();
        }
    }
}
