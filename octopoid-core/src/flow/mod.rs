//! Flows: the states, steps and approvals that a task goes through, as data.
//!
//! A [`FlowFile`] is what people write (`.octopoid/flows/<name>.yaml` for the command). [`FlowFile::compile`] validates it and
//! returns a [`Flow`], which cannot represent what was invalid. Its states are the queues of the state machine and, between
//! `provisional` and `done`, states that the flow adds. A flow determines what happens between them: which steps run, which
//! scripts must pass, who reviews, and which role works on the task next.

mod compile;
mod described;
mod file;
mod step;

pub use compile::{FlowProblem, Known, Place};
pub use file::{FlowCondition, FlowFile, FlowStep, FlowTransition, RunStep};
pub use step::{Script, StepKind};

use crate::model::{Gates, Queue, Quorum, RoleName, StateName};

/// Name of the flow that a task follows unless it names another.
pub const DEFAULT: &str = "default";

/// Name of the flow by which a project's branch lands in its base branch.
pub const PROJECT: &str = "project";

/// Validated flow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flow {
    /// Steps that run on finished work before it is submitted, in order.
    pub hand_in: Vec<StepKind>,
    /// Requirements for submitted work to leave `provisional`.
    pub provisional: Stage,
    /// States that the flow adds after `provisional`, in order. After the last one the task is done.
    pub own: Vec<OwnState>,
    /// Whether the work is merged; otherwise the task is done without a merge.
    pub merges: bool,
    /// Steps that run after the merge, in order. A failure there is recorded: the merge stands.
    pub after_merge: Vec<StepKind>,
}

/// Requirements for work to leave a state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stage {
    /// Scripts that must pass before a paid review of the work, and again on the content to be merged if that differs. In order.
    pub checks: Vec<Script>,
    /// Approvals required.
    pub gates: Gates,
    /// Steps that run on approved work, in order; in the last state these run before the merge.
    pub steps: Vec<StepKind>,
}

/// State that a flow adds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnState {
    /// Name.
    pub name: StateName,
    /// Role that works on tasks there before its work is reviewed; `None` if work is only reviewed there.
    pub role: Option<RoleName>,
    /// Requirements for work to leave the state.
    pub stage: Stage,
}

impl Default for Flow {
    /// Returns the default flow: rebase and test, one review, rebase and test, merge.
    fn default() -> Self {
        let tested = vec![StepKind::Rebase, StepKind::RunTests];
        Self {
            hand_in: tested.clone(),
            provisional: Stage { steps: tested, ..Stage::default() },
            own: Vec::new(),
            merges: true,
            after_merge: Vec::new(),
        }
    }
}

impl Flow {
    /// Returns the default flow with a reviewer and a person, for the work of a project.
    pub fn project() -> Self {
        let mut flow = Self::default();
        let reviewers = vec![RoleName::review()];
        flow.provisional.gates = Gates::Roles { reviewers, quorum: Quorum::All, person: true };
        flow
    }

    /// Returns the requirements for work to leave a state, and the state that follows; `None` before `done`.
    ///
    /// A state that the flow no longer has counts as its last one: work in progress goes through what is left.
    pub fn at(&self, state: Option<&StateName>) -> (&Stage, Option<&OwnState>) {
        let last = self.own.last().map_or(&self.provisional, |own| &own.stage);
        match (state, state.and_then(|state| self.position(state))) {
            (None, _) => (&self.provisional, self.own.first()),
            (Some(_), None) => (last, None),
            (Some(_), Some(here)) => (&self.own[here].stage, self.own.get(here + 1)),
        }
    }

    /// Returns the checks that submitted work has to pass.
    ///
    /// Those are the checks of the state in which it was made, and of the states after it up to the next one with a role.
    pub fn checks(&self, made_in: Option<&StateName>) -> Vec<Script> {
        let after = match made_in {
            None => 0,
            Some(state) => self.position(state).map_or(self.own.len(), |here| here + 1),
        };
        let reviewed = self.own[after..].iter().take_while(|own| own.role.is_none());
        let stages = std::iter::once(self.at(made_in).0).chain(reviewed.map(|own| &own.stage));
        stages.flat_map(|stage| stage.checks.iter().cloned()).collect()
    }

    /// Returns the names of all states of a task in this flow: the queues, and the states that the flow adds.
    pub fn states(&self) -> Vec<String> {
        let own = self.own.iter().map(|own| own.name.to_string());
        Queue::NAMED.iter().map(|queue| queue.as_str().to_owned()).chain(own).collect()
    }

    /// Returns the transitions of the flow as pairs of state names, forward and, on failure, back.
    pub fn transitions(&self) -> Vec<(String, String)> {
        let name = |queue: Queue| queue.as_str().to_owned();
        let mut transitions = vec![
            (name(Queue::Incoming), name(Queue::Claimed)),
            (name(Queue::Claimed), name(Queue::Provisional)),
            (name(Queue::Claimed), name(Queue::Incoming)),
        ];
        let (mut here, mut back) = (name(Queue::Provisional), name(Queue::Incoming));
        for own in &self.own {
            transitions.push((here.clone(), own.name.to_string()));
            transitions.push((here, back.clone()));
            here = own.name.to_string();
            if own.role.is_some() {
                back.clone_from(&here);
            }
        }
        transitions.push((here.clone(), name(Queue::Done)));
        if back != here {
            transitions.push((here, back));
        }
        transitions
    }

    /// Returns all steps of the flow.
    pub fn steps(&self) -> impl Iterator<Item = &StepKind> {
        let between = self.own.iter().flat_map(|own| &own.stage.steps);
        self.hand_in.iter().chain(&self.provisional.steps).chain(between).chain(&self.after_merge)
    }

    fn position(&self, state: &StateName) -> Option<usize> {
        self.own.iter().position(|own| &own.name == state)
    }
}
