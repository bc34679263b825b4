//! The agents of an original, written as an `agents.yaml` of ours.

use crate::config::{AgentsFile, role_of_original};
use octopoid_roles::regular_file;
use serde_yaml::{Mapping, Value};
use std::path::Path;

/// The roles that both have.
const OURS: [&str; 3] = ["implement", "review", "breakdown"];

/// Reads the agents in a folder of the original. What `octopoid init --force` has replaced there counts too.
pub(super) fn of_folder(folder: &Path) -> Option<String> {
    ["agents.yaml", "agents.yaml.bak"].iter().find_map(|name| converted(&folder.join(name)))
}

/// Reads an `agents.yaml` of the original, in any of its forms: a list, a mapping by name, or a `fleet`. None where there is none, or
/// where it works here as it is.
fn converted(path: &Path) -> Option<String> {
    let text = regular_file::read_to_string(path).ok()?;
    let works =
        |file: &AgentsFile| file.agents.iter().all(|entry| role_of_original(entry.role.as_str()).is_none());
    if serde_yaml::from_str::<AgentsFile>(&text).is_ok_and(|file| works(&file)) {
        return None;
    }
    let file: Value = serde_yaml::from_str(&text).ok()?;
    let agents = file.get("agents").or_else(|| file.get("fleet"))?;
    let entries: Vec<(String, &Mapping)> = match agents {
        Value::Sequence(list) => list
            .iter()
            .filter_map(|entry| Some((entry.get("name")?.as_str()?.to_owned(), entry.as_mapping()?)))
            .collect(),
        Value::Mapping(by_name) => by_name
            .iter()
            .filter_map(|(name, entry)| Some((name.as_str()?.to_owned(), entry.as_mapping()?)))
            .collect(),
        _ => return None,
    };
    let all_paused = file.get("paused").and_then(Value::as_bool) == Some(true);
    let mut text = String::from("runner: claude\n\nagents:\n");
    for (name, entry) in entries {
        text.push_str(&one(&name, entry, all_paused));
    }
    Some(text)
}

fn one(name: &str, entry: &Mapping, all_paused: bool) -> String {
    let word = |key: &str| entry.get(key).and_then(Value::as_str);
    let number = |key: &str| entry.get(key).and_then(Value::as_u64);
    let flag = |key: &str| entry.get(key).and_then(Value::as_bool);
    let told = word("role").or_else(|| word("type")).unwrap_or("implement");
    let role = match role_of_original(told).unwrap_or(told) {
        role if OURS.contains(&role) => role,
        _ => {
            let words = "a role that is not here: `octopoid role new NAME` makes one";
            return format!("  # - name: {name}\n  #   role: {told}  # {words}\n");
        }
    };
    let mut text = format!("  - name: {name}\n    role: {role}\n");
    if let Some(model) = word("model") {
        text.push_str(&format!("    model: {model}\n"));
    }
    for key in ["max_turns", "interval_seconds"] {
        if let Some(value) = number(key).filter(|value| *value > 0) {
            text.push_str(&format!("    {key}: {value}\n"));
        }
    }
    let instances =
        number("max_instances").or_else(|| number("max_concurrent")).or_else(|| number("instances"));
    if let Some(count) = instances.filter(|count| *count > 1) {
        text.push_str(&format!("    instances: {count}\n"));
    }
    if all_paused || flag("paused") == Some(true) || flag("enabled") == Some(false) {
        text.push_str("    paused: true\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_the_original_become_a_list_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agents.yaml");
        let of = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let text = converted(&path).unwrap();
            let file: AgentsFile = serde_yaml::from_str(&text).unwrap();
            let agents = crate::config::agent_settings(&file);
            let words = |agent: &octopoid_core::orchestrator::AgentSettings| {
                format!("{} {} {}", agent.name, agent.role, if agent.paused { "paused" } else { "on" })
            };
            agents.iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(
            of(
                "agents:\n  implementer: { role: implementer, max_instances: 2, model: sonnet }\n  gate: { role: gatekeeper, paused: true }\n"
            ),
            ["implementer.1 implement on", "implementer.2 implement on", "gate review paused"]
        );
        assert_eq!(
            of(
                "paused: false\nfleet:\n  - { name: one, type: implementer, enabled: false }\n  - { name: two, type: custom }\n"
            ),
            ["one implement paused"]
        );
        assert_eq!(converted(&folder.path().join("gone")), None);
        std::fs::rename(&path, folder.path().join("agents.yaml.bak")).unwrap();
        std::fs::write(&path, "agents: [{ name: a, role: review, max_turns: 5 }]").unwrap();
        assert_eq!(converted(&path), None, "it works as it is");
        assert!(of_folder(folder.path()).unwrap().contains("name: one"));
    }
}
