//! Checks that the parts of an orchestrator fit together and that its tasks can be completed with them. Used by the builder.

use super::error::BuildError;
use super::settings::{AgentSettings, Settings};
use super::step::Step;
use crate::flow::{self, Flow, Stage, StepKind};
use crate::model::{Gates, Quorum, RoleName};
use crate::role::Role;
use crate::runner::Runner;
use crate::transition::Purpose;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Roles = BTreeMap<RoleName, Arc<dyn Role>>;

/// Checks that every step of the flows is registered.
pub(super) fn check_steps(
    settings: &Settings,
    known: &BTreeMap<String, Arc<dyn Step>>,
) -> Result<(), BuildError> {
    for (flow, one) in &settings.flows {
        for step in one.steps() {
            if let StepKind::Own { name, .. } = step
                && !known.contains_key(name)
            {
                return Err(BuildError::Step { flow: flow.clone(), step: name.clone() });
            }
        }
    }
    Ok(())
}

/// Checks that the agents have distinct names, registered roles and registered runners.
pub(super) fn check_agents(
    agents: &[AgentSettings],
    roles: &Roles,
    runners: &BTreeMap<String, Arc<dyn Runner>>,
) -> Result<(), BuildError> {
    let mut names = BTreeSet::new();
    for agent in agents {
        let wrong = |problem| Err(BuildError::Agent { agent: agent.name.to_string(), problem });
        if !names.insert(&agent.name) {
            return wrong("another agent has the same name".to_owned());
        }
        let Some(role) = roles.get(&agent.role) else {
            let known = list(roles.keys().map(RoleName::as_str));
            return wrong(format!("there is no role `{}`; {known}; see `Builder::role`", agent.role));
        };
        let known = list(runners.keys().map(String::as_str));
        match &agent.runner {
            Some(runner) if !runners.contains_key(runner) => {
                return wrong(format!("there is no runner `{runner}`; {known}; see `Builder::runner`"));
            }
            None if role.needs_runner() => {
                return wrong(format!(
                    "it has no runner, and its role `{}` calls one; {known}; see `AgentSettings::with_runner`",
                    agent.role
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn list<'a>(known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.collect();
    if known.is_empty() { "none is registered".to_owned() } else { format!("there are {}", known.join(", ")) }
}

/// Checks that the agents can complete a task.
///
/// One agent works, each of the `required` roles and those of the flows has an agent, and one reviews where a flow requires it.
pub(super) fn check_served(
    settings: &Settings,
    agents: &[AgentSettings],
    roles: &Roles,
    required: &[RoleName],
) -> Result<(), BuildError> {
    if agents.is_empty() {
        return Err(BuildError::Missing("an agent; see `Builder::agent`"));
    }
    let has = |role: &RoleName| agents.iter().any(|agent| agent.role == *role);
    let purpose = |agent: &AgentSettings| roles.get(&agent.role).map(|role| role.spec().claims);
    let unserved = |problem: String| Err(BuildError::Unserved { problem });
    if let Some(role) = required.iter().find(|role| !has(role)) {
        return unserved(format!("no agent has the role `{role}`"));
    }
    let default = Flow::default();
    // If flows are configured but the default flow is not, tasks name the flow they follow.
    let default = settings.flows.is_empty().then_some((flow::DEFAULT, &default));
    let flows = settings.flows.iter().map(|(name, flow)| (name.as_str(), flow)).chain(default);
    let works = agents.iter().any(|agent| purpose(agent) == Some(Purpose::Work));
    let reviews = agents.iter().any(|agent| purpose(agent) == Some(Purpose::Review));
    for (name, flow) in flows.filter(|_| works) {
        let mut of_states = flow.own.iter().filter_map(|own| own.role.as_ref());
        if let Some(role) = of_states.find(|role| !has(role)) {
            return unserved(format!(
                "the flow `{name}` has a state for the role `{role}`, which no agent has"
            ));
        }
        let stages = std::iter::once(&flow.provisional).chain(flow.own.iter().map(|own| &own.stage));
        for Stage { gates, .. } in stages {
            let missing = match gates {
                Gates::Anyone if !reviews => "no agent has a role that reviews".to_owned(),
                Gates::Roles { reviewers, quorum: Quorum::All, .. } => {
                    let Some(role) = reviewers.iter().find(|role| !has(role)) else { continue };
                    format!("no agent has the role `{role}`")
                }
                Gates::Roles { reviewers, quorum: Quorum::Any, .. } if !reviewers.iter().any(has) => {
                    let names: Vec<_> = reviewers.iter().map(RoleName::as_str).collect();
                    format!("no agent has one of the roles `{}`", names.join("`, `"))
                }
                _ => continue,
            };
            return unserved(format!("the flow `{name}` asks for a review, and {missing}"));
        }
    }
    Ok(())
}
