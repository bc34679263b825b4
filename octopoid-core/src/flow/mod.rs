//! Flows: what a task has to go through on its way, as data.
//!
//! A [`FlowFile`] is what people write, `.octopoid/flows/<name>.yaml` for the command. [`FlowFile::compile`] checks it and gives
//! a [`Flow`], in which everything that was wrong can no longer be said. The states are the queues of the state machine;
//! a flow says what happens between them: which steps run, which scripts must pass, who reviews.

mod compile;
mod file;

pub use compile::{FlowProblem, Known, Place};
pub use file::{FlowCondition, FlowFile, FlowStep, FlowTransition, RunStep};

use crate::model::Gates;
use std::time::Duration;

/// The name of the flow that a task follows unless it names another.
pub const DEFAULT: &str = "default";

/// A flow that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flow {
    /// What runs on finished work before it is handed in, in order.
    pub hand_in: Vec<StepKind>,
    /// What must pass on handed-in work before anybody is paid to review it, and again on what is to be merged if that
    /// is something else. In order.
    pub checks: Vec<Script>,
    /// Who has to be content.
    pub gates: Gates,
    /// What runs on approved work before it is merged, in order.
    pub before_merge: Vec<StepKind>,
    /// Whether it is merged; otherwise it is done without.
    pub merges: bool,
    /// What runs once it is merged, in order. A failure there is noted: the merge stands.
    pub after_merge: Vec<StepKind>,
}

impl Default for Flow {
    /// Rebase and test, one review, rebase and test, merge.
    fn default() -> Self {
        Self {
            hand_in: vec![StepKind::Rebase, StepKind::RunTests],
            checks: Vec::new(),
            gates: Gates::Anyone,
            before_merge: vec![StepKind::Rebase, StepKind::RunTests],
            merges: true,
            after_merge: Vec::new(),
        }
    }
}

/// One action of the orchestrator on a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepKind {
    /// Puts the work on top of the base branch's newest commit.
    Rebase,
    /// Runs the configured test command, unless this very content has passed.
    RunTests,
    /// Runs a command in the worktree.
    Run(Script),
}

impl StepKind {
    /// Its name, under which it is recorded.
    pub fn name(&self) -> &str {
        match self {
            StepKind::Rebase => "rebase",
            StepKind::RunTests => "run_tests",
            StepKind::Run(script) => &script.name,
        }
    }
}

/// A command, run by `sh -c` in the worktree. It passes when it exits with 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Script {
    /// Under what it is recorded.
    pub name: String,
    /// The command.
    pub command: String,
    /// The longest time it may take.
    pub timeout: Duration,
    /// Variables it is given beside those that every child process is given.
    pub env: Vec<String>,
    /// Whether a failure asks a person, instead of going back to the agent.
    pub asks_person: bool,
}

impl Script {
    /// A command with ten minutes.
    pub fn new(name: impl Into<String>, command: impl Into<String>) -> Self {
        let timeout = Duration::from_secs(600);
        Self { name: name.into(), command: command.into(), timeout, env: Vec::new(), asks_person: false }
    }
}
