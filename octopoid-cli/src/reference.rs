//! The configuration reference, `docs/configuration.md`, made from the types that read the files: keys, types and texts from
//! their JSON schema, defaults from what `octopoid init` writes.

use crate::config::{AgentAnswer, AgentsFile, Answers, ConfigFile, config_yaml};
use crate::jobs::JobsFile;
use octopoid_core::model::RoleName;
use serde_json::Value;
use std::fmt::Write;
use std::path::PathBuf;

const INTRODUCTION: &str = "\
<!-- Generated from octopoid-cli/src/config and octopoid-cli/src/jobs. After a change there, write it again:
     cargo test -p octopoid-cli --bin octopoid -- --ignored write_the_configuration_reference -->

# Configuration reference

All files are in `.octopoid/`. They are read strictly: an unknown key, role, runner or branch stops every command with the file,
the line and the fix. `octopoid validate` checks them without running anything. A running orchestrator reads changes at its next
start; `jobs.yaml` is read again as soon as it changes.

`octopoid init` writes `config.yaml` and `agents.yaml` with every default. A key that is left out has the same default.

Flows (`flows/NAME.yaml`) have [a page of their own](flows.md), and so do roles (`roles/NAME/role.yaml`):
[roles](roles.md).
";

/// One file of the reference.
struct Page {
    name: &'static str,
    about: &'static str,
    schema: Value,
    /// The file with every default that has a value.
    defaults: Value,
}

fn pages() -> Vec<Page> {
    let answers = Answers {
        server: None,
        base_branch: "main".to_owned(),
        remote: None,
        folder: None,
        test: Some("true".to_owned()),
        runner: "claude".to_owned(),
        agents: vec![AgentAnswer::new("implementer", RoleName::implement(), 1)],
    };
    // What is only offered as a comment has its defaults too.
    let config = config_yaml(&answers).replace("\n# github:", "\ngithub:").replace("\n#   ", "\n  ");
    vec![
        Page {
            name: "config.yaml",
            about: "The repository, tests, merging, review and limits.",
            schema: schemars::schema_for!(ConfigFile).to_value(),
            defaults: serde_yaml::from_str(&config).unwrap(),
        },
        Page {
            name: "agents.yaml",
            about: "The agents that work on tasks.",
            schema: schemars::schema_for!(AgentsFile).to_value(),
            defaults: Value::Null,
        },
        Page {
            name: "jobs.yaml",
            about: "Tasks on a schedule, and issues of GitHub. The file may be missing.",
            schema: schemars::schema_for!(JobsFile).to_value(),
            defaults: Value::Null,
        },
    ]
}

/// Returns the whole reference as Markdown.
fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    for page in pages() {
        write!(text, "\n## {}\n\n{}\n", page.name, page.about).unwrap();
        page.write(&mut text);
    }
    text
}

impl Page {
    /// Writes the plain keys of the file, and then each section under its own heading.
    fn write(&self, text: &mut String) {
        let (sections, plain): (Vec<_>, Vec<_>) =
            properties(&self.schema).into_iter().partition(|(_, property)| self.section(property).is_some());
        if !plain.is_empty() {
            self.table(&plain, &self.defaults, text);
        }
        for (name, property) in sections {
            let is_list = property["type"] == "array";
            let of_each = if is_list { " Each item has:" } else { "" };
            write!(text, "\n### `{name}`\n\n{}{of_each}\n", described(&property)).unwrap();
            let section = self.section(&property).unwrap();
            self.table(&properties(section), &self.defaults[&name], text);
        }
    }

    fn table(&self, keys: &[(String, Value)], defaults: &Value, text: &mut String) {
        text.push_str("\n| key | type | default | meaning |\n|---|---|---|---|\n");
        for (key, property) in keys {
            let about = described(property);
            let default = match &defaults[key] {
                // What `init` found out, or only offers as an example, is no default.
                _ if about.ends_with("Required.") || about.contains("unless given") => String::new(),
                Value::Null => match &property["default"] {
                    Value::Null => String::new(),
                    value => format!("`{value}`"),
                },
                value => format!("`{}`", value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            };
            writeln!(text, "| `{key}` | {} | {default} | {about} |", type_name(property)).unwrap();
        }
    }

    /// Returns the schema of the mapping, or of the items of the list, that a key holds; `None` for a plain value.
    fn section(&self, property: &Value) -> Option<&Value> {
        let found = [&property["$ref"], &property["items"]["$ref"], &property["anyOf"][0]["$ref"]]
            .into_iter()
            .find_map(Value::as_str)?;
        let section = self.schema.pointer(found.strip_prefix('#')?)?;
        section["properties"].is_object().then_some(section)
    }
}

fn properties(schema: &Value) -> Vec<(String, Value)> {
    schema["properties"].as_object().unwrap().clone().into_iter().collect()
}

/// Returns the text of a key, in one line.
fn described(property: &Value) -> String {
    let words = property["description"].as_str().unwrap_or_default().split_whitespace();
    words.collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn type_name(property: &Value) -> &'static str {
    let of = |value: &Value| match value {
        Value::Array(several) => several.iter().find(|one| *one != "null").cloned(),
        other => Some(other.clone()),
    };
    match of(&property["type"]).as_ref().and_then(Value::as_str) {
        Some("string") => "text",
        Some("integer") => "whole number",
        Some("number") => "number",
        Some("boolean") => "`true` or `false`",
        Some("array") => "list of texts",
        // Names of an enum, which the text of the key explains, and free-form settings.
        _ if property["anyOf"].is_array() => "text",
        _ => "any",
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")
}

#[test]
fn the_configuration_reference_is_that_of_the_types() {
    let there = std::fs::read_to_string(path()).unwrap_or_default();
    assert!(
        there == reference(),
        "docs/configuration.md is not what the types say; write it again with `cargo test -p octopoid-cli --bin octopoid -- \
         --ignored write_the_configuration_reference`"
    );
}

#[test]
fn every_key_of_the_reference_has_a_text() {
    for page in pages() {
        let mut text = String::new();
        page.write(&mut text);
        for row in text.lines().filter(|row| row.starts_with("| `")) {
            assert!(!row.ends_with("|  |"), "{}: {row}", page.name);
        }
    }
}

#[test]
#[ignore = "writes the file"]
fn write_the_configuration_reference() {
    std::fs::write(path(), reference()).unwrap();
}
