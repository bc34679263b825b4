//! The names of queues, where the contract checks them.

use super::checked;
use crate::server::app::App;
use crate::server::shell::{Code, Problem};
use crate::wire::Names;
use octopoid_core::model::{Place, Queue, Scope, StateName, Task};
use octopoid_core::store::Store;
use serde_json::Value;

/// The queues that can be named.
const BUILT_IN: [Queue; 8] = [
    Queue::Incoming,
    Queue::Claimed,
    Queue::Provisional,
    Queue::Done,
    Queue::Blocked,
    Queue::Backlog,
    Queue::NeedsContinuation,
    Queue::Failed,
];

/// A queue, or a state of the scope's flow, by its name; the error lists those that the flow knows.
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
    let flow = flow.unwrap_or("default");
    let registered = store.flows(scope).await?.into_iter().find(|known| known.name == flow);
    if registered.as_ref().is_some_and(|known| known.states.iter().any(|state| state == name)) {
        return checked(name.to_owned(), "queue").map(Place::State);
    }
    let names = match registered {
        Some(known) => known.states.join(", "),
        None => BUILT_IN.map(Queue::as_str).join(", "),
    };
    let name: String = name.chars().take(100).collect();
    Err(Problem::invalid(
        "queue",
        format!("Invalid queue \"{name}\". Valid queues for flow \"{flow}\": {names}"),
    ))
}

/// Queues and states by their names, of any flow of the scope.
pub(super) async fn places(
    store: &dyn Store,
    scope: &Scope,
    names: &Names,
) -> Result<(Vec<Queue>, Vec<StateName>), Problem> {
    let (mut queues, mut states) = (Vec::new(), Vec::new());
    for name in names.iter() {
        let of_any_flow = async || -> Result<Option<StateName>, Problem> {
            let mut known = store.flows(scope).await?.into_iter().flat_map(|flow| flow.states);
            known.find(|state| state == name).map(|state| checked(state, "queue")).transpose()
        };
        match name.parse::<Queue>() {
            Ok(queue) => queues.push(queue),
            Err(_) => match of_any_flow().await? {
                Some(state) => states.push(state),
                None => return place(store, scope, None, name).await.map(|_| (queues, states)),
            },
        }
    }
    Ok((queues, states))
}

/// What the registered flow of a task says of a transition.
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
        let flow = task.attributes.flow.as_deref().unwrap_or("default");
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

/// Refuses a role that nobody registered, where anybody registered one.
pub(super) async fn check_role(app: &App, scope: &Scope, role: &str, field: &str) -> Result<(), Problem> {
    let roles = app.roles.of(app, scope).await?;
    if roles.is_empty() || roles.iter().any(|known| known.name.as_str() == role) {
        return Ok(());
    }
    let names: Vec<_> = roles.iter().map(|known| known.name.as_str()).collect();
    let role: String = role.chars().take(100).collect();
    Err(Problem::invalid(field, format!("Unknown role '{role}'. Registered roles: {}", names.join(", "))))
}
