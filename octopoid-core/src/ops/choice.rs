//! Decisions that a person can take on a task now, each with its effect. Pure.

use super::decide::{Decision, check_decision};
use super::effect::effect;
use super::retry::RetryEffect;
use crate::model::{Task, Timestamp};
use crate::transition::Actor;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Kind of a [`Decision`](super::Decision).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// See [`Decision::Approve`](super::Decision::Approve).
    Approve,
    /// See [`Decision::Reject`](super::Decision::Reject).
    Reject,
    /// See [`Decision::Retry`](super::Decision::Retry).
    Retry,
    /// See [`Decision::Requeue`](super::Decision::Requeue).
    Requeue,
    /// See [`Decision::Cancel`](super::Decision::Cancel).
    Cancel,
}

impl DecisionKind {
    /// All kinds that need no further choice, in display order.
    pub const ALL: [DecisionKind; 5] = [
        DecisionKind::Approve,
        DecisionKind::Reject,
        DecisionKind::Retry,
        DecisionKind::Requeue,
        DecisionKind::Cancel,
    ];

    /// Returns the name used in the command line and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            DecisionKind::Approve => "approve",
            DecisionKind::Reject => "reject",
            DecisionKind::Retry => "retry",
            DecisionKind::Requeue => "requeue",
            DecisionKind::Cancel => "cancel",
        }
    }
}

impl fmt::Display for DecisionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Decision that is possible now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Choice {
    /// Kind of the decision.
    pub kind: DecisionKind,
    /// Effect of the decision, in words.
    pub effect: String,
}

/// Returns the decisions that the state machine allows a person on a task now, in display order.
pub fn choices(task: &Task, now: Timestamp) -> Vec<Choice> {
    let person = || Actor::Person("person".to_owned());
    let allowed = |kind: &DecisionKind| check_decision(task, decision(*kind), person(), now).is_ok();
    let kinds = DecisionKind::ALL.into_iter().filter(allowed);
    // A stopped task goes on by a retry; requeueing it would be a second name for that.
    let can_retry = RetryEffect::of(&task.state) != RetryEffect::Refused;
    let kinds = kinds.filter(|kind| !(can_retry && *kind == DecisionKind::Requeue));
    kinds.map(|kind| Choice { kind, effect: effect(&decision(kind), task, None) }).collect()
}

/// Returns a decision of a kind, with words that the state machine accepts.
fn decision(kind: DecisionKind) -> Decision {
    match kind {
        DecisionKind::Approve => Decision::Approve { comments: String::new() },
        DecisionKind::Reject => Decision::Reject { reason: "reason".to_owned() },
        DecisionKind::Retry => Decision::Retry { note: String::new() },
        DecisionKind::Requeue => Decision::Requeue { reason: None },
        DecisionKind::Cancel => Decision::Cancel { reason: String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hold, Provisional, RoleName, Scope, State, Submission, TaskId};

    fn kinds(state: State) -> Vec<DecisionKind> {
        let mut task = Task::restored(TaskId::numbered(1), Scope::single(), 1, RoleName::implement(), state);
        task.submission = Some(Box::new(Submission::new(1, 1)));
        let choices = choices(&task, Timestamp::default());
        assert!(choices.iter().all(|choice| !choice.effect.is_empty()));
        choices.into_iter().map(|choice| choice.kind).collect()
    }

    #[test]
    fn what_is_offered_is_what_the_state_machine_allows() {
        use DecisionKind::{Approve, Cancel, Reject, Retry};
        let person = Hold::Person { reason: "asks".to_owned() };
        let provisional = State::Provisional(Provisional { approval: None, hold: person });
        assert_eq!(kinds(provisional), [Approve, Reject, Retry, Cancel]);
        assert_eq!(kinds(State::Incoming), [Cancel]);
        assert_eq!(kinds(State::Backlog), [Retry, Cancel]);
        assert_eq!(kinds(State::NeedsContinuation { reason: "a limit".to_owned() }), [Retry, Cancel]);
        assert_eq!(kinds(State::Failed { reason: "it broke".to_owned() }), [Retry]);
        assert_eq!(kinds(State::Done { landed: None, at: Timestamp::default() }), []);
    }
}
