//! Whose turn it is: the columns of every screen.

use super::explain::Explanation;
use super::wait_reason::WaitReason;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Group of tasks by whose turn it is. A board shows the groups in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// A person has to decide.
    NeedsYou,
    /// An agent works on it or reviews it.
    Working,
    /// Its work is approved and on its way to the base branch.
    Landing,
    /// It waits for an agent, a reviewer, another task or a time.
    Waiting,
    /// It is over: landed, accepted or cancelled.
    Done,
}

impl Attention {
    /// All groups, in their order.
    pub const ALL: [Attention; 5] =
        [Attention::NeedsYou, Attention::Working, Attention::Landing, Attention::Waiting, Attention::Done];

    /// Returns the group of an explained task.
    pub fn of(explanation: &Explanation) -> Self {
        if explanation.needs_person {
            return Attention::NeedsYou;
        }
        match &explanation.reason {
            WaitReason::FlowState { .. }
            | WaitReason::NoAgent { .. }
            | WaitReason::NoReviewer { .. }
            | WaitReason::Decision { .. }
            | WaitReason::PersonApproval { .. }
            | WaitReason::Stopped { .. }
            | WaitReason::Failed { .. } => Attention::NeedsYou,
            WaitReason::Working { .. } | WaitReason::Reviewing { .. } => Attention::Working,
            WaitReason::Landing { .. } | WaitReason::LandingNow { .. } => Attention::Landing,
            WaitReason::PutAside
            | WaitReason::Blocked { .. }
            | WaitReason::Ready { .. }
            | WaitReason::Review { .. } => Attention::Waiting,
            WaitReason::Cancelled { .. }
            | WaitReason::Landed { .. }
            | WaitReason::NothingToMerge { .. }
            | WaitReason::PartsDone { .. }
            | WaitReason::Accepted { .. } => Attention::Done,
        }
    }

    /// Returns the name used in files and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Attention::NeedsYou => "needs_you",
            Attention::Working => "working",
            Attention::Landing => "landing",
            Attention::Waiting => "waiting",
            Attention::Done => "done",
        }
    }
}

impl fmt::Display for Attention {
    /// Writes the name that people read, such as `needs you`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Attention::NeedsYou => "needs you",
            Attention::Working => "working",
            Attention::Landing => "landing",
            Attention::Waiting => "waiting",
            Attention::Done => "done",
        })
    }
}
