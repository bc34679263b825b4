//! Drawing a flow.

use octopoid_core::flow::{FlowCondition, FlowFile, FlowStep, FlowTransition};

/// Renders a flow as text: each state with the transitions that leave it.
pub(crate) fn text(file: &FlowFile) -> String {
    let mut lines = Vec::new();
    for (number, transition) in file.transitions.iter().enumerate() {
        lines.push(format!("{} → {}", transition.from, transition.to));
        lines.extend(words(transition).into_iter().map(|words| format!("  │ {words}")));
        if fails(transition) {
            lines.push(format!("  └ if something fails: → {}", failure(file, number)));
        }
    }
    lines.join("\n")
}

/// Renders a flow as a Mermaid state diagram.
pub(crate) fn mermaid(file: &FlowFile) -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned(), "    [*] --> incoming".to_owned()];
    for (number, transition) in file.transitions.iter().enumerate() {
        let label = words(transition).join("<br/>").replace(": ", " ").replace([':', ';'], " ");
        let label = if label.is_empty() { String::new() } else { format!(" : {label}") };
        lines.push(format!("    {} --> {}{label}", transition.from, transition.to));
        if fails(transition) {
            lines.push(format!("    {} --> {} : it fails", transition.from, failure(file, number)));
        }
    }
    lines.push("    done --> [*]".to_owned());
    lines.join("\n")
}

/// Returns where a task goes on a failure: back to the agent that submitted the work, unless a person is asked.
fn failure(file: &FlowFile, number: usize) -> &str {
    match file.transitions[number].on_fail.as_deref() {
        Some("needs_continuation") => "needs_continuation",
        _ => file.transitions[..=number]
            .iter()
            .rfind(|transition| transition.role.is_some() && transition.from != "claimed")
            .map_or("incoming", |transition| &transition.from),
    }
}

fn fails(transition: &FlowTransition) -> bool {
    !(transition.conditions.is_empty() && transition.steps.is_empty())
}

/// Returns the steps and conditions of a transition, in their order.
fn words(transition: &FlowTransition) -> Vec<String> {
    let script = |condition: &&FlowCondition| condition.script.is_some();
    let scripts = transition.conditions.iter().filter(script).filter_map(|condition| {
        Some(format!("passes: {}", condition.name.as_ref().or(condition.script.as_ref())?))
    });
    let roles: Vec<_> =
        transition.conditions.iter().filter_map(|condition| condition.role.as_ref()).collect();
    let joint = if transition.approvals.as_deref() == Some("any") { " or " } else { " and " };
    let roles = (!roles.is_empty()).then(|| {
        let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        format!("approved by: {}", names.join(joint))
    });
    let anyone = transition.conditions.iter().any(|condition| condition.review == Some(true));
    let manual = transition.conditions.iter().any(|condition| condition.manual == Some(true));
    let steps: Vec<_> = transition
        .steps
        .iter()
        .map(|step| match step {
            FlowStep::Named(name) => name.clone(),
            FlowStep::Run(run) => run.name.as_ref().unwrap_or(&run.run).clone(),
            _ => String::new(),
        })
        .collect();
    let doing = if transition.from == "incoming" { "taken by" } else { "worked on by" };
    let role = transition.role.as_ref().map(|role| format!("{doing}: {role}"));
    let steps = (!steps.is_empty()).then(|| format!("steps: {}", steps.join(", ")));
    let mut words: Vec<_> = role.into_iter().collect();
    // Steps come before an agent's work is handed in; conditions before it lands.
    if transition.to == "provisional" {
        words.extend(steps.clone());
    }
    words.extend(scripts);
    words.extend(anyone.then(|| "approved by: one reviewer".to_owned()));
    words.extend(roles);
    words.extend(manual.then(|| "approved by: a person".to_owned()));
    if transition.to != "provisional" {
        words.extend(steps);
    }
    words
}
