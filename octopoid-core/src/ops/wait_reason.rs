//! Why a task does not move.

use super::situation::{Delay, OrchestratorState};
use crate::model::{AgentName, CommitId, Queue, RoleName, StateName, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A task that another one waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlockedBy {
    /// The task.
    pub task: TaskId,
    /// Its queue; none where there is no such task.
    pub queue: Option<Queue>,
}

impl BlockedBy {
    /// Returns whether the task will not get on by itself, and what waits for it neither.
    pub fn is_stuck(&self) -> bool {
        match self.queue {
            None | Some(Queue::Failed | Queue::NeedsContinuation | Queue::Backlog) => true,
            Some(
                Queue::Blocked
                | Queue::Incoming
                | Queue::Claimed
                | Queue::Provisional
                | Queue::Custom
                | Queue::Done,
            ) => false,
        }
    }
}

/// Why a task does not move, or who moves it.
///
/// [`Display`](fmt::Display) gives it in one line without the moment, which [`WaitReason::moment`] gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitReason {
    /// It was put aside.
    PutAside,
    /// It is in a state that a flow adds and from which no agent of ours takes it.
    FlowState {
        /// The state.
        state: StateName,
    },
    /// It waits for other tasks.
    Blocked {
        /// The tasks.
        by: Vec<BlockedBy>,
        /// Whether they are its own parts.
        parts: bool,
    },
    /// No agent has its role.
    NoAgent {
        /// The role.
        role: RoleName,
    },
    /// It can be worked on, and waits for an agent.
    Ready {
        /// The role of the agent.
        role: RoleName,
        /// What keeps every agent from it.
        orchestrator: OrchestratorState,
        /// How its last attempt ended.
        before: Option<String>,
    },
    /// An agent works on it.
    Working {
        /// The agent.
        agent: AgentName,
        /// Since when.
        since: Timestamp,
    },
    /// Its work waits for a reviewer.
    Review {
        /// What keeps every reviewer from it.
        orchestrator: OrchestratorState,
    },
    /// No agent reviews it in any of the roles whose word it waits for.
    NoReviewer {
        /// The roles; none where any reviewer would do.
        roles: Vec<RoleName>,
    },
    /// An agent reviews its work.
    Reviewing {
        /// The agent.
        agent: AgentName,
        /// Since when.
        since: Timestamp,
    },
    /// A person has to decide on its work.
    Decision {
        /// Why.
        reason: String,
    },
    /// Its work is approved, and a person must approve too.
    PersonApproval {
        /// Who approved it.
        approved_by: String,
    },
    /// Its work is approved, and waits to land.
    Landing {
        /// Who approved it.
        approved_by: String,
        /// What keeps everything from landing.
        orchestrator: OrchestratorState,
        /// Why it does not land yet.
        delay: Option<Delay>,
    },
    /// Its work is being landed.
    LandingNow {
        /// Who lands it.
        agent: AgentName,
        /// Since when.
        since: Timestamp,
    },
    /// It stopped on its way.
    Stopped {
        /// Why, or what it asks.
        reason: String,
    },
    /// It was given up.
    Failed {
        /// Why.
        reason: String,
    },
    /// A person called it off.
    Cancelled {
        /// By whom, and why.
        reason: String,
    },
    /// Its work is in the base branch.
    Landed {
        /// The commit.
        commit: CommitId,
        /// When it was seen there.
        at: Timestamp,
    },
    /// It is done, and there was nothing to merge.
    NothingToMerge {
        /// When.
        at: Timestamp,
    },
    /// All its parts are done.
    PartsDone {
        /// When.
        at: Timestamp,
    },
    /// A person accepted it as it is.
    Accepted {
        /// When.
        at: Timestamp,
    },
}

/// The moment that belongs to a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It has been so since then.
    Since(Timestamp),
    /// It happened then.
    At(Timestamp),
}

impl WaitReason {
    /// Returns whether nothing goes on without a person.
    pub fn needs_person(&self) -> bool {
        match self {
            WaitReason::FlowState { .. }
            | WaitReason::NoAgent { .. }
            | WaitReason::NoReviewer { .. }
            | WaitReason::Decision { .. }
            | WaitReason::PersonApproval { .. }
            | WaitReason::Stopped { .. }
            | WaitReason::Failed { .. } => true,
            WaitReason::Blocked { by, .. } => by.iter().any(BlockedBy::is_stuck),
            WaitReason::PutAside
            | WaitReason::Ready { .. }
            | WaitReason::Working { .. }
            | WaitReason::Review { .. }
            | WaitReason::Reviewing { .. }
            | WaitReason::Landing { .. }
            | WaitReason::LandingNow { .. }
            | WaitReason::Cancelled { .. }
            | WaitReason::Landed { .. }
            | WaitReason::NothingToMerge { .. }
            | WaitReason::PartsDone { .. }
            | WaitReason::Accepted { .. } => false,
        }
    }

    /// Returns when the wait ends by itself, where that is known.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            WaitReason::Landing { delay, .. } => delay.as_ref()?.until,
            _ => None,
        }
    }

    /// Returns the moment that belongs to it.
    pub const fn moment(&self) -> Option<Moment> {
        match self {
            WaitReason::Working { since, .. }
            | WaitReason::Reviewing { since, .. }
            | WaitReason::LandingNow { since, .. } => Some(Moment::Since(*since)),
            WaitReason::Landed { at, .. }
            | WaitReason::NothingToMerge { at }
            | WaitReason::PartsDone { at }
            | WaitReason::Accepted { at } => Some(Moment::At(*at)),
            _ => None,
        }
    }
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitReason::PutAside => f.write_str("put aside"),
            WaitReason::FlowState { state } => {
                write!(f, "in `{state}`, from which a person or a program of its flow moves it")
            }
            WaitReason::Blocked { by, parts } => {
                f.write_str(if *parts { "done in parts; waits for " } else { "waits for " })?;
                for (number, BlockedBy { task, queue }) in by.iter().enumerate() {
                    let separator = if number == 0 { "" } else { ", " };
                    match queue {
                        Some(queue) => write!(f, "{separator}{task} ({queue})")?,
                        None => write!(f, "{separator}{task} (gone)")?,
                    }
                }
                Ok(())
            }
            WaitReason::NoAgent { role } => write!(f, "no agent has the role `{role}`"),
            WaitReason::Ready { role, orchestrator, before } => {
                match halted(*orchestrator) {
                    Some(words) => write!(f, "ready; {words}")?,
                    None => write!(f, "ready; waits for an agent of role `{role}`")?,
                }
                before.as_ref().map_or(Ok(()), |before| write!(f, " (before: {before})"))
            }
            WaitReason::Working { agent, .. } => write!(f, "{agent} works on it"),
            WaitReason::Review { orchestrator } => match halted(*orchestrator) {
                Some(words) => write!(f, "waits for review; {words}"),
                None => f.write_str("waits for a reviewer"),
            },
            WaitReason::NoReviewer { roles } if roles.is_empty() => {
                f.write_str("waits for a review, and there is no agent that reviews")
            }
            WaitReason::NoReviewer { roles } => {
                let roles: Vec<_> = roles.iter().map(RoleName::as_str).collect();
                write!(f, "waits for review by `{}`, and no agent here has that role", roles.join("` or `"))
            }
            WaitReason::Reviewing { agent, .. } => write!(f, "is reviewed by {agent}"),
            WaitReason::Decision { reason } => write!(f, "waits for a person: {reason}"),
            WaitReason::PersonApproval { approved_by } => {
                write!(f, "approved by {approved_by}; a person must approve too")
            }
            WaitReason::Landing { delay: Some(delay), .. } => write!(f, "waits to land: {}", delay.reason),
            WaitReason::Landing { approved_by, orchestrator, delay: None } => {
                write!(f, "approved by {approved_by}; {}", halted(*orchestrator).unwrap_or("lands next"))
            }
            WaitReason::LandingNow { agent, .. } => write!(f, "is landed by {agent}"),
            WaitReason::Stopped { reason } => write!(f, "stopped: {reason}"),
            WaitReason::Failed { reason } => write!(f, "given up: {reason}"),
            WaitReason::Cancelled { reason } => f.write_str(reason),
            WaitReason::Landed { commit, .. } => write!(f, "landed as {}", commit.short()),
            WaitReason::NothingToMerge { .. } => f.write_str("done without anything to merge"),
            WaitReason::PartsDone { .. } => f.write_str("done in parts"),
            WaitReason::Accepted { .. } => f.write_str("accepted by a person"),
        }
    }
}

/// Why nothing moves at all, where that is so.
pub(super) const fn halted(state: OrchestratorState) -> Option<&'static str> {
    match state {
        OrchestratorState::Stopped => Some("no orchestrator runs"),
        OrchestratorState::Paused => Some("the orchestrator is paused"),
        OrchestratorState::Unknown | OrchestratorState::Running => None,
    }
}
