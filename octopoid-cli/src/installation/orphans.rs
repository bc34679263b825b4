//! Runs left by a killed orchestrator, whose agents may still be at work.

use super::Installation;
use crate::output::text;
use octopoid_core::model::{AgentName, RunId, TaskId, Timestamp};
use octopoid_core::orchestrator::{running_pid, unsettled_runs};
use octopoid_core::runner::detached::agent_processes;
use serde::Serialize;

/// A run that no orchestrator drives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Orphan {
    pub(crate) task: TaskId,
    pub(crate) agent: AgentName,
    pub(crate) run: RunId,
    /// The process of its agent; none if that has ended.
    pub(crate) pid: Option<i32>,
    /// When the process started, or else the run.
    pub(crate) since: Timestamp,
}

impl Orphan {
    /// Finds the orphans of an installation; none while an orchestrator runs there.
    pub(crate) fn find(installation: &Installation, now: Timestamp) -> Vec<Self> {
        if running_pid(&installation.layout).is_some() {
            return Vec::new();
        }
        let of_run = |run: octopoid_core::model::Run| {
            let process = agent_processes(&installation.layout.run_files(&run.id)).into_iter().next();
            Self {
                task: run.task,
                agent: run.agent,
                run: run.id,
                pid: process.map(|process| process.pid),
                since: process.map_or(run.started_at, |process| now - process.age),
            }
        };
        unsettled_runs(&installation.layout).into_iter().map(of_run).collect()
    }

    /// Describes it in one line.
    pub(crate) fn words(&self, now: Timestamp) -> String {
        let Self { task, agent, pid, since, .. } = self;
        let span = text::span(now.since(*since));
        match pid {
            Some(pid) => format!("{agent} still works on {task}: process {pid}, for {span}"),
            None => format!("{agent} was cut off at {task}, begun {span} ago; no process of it runs"),
        }
    }
}

/// What the next start does with orphans.
pub(crate) const TAKEN_UP: &str = "the next `octopoid start` takes up what was cut off";
