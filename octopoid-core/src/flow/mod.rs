//! Flows: what a task has to go through on its way, as data.
//!
//! A [`FlowFile`] is what people write, `.octopoid/flows/<name>.yaml` for the command. [`FlowFile::compile`] checks it and gives
//! a [`Flow`], in which everything that was wrong can no longer be said. Its states are the queues of the state machine and,
//! between `provisional` and `done`, states of its own; a flow says what happens between them: which steps run, which
//! scripts must pass, who reviews, and which role works on it next.

mod compile;
mod file;
mod step;

pub use compile::{FlowProblem, Known, Place};
pub use file::{FlowCondition, FlowFile, FlowStep, FlowTransition, RunStep};
pub use step::{Script, StepKind};

use crate::model::{Gates, Queue, Quorum, RoleName, StateName};

/// The name of the flow that a task follows unless it names another.
pub const DEFAULT: &str = "default";

/// The name of the flow by which a project's own work, what its tasks made, goes to its base branch.
pub const PROJECT: &str = "project";

/// A flow that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flow {
    /// What runs on finished work before it is handed in, in order.
    pub hand_in: Vec<StepKind>,
    /// What has to happen to handed-in work before it leaves `provisional`.
    pub provisional: Stage,
    /// The states of its own that follow, in order. From the last one work is done.
    pub own: Vec<OwnState>,
    /// Whether it is merged; otherwise it is done without.
    pub merges: bool,
    /// What runs once it is merged, in order. A failure there is noted: the merge stands.
    pub after_merge: Vec<StepKind>,
}

/// What has to happen before work leaves a state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stage {
    /// What must pass before anybody is paid to review the work, and again on what is to be merged if that is something
    /// else. In order.
    pub checks: Vec<Script>,
    /// Who has to be content.
    pub gates: Gates,
    /// What runs on approved work, in order; in the last state this is what runs before the merge.
    pub steps: Vec<StepKind>,
}

/// A state of a flow's own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnState {
    /// Its name.
    pub name: StateName,
    /// The role that works on tasks there, before anybody reviews what it did; none where work is only reviewed.
    pub role: Option<RoleName>,
    /// What has to happen before work leaves it.
    pub stage: Stage,
}

impl Default for Flow {
    /// Rebase and test, one review, rebase and test, merge.
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
    /// The same with a reviewer and a person, for the work of a project.
    pub fn project() -> Self {
        let mut flow = Self::default();
        let reviewers = vec![RoleName::review()];
        flow.provisional.gates = Gates::Roles { reviewers, quorum: Quorum::All, person: true };
        flow
    }

    /// What has to happen before work leaves a state, and the state that follows; none before `done`. A state that the
    /// flow does not have any more counts as its last one: work that is under way goes on to what is left.
    pub fn at(&self, state: Option<&StateName>) -> (&Stage, Option<&OwnState>) {
        let last = self.own.last().map_or(&self.provisional, |own| &own.stage);
        match (state, state.and_then(|state| self.position(state))) {
            (None, _) => (&self.provisional, self.own.first()),
            (Some(_), None) => (last, None),
            (Some(_), Some(here)) => (&self.own[here].stage, self.own.get(here + 1)),
        }
    }

    /// The checks that work has to pass when it is handed in: those of the state in which it was made, and of those after
    /// it until another role works on it.
    pub fn checks(&self, made_in: Option<&StateName>) -> Vec<Script> {
        let after = match made_in {
            None => 0,
            Some(state) => self.position(state).map_or(self.own.len(), |here| here + 1),
        };
        let reviewed = self.own[after..].iter().take_while(|own| own.role.is_none());
        let stages = std::iter::once(self.at(made_in).0).chain(reviewed.map(|own| &own.stage));
        stages.flat_map(|stage| stage.checks.iter().cloned()).collect()
    }

    /// The names of the states that a task of it can stand in: the queues, and those of its own.
    pub fn states(&self) -> Vec<String> {
        let own = self.own.iter().map(|own| own.name.to_string());
        Queue::NAMED.iter().map(|queue| queue.as_str().to_owned()).chain(own).collect()
    }

    /// From which state a task of it goes to which, forwards and, where something fails, back.
    pub fn ways(&self) -> Vec<(String, String)> {
        let name = |queue: Queue| queue.as_str().to_owned();
        let mut ways = vec![
            (name(Queue::Incoming), name(Queue::Claimed)),
            (name(Queue::Claimed), name(Queue::Provisional)),
            (name(Queue::Claimed), name(Queue::Incoming)),
        ];
        let (mut here, mut back) = (name(Queue::Provisional), name(Queue::Incoming));
        for own in &self.own {
            ways.push((here.clone(), own.name.to_string()));
            ways.push((here, back.clone()));
            here = own.name.to_string();
            if own.role.is_some() {
                back.clone_from(&here);
            }
        }
        ways.push((here.clone(), name(Queue::Done)));
        if back != here {
            ways.push((here, back));
        }
        ways
    }

    /// Every step of it.
    pub fn steps(&self) -> impl Iterator<Item = &StepKind> {
        let between = self.own.iter().flat_map(|own| &own.stage.steps);
        self.hand_in.iter().chain(&self.provisional.steps).chain(between).chain(&self.after_merge)
    }

    fn position(&self, state: &StateName) -> Option<usize> {
        self.own.iter().position(|own| &own.name == state)
    }
}
