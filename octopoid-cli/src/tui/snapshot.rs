//! What is known of the queue at one moment.

use super::entry::Entry;
use crate::installation::Orphan;
use crate::overview::Agent;
use octopoid_core::model::{Machine, Project, TaskId};
use octopoid_core::ops::{Attention, Landing};
use octopoid_core::orchestrator::Status;

/// Everything around the list that does not depend on what is selected.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Snapshot {
    /// What the queue is called: the repository's folder, or the server.
    pub(super) name: String,
    pub(super) entries: Vec<Entry>,
    /// The installation; none for a server alone.
    pub(super) here: Option<Here>,
    pub(super) machines: Vec<Machine>,
    /// Projects whose tasks are all done, and which wait for a person.
    pub(super) ready: Vec<Project>,
    /// US dollars that runs of today have cost.
    pub(super) today: f64,
    /// Why the queue cannot be read; none if it can.
    pub(super) away: Option<String>,
}

/// What an installation knows beside its queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Here {
    /// The status of the running orchestrator; none if none runs.
    pub(super) status: Option<Status>,
    pub(super) paused: bool,
    pub(super) agents: Vec<Agent>,
    pub(super) orphans: Vec<Orphan>,
    pub(super) landing: Landing,
    pub(super) limits: Limits,
}

/// Limits on money, in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Limits {
    pub(super) day: f64,
    pub(super) task: f64,
}

impl Snapshot {
    pub(super) fn entry(&self, id: &TaskId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.task.id == *id)
    }

    /// Returns how many tasks are in a group.
    pub(super) fn count(&self, group: Attention) -> usize {
        self.entries.iter().filter(|entry| entry.group == group).count()
    }
}
