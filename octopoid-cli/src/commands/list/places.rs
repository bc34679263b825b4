//! The queues and flow states that `octopoid list` can name.

use crate::assembly::Roles;
use crate::assembly::flows::Flows;
use crate::config::closest;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use octopoid_core::model::{Queue, StateName};
use octopoid_core::store::Store;
use std::collections::BTreeSet;

/// The queues and states to list; all if none is named.
#[derive(Debug, Default)]
pub(super) struct Places {
    queues: BTreeSet<Queue>,
    pub(super) states: BTreeSet<StateName>,
}

impl Places {
    /// Parses names. A name that is neither a queue nor a state of a flow is refused.
    pub(super) async fn named(
        names: &[String],
        installation: &Installation,
        store: &dyn Store,
        context: &Context,
    ) -> Result<Self> {
        let mut places = Self::default();
        for name in names {
            match name.parse() {
                Ok(queue) => places.queues.insert(queue),
                Err(_) => places.states.insert(state(name, installation, store, context).await?),
            };
        }
        Ok(places)
    }

    /// Returns whether a whole queue is listed.
    pub(super) fn has_queue(&self, queue: Queue) -> bool {
        (self.queues.is_empty() && self.states.is_empty()) || self.queues.contains(&queue)
    }
}

/// Returns a flow's state by its name.
///
/// # Errors
/// No flow has a state of that name; the hint says which there are.
pub(in crate::commands) async fn state(
    name: &str,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<StateName> {
    let known = states(installation, store, context).await?;
    match StateName::new(name) {
        Ok(state) if known.contains(name) => Ok(state),
        _ => Err(unknown(name, &known)),
    }
}

/// Reads the states that flows add: the flows of the files here, and those that machines have registered.
async fn states(
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<BTreeSet<String>> {
    let roles = Roles::load(installation, &context.environment).await;
    let here = Flows::load(installation.layout.root(), &roles);
    let here = here.all.into_values().flat_map(|flow| flow.flow.own).map(|own| own.name.to_string());
    let there = store.flows(&installation.scope()).await?.into_iter().flat_map(|flow| flow.states);
    Ok(here.chain(there).filter(|name| name.parse::<Queue>().is_err()).collect())
}

fn unknown(name: &str, states: &BTreeSet<String>) -> CliError {
    let known = || Queue::NAMED.iter().map(|queue| queue.as_str()).chain(states.iter().map(String::as_str));
    let names = known().collect::<Vec<_>>().join(", ");
    let hint = match closest(name, known()) {
        Some(meant) => format!("did you mean `{meant}`? There are {names}"),
        None => format!("there are {names}"),
    };
    CliError::usage(format!("there is no queue `{name}`, and no flow has such a state")).hint(hint)
}
