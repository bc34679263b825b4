//! Queues by their names: any name is a queue, unless a registered flow does not have it.

use super::Context;
use crate::server::api::problem::Problem;
use crate::server::api::routes::{checked, no_queue};
use octopoid_core::flow::DEFAULT;
use octopoid_core::model::{Place, Queue, Scope, StateName, Task};

/// Queues that every flow has.
const BUILT_IN: [&str; 4] = ["incoming", "claimed", "done", "failed"];

impl Context {
    /// Returns the place that a queue's name stands for in a flow.
    ///
    /// # Errors
    /// `Invalid` where the flow is registered and does not know it; the error names those that it does.
    pub(super) async fn place(
        &self,
        scope: &Scope,
        flow: Option<&str>,
        name: &str,
    ) -> Result<Place, Problem> {
        let flow = flow.unwrap_or(DEFAULT);
        if !BUILT_IN.contains(&name) {
            let registered = self.app.store.flows(scope).await?.into_iter().find(|known| known.name == flow);
            if let Some(known) = registered.filter(|known| known.states.iter().all(|state| state != name)) {
                return Err(no_queue(name, flow, Some(&known)));
            }
        }
        named(name)
    }
}

/// Returns the name of the queue that a task is shown in.
pub(super) fn shown(task: &Task) -> String {
    match task.place() {
        Place::Queue(Queue::Blocked) => Queue::Incoming.to_string(),
        place => place.to_string(),
    }
}

/// Returns the place of a name. A task that is moved to `claimed` has no holder, and one that is moved to `blocked` may wait
/// for nothing, so each stands in a state of that name.
pub(super) fn named(name: &str) -> Result<Place, Problem> {
    Ok(match name.parse() {
        Ok(Queue::Custom | Queue::Claimed | Queue::Blocked) | Err(_) => {
            Place::State(checked::<StateName>(name.to_owned(), "queue")?)
        }
        Ok(queue) => Place::Queue(queue),
    })
}
