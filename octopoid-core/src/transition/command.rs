//! Commands of the state machine, and who issues them.

use crate::model::{
    Claim, ClaimToken, CommitId, Gates, OrchestratorId, Place, RoleName, StateName, Submission, Subtask,
    TaskId, TaskPatch,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Issuer of a command, with its authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Holder of the claim, identified by the claim's token.
    Holder(ClaimToken),
    /// Holder of a claim for review, acting for a role.
    Reviewer {
        /// Token of the claim.
        token: ClaimToken,
        /// Role of the reviewer.
        role: RoleName,
    },
    /// Person by name, who needs no claim and may override one.
    Person(String),
    /// Person by name who overrides no claim: the command is refused while the task is claimed.
    Bystander(String),
    /// Store or orchestrator, for consequences of rules such as expiry and unblocking.
    System(OrchestratorId),
}

impl Actor {
    /// Returns whether the actor is a person.
    pub const fn is_person(&self) -> bool {
        matches!(self, Actor::Person(_) | Actor::Bystander(_))
    }
}

/// Purpose of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Working on the task: from `incoming`, or from the flow state that the claim names.
    Work,
    /// Reviewing submitted work: in `provisional`, not yet approved.
    Review,
    /// Landing approved work: in `provisional`, approved.
    Land,
}

/// Cause for which work is sent back; each has its own limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Rejection by a reviewer or a person.
    Review,
    /// Failure of the tests.
    Tests,
    /// Conflict with the base branch.
    Conflict,
}

/// Command to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Claims the task.
    Claim {
        /// Purpose of the claim.
        purpose: Purpose,
        /// Claim to hold from now on.
        claim: Claim,
    },
    /// Renews the lease. A lease that has ended but whose claim was not yet removed is renewed as well (I10).
    Renew {
        /// Token of the claim.
        token: ClaimToken,
        /// New length of the lease, from now.
        lease: Duration,
    },
    /// Submits work: to `provisional`, or to `needs_continuation` if the attempt burnt out.
    Submit {
        /// Token of the claim.
        token: ClaimToken,
        /// Work.
        submission: Submission,
    },
    /// Submits existing work without a claim, such as a branch made by hand: to `provisional`.
    HandIn {
        /// Issuer; the task must not be claimed by another.
        actor: Actor,
        /// Work.
        submission: Submission,
    },
    /// Breaks the task down: the subtasks are created with it, and it is done when they are.
    BreakDown {
        /// Token of the claim.
        token: ClaimToken,
        /// Subtasks; the store assigns their ids.
        subtasks: Vec<Subtask>,
    },
    /// Approves submitted work, so that it may land.
    Approve {
        /// Reviewer with its claim, or person.
        actor: Actor,
        /// Remarks; may be empty.
        comments: String,
    },
    /// Moves approved work to the next state of its flow.
    Advance {
        /// Token of the claim for landing.
        token: ClaimToken,
        /// Next state.
        to: StateName,
        /// Role that works on the task there; `None` if the work is only reviewed.
        role: Option<RoleName>,
        /// Approvals required there.
        gates: Gates,
    },
    /// Finishes the task: the work was found in the base branch, or a person accepts it as it is.
    Accept {
        /// Holder of the claim, or person.
        actor: Actor,
        /// Commit in the base branch.
        landed: Option<CommitId>,
    },
    /// Sends the work back, with feedback.
    Reject {
        /// Holder of the claim, or person.
        actor: Actor,
        /// Reason, as text for people; never empty.
        reason: String,
        /// Kind of reason.
        cause: Cause,
    },
    /// Returns the task to the queue and charges the attempt.
    Requeue {
        /// Holder of the claim, or person.
        actor: Actor,
        /// Reason, as text for people.
        reason: String,
    },
    /// Gives up the claim without charging an attempt.
    Release {
        /// Token of the claim.
        token: ClaimToken,
        /// Reason, as text for people.
        reason: String,
    },
    /// Removes an expired claim.
    Expire {
        /// Issuer.
        actor: Actor,
    },
    /// Makes the task wait for other tasks.
    Block {
        /// Issuer.
        actor: Actor,
        /// Tasks to wait for; they exist, and none of them waits for this one.
        on: Vec<TaskId>,
    },
    /// Resolves a blocker: it is done, or a person decides that it does not matter.
    Unblock {
        /// Issuer.
        actor: Actor,
        /// Blocker.
        blocker: TaskId,
    },
    /// Stops the task and asks a person how to continue: to `needs_continuation`.
    Suspend {
        /// Holder of the claim, or person.
        actor: Actor,
        /// Reason, as text for people; the question if the agent has one.
        reason: String,
        /// Whether the reason is a question of the agent.
        question: bool,
    },
    /// Lets a stopped task continue, with its counters reset and its work so far.
    Continue {
        /// Person.
        actor: Actor,
        /// Note for the next attempt; may be empty.
        note: String,
    },
    /// Marks the task as failed.
    Fail {
        /// Holder of the claim, or person.
        actor: Actor,
        /// Reason, as text for people; never empty.
        reason: String,
    },
    /// Cancels the task.
    Cancel {
        /// Person.
        actor: Actor,
        /// Reason, as text for people; may be empty.
        reason: String,
    },
    /// Moves the task to any queue or flow state, by a person's decision.
    Force {
        /// Person.
        actor: Actor,
        /// Destination; any queue but `claimed`.
        to: Place,
        /// Reason, as text for people; never empty.
        reason: String,
    },
    /// Changes fields of the task.
    Update {
        /// Issuer.
        actor: Actor,
        /// Changes.
        patch: TaskPatch,
    },
}

impl Command {
    /// Returns the command's name, for messages.
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

    /// Returns the claim token that the command presents.
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
