//! The names of queues, where the contract checks them.

use crate::server::app::App;
use crate::server::shell::Problem;
use octopoid_core::model::{Queue, Scope};
use octopoid_core::store::Store;

/// A queue by its name; the error lists those that the scope's flow knows.
pub(super) async fn queue(
    store: &dyn Store,
    scope: &Scope,
    flow: Option<&str>,
    name: &str,
) -> Result<Queue, Problem> {
    if let Ok(queue) = name.parse() {
        return Ok(queue);
    }
    let flow = flow.unwrap_or("default");
    let registered = store.flows(scope).await?.into_iter().find(|known| known.name == flow);
    if registered.as_ref().is_some_and(|known| known.states.iter().any(|state| state == name)) {
        let message = format!(
            "\"{name}\" is a state of the flow \"{flow}\", not a queue: its tasks stand in incoming, claimed or provisional, and their \
             submission's review says which state it is"
        );
        return Err(Problem::invalid("queue", message));
    }
    let names = match registered {
        Some(known) => known.states.join(", "),
        None => Queue::ALL.map(Queue::as_str).join(", "),
    };
    let name: String = name.chars().take(100).collect();
    Err(Problem::invalid(
        "queue",
        format!("Invalid queue \"{name}\". Valid queues for flow \"{flow}\": {names}"),
    ))
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
