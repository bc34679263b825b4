//! Warnings about tasks for roles that no agent has.

use crate::error::Result;
use crate::installation::Installation;
use crate::output::{Output, text};
use octopoid_core::model::{Queue, RoleName};
use octopoid_core::store::{Store, StoreExt, TaskQuery};
use std::collections::{BTreeMap, BTreeSet};

/// Warns of tasks that no agent here would take. With a server, other machines may have such agents.
pub(super) async fn warn(installation: &Installation, store: &dyn Store, output: Output) -> Result<()> {
    if installation.is_remote() {
        return Ok(());
    }
    let agents = installation.agent_settings();
    let roles: BTreeSet<_> = agents.iter().filter(|agent| !agent.paused).map(|agent| &agent.role).collect();
    let mut query = TaskQuery::new(installation.scope());
    query.queues = vec![Queue::Incoming];
    let mut waiting: BTreeMap<RoleName, u64> = BTreeMap::new();
    for task in store.all_tasks(&query).await? {
        if !roles.contains(&task.role) {
            *waiting.entry(task.role).or_default() += 1;
        }
    }
    for (role, count) in waiting {
        let (tasks, verb) = (text::count(count, "task"), if count == 1 { "waits" } else { "wait" });
        output.warn(format_args!(
            "{tasks} {verb} for the role `{role}`, which no agent has: add `- {{ name: {role}, role: {role} }}` to .octopoid/agents.yaml"
        ));
    }
    Ok(())
}
