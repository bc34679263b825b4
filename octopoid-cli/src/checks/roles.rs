//! Whether roles can work with what their agents' entries say: prompts render, settings fit their schemas.

use crate::assembly::{Roles, Source};
use crate::config::{AgentsFile, Document, Problem, Step, line_of};
use octopoid_core::model::RoleName;
use octopoid_core::schema::JsonSchema;
use octopoid_roles::folder::RoleProblem;
use serde_json::{Value, json};

/// Returns what is wrong between the roles and the agents that have them.
pub(crate) fn problems(agents: &Document<AgentsFile>, roles: &Roles) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut add = |problem: Problem| {
        // One prompt of several agents is wrong once.
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    };
    for loaded in &roles.all {
        let name = &loaded.spec().name;
        let entries = agents.value.agents.iter().enumerate().filter(|(_, entry)| entry.role == *name);
        let mut settings: Vec<(Option<usize>, Value)> = entries
            .map(|(number, entry)| {
                let takes = |setting: &str| roles.take_setting(name, setting);
                (Some(number), agents.value.settings_of(entry, takes))
            })
            .collect();
        // What is no mapping is reported by itself.
        settings.retain(|(_, value)| value.is_object() || value.is_null());
        if let Some(role) = &loaded.folder {
            if settings.is_empty() {
                settings.push((None, Value::Null));
            }
            for (number, settings) in &settings {
                match role.check(settings) {
                    Ok(()) => {}
                    // What settings its agents will have is not known yet.
                    Err(RoleProblem::Settings(_)) if number.is_none() => {}
                    Err(RoleProblem::Prompt(error)) if number.is_none() && error.message.contains("settings") => {}
                    Err(RoleProblem::Prompt(error)) => add(Problem {
                        file: error.path,
                        line: error.line,
                        problem: error.message,
                        fix: "fix the prompt, or set the value in agents.yaml; `{% if x is defined %}` guards an optional one".to_owned(),
                    }),
                    Err(problem) => add(wrong_settings(agents, *number, name, &problem.to_string())),
                }
            }
        }
        let Source::Plugin(library) = &loaded.source else { continue };
        match roles.settings_schema(name).map(JsonSchema::new) {
            None => {}
            Some(Err(why)) => add(Problem {
                file: library.clone(),
                line: None,
                problem: format!("the schema for the settings of its role `{name}` is {why}"),
                fix: "fix the plugin's manifest and rebuild it".to_owned(),
            }),
            Some(Ok(schema)) => {
                for (number, settings) in &settings {
                    let settings = if settings.is_null() { &json!({}) } else { settings };
                    if let Err(mismatch) = schema.check(settings) {
                        let words = format!("the settings do not fit: {mismatch}");
                        add(wrong_settings(agents, *number, name, &words));
                    }
                }
            }
        }
    }
    for problem in unknown_settings(agents, roles) {
        add(problem);
    }
    problems
}

/// Returns a problem for each common setting that no agent's role has.
fn unknown_settings(agents: &Document<AgentsFile>, roles: &Roles) -> Vec<Problem> {
    let Some(Value::Object(common)) = &agents.value.settings else { return Vec::new() };
    let is_taken =
        |setting: &str| agents.value.agents.iter().any(|entry| roles.take_setting(&entry.role, setting));
    let unknown = common.keys().filter(|setting| !is_taken(setting));
    unknown
        .map(|setting| Problem {
            file: agents.path.clone(),
            line: line_of(&agents.text, &[Step::Key("settings"), Step::Key(setting)]),
            problem: format!("no agent's role has the setting `{setting}`"),
            fix: "correct its name; `octopoid role show ROLE` says what a role takes".to_owned(),
        })
        .collect()
}

fn wrong_settings(
    agents: &Document<AgentsFile>,
    entry: Option<usize>,
    role: &RoleName,
    what: &str,
) -> Problem {
    let at =
        |number| line_of(&agents.text, &[Step::Key("agents"), Step::Item(number), Step::Key("settings")]);
    Problem {
        file: agents.path.clone(),
        line: entry.and_then(at),
        problem: format!("role `{role}`: {what}"),
        fix: format!("correct `settings`; `octopoid role show {role}` says what the role takes"),
    }
}
