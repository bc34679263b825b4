//! Where listed tasks may stand: queues, and states of flows' own.

use crate::config::closest;
use crate::error::{CliError, Result};
use crate::flows::Flows;
use crate::output::words::flow_state;
use crate::project::{Context, Project};
use crate::roles::Roles;
use octopoid_core::model::{Queue, Task};
use octopoid_core::store::Store;
use std::collections::BTreeSet;

/// The queues in which a task that stands in a state of its flow's own can be.
const ON_THEIR_WAY: [Queue; 3] = [Queue::Incoming, Queue::Claimed, Queue::Provisional];

/// What is to be listed; everything where nothing is named.
#[derive(Debug, Default)]
pub(super) struct Places {
    queues: BTreeSet<Queue>,
    states: BTreeSet<String>,
}

/// How much of a queue is to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    All,
    /// Only tasks for which [`Places::has`] holds.
    Some,
    None,
}

impl Places {
    /// What people named. A name that is neither a queue nor a state of a flow is refused.
    pub(super) async fn named(
        names: &[String],
        project: &Project,
        store: &dyn Store,
        context: &Context,
    ) -> Result<Self> {
        let mut places = Self::default();
        for name in names {
            match name.parse() {
                Ok(queue) => places.queues.insert(queue),
                Err(_) => places.states.insert(name.clone()),
            };
        }
        if !places.states.is_empty() {
            let known = states(project, store, context).await?;
            if let Some(name) = places.states.iter().find(|name| !known.contains(*name)) {
                return Err(unknown(name, &known));
            }
        }
        Ok(places)
    }

    /// How much of a queue belongs to it.
    pub(super) fn part(&self, queue: Queue) -> Part {
        let everything = self.queues.is_empty() && self.states.is_empty();
        if everything || self.queues.contains(&queue) {
            Part::All
        } else if !self.states.is_empty() && ON_THEIR_WAY.contains(&queue) {
            Part::Some
        } else {
            Part::None
        }
    }

    /// Whether a task stands in one of the states.
    pub(super) fn has(&self, task: &Task) -> bool {
        flow_state(task).is_some_and(|state| self.states.contains(state.as_str()))
    }
}

/// The states of flows' own: of the files here, and of what the machines that work on the queue have registered.
async fn states(project: &Project, store: &dyn Store, context: &Context) -> Result<BTreeSet<String>> {
    let roles = Roles::load(project, &context.environment).await;
    let here = Flows::load(project.layout.root(), &roles);
    let here = here.all.into_values().flat_map(|flow| flow.flow.own).map(|own| own.name.to_string());
    let there = store.flows(&project.scope()).await?.into_iter().flat_map(|flow| flow.states);
    Ok(here.chain(there).filter(|name| name.parse::<Queue>().is_err()).collect())
}

fn unknown(name: &str, states: &BTreeSet<String>) -> CliError {
    let known = || Queue::ALL.iter().map(|queue| queue.as_str()).chain(states.iter().map(String::as_str));
    let names = known().collect::<Vec<_>>().join(", ");
    let hint = match closest(name, known()) {
        Some(meant) => format!("did you mean `{meant}`? There are {names}"),
        None => format!("there are {names}"),
    };
    CliError::usage(format!("there is no queue `{name}`, and no flow has such a state")).hint(hint)
}
