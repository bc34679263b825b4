//! What can be done to a task.

use crate::model::{
    Claim, ClaimToken, CommitId, Gates, OrchestratorId, Place, RoleName, StateName, Submission, Subtask,
    TaskId, TaskPatch,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Who asks for a command, and by what right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The holder of the claim, who shows its token.
    Holder(ClaimToken),
    /// The holder of a claim for review, who speaks for a role.
    Reviewer {
        /// The claim's token.
        token: ClaimToken,
        /// The role.
        role: RoleName,
    },
    /// A person, who needs no claim and may override one.
    Person(String),
    /// A person who overrides nobody: refused while somebody holds the task.
    Bystander(String),
    /// The store or an orchestrator, for what follows from rules: expiry, unblocking.
    System(OrchestratorId),
}

impl Actor {
    /// Whether a person acts.
    pub const fn is_person(&self) -> bool {
        matches!(self, Actor::Person(_) | Actor::Bystander(_))
    }
}

/// What a task is claimed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To work on it: from `incoming`, or from the state of its flow that the claim names.
    Work,
    /// To review submitted work: in `provisional`, not yet approved.
    Review,
    /// To land approved work: in `provisional`, approved.
    Land,
}

/// Why work is sent back; each cause has its own bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A reviewer or a person is not content.
    Review,
    /// The tests fail on it.
    Tests,
    /// It conflicts with the base branch.
    Conflict,
}

/// A command to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Take the task.
    Claim {
        /// For what.
        purpose: Purpose,
        /// The claim to hold from now on.
        claim: Claim,
    },
    /// Hold on to it. A lease that has run out but was not yet taken away is renewed as well (I10).
    Renew {
        /// The claim's token.
        token: ClaimToken,
        /// The new length, from now.
        lease: Duration,
    },
    /// Hand work in: to `provisional`, or to `needs_continuation` when the attempt burnt out.
    Submit {
        /// The claim's token.
        token: ClaimToken,
        /// The work.
        submission: Submission,
    },
    /// Hand in work that is there already, such as a branch that somebody made by hand: to `provisional`.
    HandIn {
        /// Who; nobody holds the task.
        actor: Actor,
        /// The work.
        submission: Submission,
    },
    /// Do the task in parts: they are created with it, and it is done when they are.
    BreakDown {
        /// The claim's token.
        token: ClaimToken,
        /// The parts; the store gives them their ids.
        subtasks: Vec<Subtask>,
    },
    /// Be content with submitted work; it may land.
    Approve {
        /// A reviewer with its claim, or a person.
        actor: Actor,
        /// Remarks; may be empty.
        comments: String,
    },
    /// Take approved work to the next state of its flow.
    Advance {
        /// The token of the claim for landing.
        token: ClaimToken,
        /// The state.
        to: StateName,
        /// The role that works on it there; none where it is only reviewed.
        role: Option<RoleName>,
        /// Who has to be content with it there.
        gates: Gates,
    },
    /// Finish: the work was seen in the base branch, or a person accepts it as it is.
    Accept {
        /// The claim's holder, or a person.
        actor: Actor,
        /// The commit in the base branch.
        landed: Option<CommitId>,
    },
    /// Send the work back, with feedback.
    Reject {
        /// The claim's holder, or a person.
        actor: Actor,
        /// Why, in words; never empty.
        reason: String,
        /// Why, by kind.
        cause: Cause,
    },
    /// Back to the queue; the attempt is charged.
    Requeue {
        /// The claim's holder, or a person.
        actor: Actor,
        /// Why, in words.
        reason: String,
    },
    /// Give the claim back; no attempt is charged.
    Release {
        /// The claim's token.
        token: ClaimToken,
        /// Why, in words.
        reason: String,
    },
    /// Take an expired claim away.
    Expire {
        /// Who noticed.
        actor: Actor,
    },
    /// Wait for other tasks.
    Block {
        /// Who wants it.
        actor: Actor,
        /// The tasks to wait for; they exist, and none of them waits for this one.
        on: Vec<TaskId>,
    },
    /// A blocker is done, or a person says that it does not matter.
    Unblock {
        /// Who says so.
        actor: Actor,
        /// The blocker.
        blocker: TaskId,
    },
    /// Stop and ask a person how to go on: to `needs_continuation`.
    Suspend {
        /// The claim's holder, or a person.
        actor: Actor,
        /// Why, in words; a question where the agent has one.
        reason: String,
        /// Whether the reason is a question of the agent's.
        question: bool,
    },
    /// Let a stopped task go on, with fresh bounds and what it has so far.
    Continue {
        /// The person.
        actor: Actor,
        /// What to tell the next attempt; may be empty.
        note: String,
    },
    /// Give up.
    Fail {
        /// The claim's holder, or a person.
        actor: Actor,
        /// Why, in words; never empty.
        reason: String,
    },
    /// Call it off.
    Cancel {
        /// The person.
        actor: Actor,
        /// Why, in words; may be empty.
        reason: String,
    },
    /// Put the task anywhere, by a person's decision.
    Force {
        /// The person.
        actor: Actor,
        /// Where to; any queue but `claimed`.
        to: Place,
        /// Why, in words; never empty.
        reason: String,
    },
    /// Change what the task says.
    Update {
        /// Who.
        actor: Actor,
        /// The changes.
        patch: TaskPatch,
    },
}

impl Command {
    /// The command's name, for messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Command::Claim { .. } => "claim",
            Command::Renew { .. } => "renew",
            Command::Submit { .. } => "submit",
            Command::HandIn { .. } => "hand_in",
            Command::BreakDown { .. } => "break_down",
            Command::Approve { .. } => "approve",
            Command::Advance { .. } => "advance",
            Command::Accept { .. } => "accept",
            Command::Reject { .. } => "reject",
            Command::Requeue { .. } => "requeue",
            Command::Release { .. } => "release",
            Command::Expire { .. } => "expire",
            Command::Block { .. } => "block",
            Command::Unblock { .. } => "unblock",
            Command::Suspend { .. } => "suspend",
            Command::Continue { .. } => "continue",
            Command::Fail { .. } => "fail",
            Command::Cancel { .. } => "cancel",
            Command::Force { .. } => "force",
            Command::Update { .. } => "update",
        }
    }

    /// The claim token that comes with it.
    pub const fn token(&self) -> Option<&ClaimToken> {
        match self {
            Command::Claim { claim, .. } => Some(&claim.token),
            Command::Renew { token, .. }
            | Command::Submit { token, .. }
            | Command::BreakDown { token, .. }
            | Command::Advance { token, .. }
            | Command::Release { token, .. } => Some(token),
            Command::HandIn { actor, .. }
            | Command::Approve { actor, .. }
            | Command::Accept { actor, .. }
            | Command::Reject { actor, .. }
            | Command::Requeue { actor, .. }
            | Command::Expire { actor }
            | Command::Block { actor, .. }
            | Command::Unblock { actor, .. }
            | Command::Suspend { actor, .. }
            | Command::Continue { actor, .. }
            | Command::Fail { actor, .. }
            | Command::Cancel { actor, .. }
            | Command::Force { actor, .. }
            | Command::Update { actor, .. } => match actor {
                Actor::Holder(token) | Actor::Reviewer { token, .. } => Some(token),
                Actor::Person(_) | Actor::Bystander(_) | Actor::System(_) => None,
            },
        }
    }
}
