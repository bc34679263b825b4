//! The names of queues, where the contract checks them.

use super::checked;
use crate::server::api::app::App;
use crate::server::api::problem::{Code, Problem};
use crate::wire::Names;
use octopoid_core::flow::DEFAULT;
use octopoid_core::model::{FlowRecord, Place, Queue, Scope, StateName, Task};
use octopoid_core::store::Store;
use serde_json::Value;

/// Returns the queue, or the state of the scope's flow, of a name. The error lists those that the flow has.
pub(super) async fn place(
    store: &dyn Store,
    scope: &Scope,
    flow: Option<&str>,
    name: &str,
) -> Result<Place, Problem> {
    if let Ok(queue) = name.parse::<Queue>()
        && queue != Queue::Custom
    {
        return Ok(Place::Queue(queue));
    }
    let flow = flow.unwrap_or(DEFAULT);
    let known = store.flows(scope).await?.into_iter().find(|known| known.name == flow);
    match known {
        Some(known) if known.states.iter().any(|state| state == name) => {
            checked(name.to_owned(), "queue").map(Place::State)
        }
        known => Err(no_queue(name, flow, known.as_ref())),
    }
}

/// Returns the queues and states of several names, of any flow of the scope.
pub(super) async fn places(
    store: &dyn Store,
    scope: &Scope,
    names: &Names,
) -> Result<(Vec<Queue>, Vec<StateName>), Problem> {
    let (mut queues, mut others) = (Vec::new(), Vec::new());
    for name in names.iter() {
        match name.parse() {
            Ok(queue) => queues.push(queue),
            Err(_) => others.push(name),
        }
    }
    if others.is_empty() {
        return Ok((queues, Vec::new()));
    }
    let flows = store.flows(scope).await?;
    let state = |name: &str| match flows.iter().any(|flow| flow.states.iter().any(|state| state == name)) {
        true => checked(name.to_owned(), "queue"),
        false => Err(no_queue(name, DEFAULT, flows.iter().find(|flow| flow.name == DEFAULT))),
    };
    Ok((queues, others.into_iter().map(state).collect::<Result<_, _>>()?))
}

/// Returns the problem of a queue that a flow does not have, registered or not.
pub(crate) fn no_queue(name: &str, flow: &str, registered: Option<&FlowRecord>) -> Problem {
    let known = match registered {
        Some(known) => known.states.join(", "),
        None => Queue::NAMED.map(Queue::as_str).join(", "),
    };
    let name: String = name.chars().take(100).collect();
    Problem::invalid("queue", format!("Invalid queue \"{name}\". Valid queues for flow \"{flow}\": {known}"))
}

/// Verdict of a task's registered flow on a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transition {
    /// There is no such flow.
    NoFlow,
    /// It has the transition.
    Allowed,
    /// It has not: why, in one sentence.
    Refused(String),
}

impl Transition {
    /// Looks the transition of a task from a place to another up.
    pub(crate) async fn of(store: &dyn Store, task: &Task, from: &str, to: &str) -> Result<Self, Problem> {
        let flow = task.attributes.flow.as_deref().unwrap_or(DEFAULT);
        let Some(known) = store.flows(&task.scope).await?.into_iter().find(|known| known.name == flow) else {
            return Ok(Transition::NoFlow);
        };
        let is = |transition: &Value, end: &str, name: &str| {
            transition.get(end).and_then(Value::as_str) == Some(name)
        };
        Ok(match known.transitions.iter().any(|one| is(one, "from", from) && is(one, "to", to)) {
            true => Transition::Allowed,
            false => Transition::Refused(format!(
                "Invalid transition: flow \"{flow}\" does not allow {from} → {to}"
            )),
        })
    }
}

/// A verb that a task's place does not allow.
pub(crate) fn refused(verb: &str, words: String) -> Problem {
    Problem::new(Code::Conflict, format!("Failed to {verb} task")).with_details([words])
}

/// Checks that a role is registered, if the scope has registered roles.
pub(super) async fn check_role(app: &App, scope: &Scope, role: &str, field: &str) -> Result<(), Problem> {
    let roles = app.roles.of(scope).await?;
    if roles.is_empty() || roles.iter().any(|known| known.name.as_str() == role) {
        return Ok(());
    }
    let names: Vec<_> = roles.iter().map(|known| known.name.as_str()).collect();
    let role: String = role.chars().take(100).collect();
    Err(Problem::invalid(field, format!("Unknown role '{role}'. Registered roles: {}", names.join(", "))))
}
